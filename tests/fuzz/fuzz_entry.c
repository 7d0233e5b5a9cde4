/* SPDX-License-Identifier: ISC */
#include "entry.h"
#include "fuzz.h"

/* What decodes is sane, and is written again to the same octets. */
static void
check(struct sts_str text, struct sts_held *held)
{
	char *again = NULL;
	size_t n = 0;

	MUST(held->expires == held->fetched + (int64_t)held->policy->max_age);
	MUST(held->expires > held->fetched && held->fetched >= 0);
	MUST(held->quiet_until <= held->expires);
	MUST(strlen(held->id) >= 1 && strlen(held->id) <= STS_ID_MAX);
	MUST(sts_entry_encode("a.example", held, &again, &n) == STS_OK);
	MUST(n <= text.n); /* leading zeros of a number are lost */
	MUST(n < text.n || memcmp(again, text.p, n) == 0);
	free(again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sts_str text = fuzz_str(data, size);
	struct sts_entry_head head;
	struct sts_held *held = NULL;
	enum sts_err err = sts_entry_decode("a.example", text, &held);

	MUST(err == STS_OK || err == STS_ESYNTAX || err == STS_EINVAL);
	if (err == STS_OK) {
		MUST(sts_entry_head("a.example", text, &head) == STS_OK);
		check(text, held);
	} else {
		MUST(held == NULL);
	}
	sts_held_unref(held);
	return 0;
}
