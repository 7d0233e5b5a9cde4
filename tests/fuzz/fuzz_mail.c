/* SPDX-License-Identifier: ISC */
#include "fuzz.h"
#include "mail.h"

/* What is told to be wrong lies in the record, or is a word of ours. */
static void
check_bad(struct sts_str text, struct sts_str bad)
{
	size_t i, sum = 0;

	MUST(bad.n <= text.n || bad.n <= 1);
	for (i = 0; i < bad.n; i++)
		sum += (unsigned char)bad.p[i];
	MUST(sum <= 255 * bad.n);
}

/* The record of three kinds, as each of them. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct sts_str text = {(const char *)data, n}, bad;
	struct sts_spf spf;
	struct sts_dmarc dmarc;
	struct sts_dkim dkim;

	if (sts_spf_is(text)) {
		if (sts_spf_parse(text, &spf, &bad) == STS_OK)
			MUST(spf.lookups <= n && (spf.all == 0 || n > 3));
		else
			check_bad(text, bad);
	}
	(void)sts_dmarc_is(text);
	if (sts_dmarc_parse(text, &dmarc, &bad) != STS_OK)
		check_bad(text, bad);
	if (sts_dkim_parse(text, &dkim, &bad) != STS_OK)
		check_bad(text, bad);
	else
		MUST(dkim.revoked == (dkim.bits == 0) && dkim.bits <= 8 * n);
	return 0;
}
