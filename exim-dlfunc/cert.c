/* SPDX-License-Identifier: ISC */
#include <stdint.h>
#include <string.h>
#include <time.h>

#include "cert.h"
#include "exim.h"
#include "sts/client.h"

#define NAMES_SIZE 32768
#define SAN_DNS    "${certextract{subj_altname,>:,dns}{$tls_out_peercert}}"
#define NOT_AFTER  "${certextract{notafter,int}{$tls_out_peercert}}"

/*
 * The octets of the first item of one of Exim's lists. There "::" stands for a
 * colon in an item: what is behind it is no name that the authority signed.
 */
static size_t
item_len(const char *p)
{
	size_t n;

	for (n = 0; p[n] != '\0' && (p[n] != ':' || p[n + 1] == ':'); n++)
		if (p[n] == ':')
			n++;
	return n;
}

/* The DNS-IDs with "," between; what is no host name or pattern is left out. */
static void
read_names(char *out, size_t size)
{
	const char *p = sts_exim_expand(SAN_DNS);
	size_t have = 0;

	out[0] = '\0';
	for (; p != NULL && *p != '\0'; p += *p == ':') {
		size_t n = item_len(p);
		size_t comma = have > 0;

		if (n > 0 && n < STS_NAME_SIZE && have + n + 2 < size) {
			memcpy(out + have + comma, p, n);
			out[have + comma + n] = '\0';
			if (sts_pattern_ok(out + have + comma)) {
				if (comma)
					out[have] = ',';
				have += comma + n;
			}
			out[have] = '\0';
		}
		p += n;
	}
}

static enum sts_cover
cover_any(
    const struct sts_call *call, const struct sts_names *names, const char *ids)
{
	enum sts_cover best = STS_COVER_NO;
	size_t i;

	for (i = 0; i < names->n; i++) {
		switch (sts_ask_covers(call, names->name[i], ids)) {
		case STS_COVER_YES:
			return STS_COVER_YES;
		case STS_COVER_UNKNOWN:
			best = STS_COVER_UNKNOWN;
			break;
		default:
			break;
		}
	}
	return best;
}

void
sts_cert_look(const struct sts_call *call, const struct sts_names *names,
    struct sts_cert *out)
{
	static char ids[NAMES_SIZE];
	char after[32];
	int64_t end;

	memset(out, 0, sizeof(*out));
	if (sts_exim_value(NOT_AFTER, after, sizeof(after)) != 0 ||
	    after[0] == '\0')
		return;
	out->seen = true;
	end = sts_client_number(after);
	out->expired = end >= 0 && end < (int64_t)time(NULL);
	read_names(ids, sizeof(ids));
	out->cover = cover_any(call, names, ids);
}
