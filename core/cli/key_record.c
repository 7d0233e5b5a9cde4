/* SPDX-License-Identifier: ISC */
#include "key_record.h"

#include <arpa/nameser.h>
#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define ANSWER 65535

/* Strings with their length in front; false: not of that form, or too long. */
static bool
join(const ns_rr *rr, char out[STS_KEY_RECORD], size_t *n)
{
	const unsigned char *p = ns_rr_rdata(*rr);
	const unsigned char *end = p + ns_rr_rdlen(*rr);

	*n = 0;
	while (p < end) {
		size_t length = *p++;

		if (length > (size_t)(end - p) || *n + length > STS_KEY_RECORD)
			return false;
		memcpy(out + *n, p, length);
		*n += length;
		p += length;
	}
	return *n > 0;
}

static enum sts_key_status
choose(
    const unsigned char *answer, int size, char out[STS_KEY_RECORD], size_t *n)
{
	static const char version[] = "v=DKIM1";
	enum sts_key_status status = STS_KEY_ABSENT;
	char text[STS_KEY_RECORD];
	size_t length;
	ns_msg msg;
	ns_rr rr;

	if (ns_initparse(answer, size, &msg) != 0)
		return STS_KEY_UNKNOWN;
	for (int i = 0; i < ns_msg_count(msg, ns_s_an); i++) {
		bool named;

		if (ns_parserr(&msg, ns_s_an, i, &rr) != 0)
			return STS_KEY_UNKNOWN;
		if (ns_rr_type(rr) != ns_t_txt || !join(&rr, text, &length))
			continue;
		named = length >= strlen(version) &&
			memcmp(text, version, strlen(version)) == 0;
		if (status == STS_KEY_FOUND && !named)
			continue;
		memcpy(out, text, length);
		*n = length;
		status = STS_KEY_FOUND;
		if (named)
			break;
	}
	return status;
}

enum sts_key_status
sts_key_record(const char *name, char out[STS_KEY_RECORD], size_t *n)
{
	unsigned char *answer = malloc(ANSWER);
	enum sts_key_status status = STS_KEY_UNKNOWN;
	int size;

	if (answer == NULL)
		return status;
	size = res_query(name, ns_c_in, ns_t_txt, answer, ANSWER);
	if (size > 0)
		status = choose(answer, size < ANSWER ? size : ANSWER, out, n);
	else if (h_errno == HOST_NOT_FOUND || h_errno == NO_DATA)
		status = STS_KEY_ABSENT;
	free(answer);
	return status;
}
