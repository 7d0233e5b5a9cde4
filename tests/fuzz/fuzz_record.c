/* SPDX-License-Identifier: ISC */
#include "fuzz_txt.h"

static int
is_id(const char *id)
{
	size_t n = strspn(id,
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");

	return n >= 1 && n <= STS_ID_MAX && id[n] == '\0';
}

/* The plainest record with this id gives it back. */
static void
round_trip(const char *id)
{
	char text[64], again[STS_ID_SIZE];
	struct sts_str rr = {text, 0};
	struct sts_txt txt = {&rr, 1};
	struct sts_diags diags = {0};

	rr.n = (size_t)snprintf(text, sizeof(text), "v=STSv1; id=%s;", id);
	MUST(sts_record_parse(&txt, again, &diags) == STS_OK);
	MUST(diags.n == 0 && strcmp(id, again) == 0);
}

/* A second record, and RRs of other kinds, have the effect of TXT-5. */
static void
neighbours(struct sts_txt txt, enum sts_err err, const char *id)
{
	struct sts_str rr[FUZZ_RRS + 1];
	struct sts_txt more = {rr, txt.n + 1};
	char again[STS_ID_SIZE];

	memcpy(rr, txt.rr, txt.n * sizeof(rr[0]));
	rr[txt.n] = sts_str("v=spf1 -all");
	MUST(sts_record_parse(&more, again, NULL) == err);
	MUST(err != STS_OK || strcmp(id, again) == 0);
	rr[txt.n] = sts_str("v=STSv1; junk");
	MUST(sts_record_parse(&more, again, NULL) == STS_ENOENT);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sts_str rr[FUZZ_RRS];
	struct sts_txt txt = fuzz_txt(fuzz_str(data, size), rr);
	struct sts_diags diags = {0};
	char id[STS_ID_SIZE];
	enum sts_err err = sts_record_parse(&txt, id, &diags);

	fuzz_diags(err, &diags);
	if (err == STS_OK) {
		MUST(is_id(id));
		round_trip(id);
	}
	neighbours(txt, err, id);
	return 0;
}
