/* SPDX-License-Identifier: ISC */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tally_code.h"
#include "tally_parts.h"

struct out {
	char *at, *end; /* NULL: it did not fit */
};

static void __attribute__((format(printf, 2, 3)))
put(struct out *out, const char *fmt, ...)
{
	va_list ap;
	size_t room;
	int n;

	if (out->at == NULL)
		return;
	room = (size_t)(out->end - out->at);
	va_start(ap, fmt);
	n = vsnprintf(out->at, room, fmt, ap);
	va_end(ap);
	out->at = n < 0 || (size_t)n >= room ? NULL : out->at + n;
}

static void
put_octets(struct out *out, const char *p, size_t n)
{
	if (out->at == NULL || (size_t)(out->end - out->at) < n) {
		out->at = NULL;
		return;
	}
	if (n > 0)
		memcpy(out->at, p, n);
	out->at += n;
}

static void
put_policy(struct out *out, const struct sts_tally_policy *policy)
{
	put(out, "policy %s %" PRIu64 " %" PRIu64 " %" PRIu64 " %zu %zu\n",
	    sts_policy_type_name(policy->type), policy->successful,
	    policy->failed, policy->dropped, policy->n_text, policy->n_detail);
	put_octets(out, policy->text, policy->n_text);
	put(out, "\n");
	for (size_t i = 0; i < policy->n_detail; i++) {
		const struct sts_tally_detail *detail = &policy->detail[i];

		put(out, "%s\t%" PRIu64 "\t%s\t%s\t%s\t%s\t%s\n",
		    sts_result_type_name(detail->result), detail->sessions,
		    detail->mx, detail->sending_ip, detail->receiving_ip,
		    detail->helo, detail->reason);
	}
}

enum sts_err
sts_tally_encode(const struct sts_tally *tally, char **text, size_t *size)
{
	char *buf = malloc(tally->octets + 1);
	struct out out;

	if (buf == NULL)
		return STS_ENOMEM;
	out = (struct out){buf, buf + tally->octets + 1};
	put(&out,
	    STS_TALLY_MAGIC STS_TALLY_VERSION
	    "\ndomain %s\nday %" PRId64 "\ndropped %" PRIu64 "\npolicies %zu\n",
	    tally->domain, tally->day, tally->dropped, tally->n_policy);
	for (size_t i = 0; i < tally->n_policy; i++)
		put_policy(&out, &tally->policy[i]);
	if (out.at == NULL) {
		free(buf);
		return STS_ENOMEM;
	}
	*text = buf;
	*size = (size_t)(out.at - buf);
	return STS_OK;
}
