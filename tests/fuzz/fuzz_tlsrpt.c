/* SPDX-License-Identifier: ISC */
#include "fuzz_txt.h"
#include "sts/tlsrpt.h"

/* A slice of one of the RRs that were given. */
static int
inside(struct sts_txt txt, struct sts_str s)
{
	size_t i;

	for (i = 0; i < txt.n; i++)
		if (txt.rr[i].n > 0 && s.p >= txt.rr[i].p &&
		    s.p + s.n <= txt.rr[i].p + txt.rr[i].n)
			return 1;
	return 0;
}

static void
check_uri(struct sts_str uri)
{
	struct sts_str scheme = {uri.p, 7};
	size_t i;

	MUST(uri.n > 7 && uri.n <= STS_RUA_TEXT_MAX);
	if (!sts_str_caseeq(scheme, sts_str("mailto:"))) {
		scheme.n = 8;
		MUST(sts_str_caseeq(scheme, sts_str("https://")));
	}
	for (i = 0; i < uri.n; i++)
		MUST(uri.p[i] > ' ' && uri.p[i] <= '~' && uri.p[i] != ',' &&
		     uri.p[i] != ';' && uri.p[i] != '!' && uri.p[i] != '"');
}

/* The plainest record with these destinations gives them back. */
static void
round_trip(const struct sts_tlsrpt *got)
{
	char text[STS_RUA_MAX * (STS_RUA_TEXT_MAX + 2) + 32];
	struct sts_str rr = {text, 0};
	struct sts_txt txt = {&rr, 1};
	struct sts_tlsrpt again;
	struct sts_diags diags = {0};
	size_t i;

	rr.n = (size_t)sprintf(text, "v=TLSRPTv1; rua=");
	for (i = 0; i < got->n; i++)
		rr.n += (size_t)sprintf(text + rr.n, "%s%.*s", i ? " , " : "",
		    (int)got->rua[i].n, got->rua[i].p);
	MUST(sts_tlsrpt_parse(&txt, &again, &diags) == STS_OK);
	MUST(diags.n == 0 && again.n == got->n);
	for (i = 0; i < got->n; i++)
		MUST(again.rua[i].n == got->rua[i].n &&
		     memcmp(again.rua[i].p, got->rua[i].p, got->rua[i].n) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sts_str rr[FUZZ_RRS];
	struct sts_txt txt = fuzz_txt(fuzz_str(data, size), rr);
	struct sts_tlsrpt got;
	struct sts_diags diags = {0};
	enum sts_err err = sts_tlsrpt_parse(&txt, &got, &diags);
	size_t i;

	fuzz_diags(err, &diags);
	if (err != STS_OK)
		return 0;
	MUST(got.n <= STS_RUA_MAX);
	for (i = 0; i < got.n; i++) {
		MUST(inside(txt, got.rua[i]));
		check_uri(got.rua[i]);
	}
	if (got.n > 0)
		round_trip(&got);
	return 0;
}
