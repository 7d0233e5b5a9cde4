/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "fuzz.h"
#include "sts/dkim.h"

/* A slice of the mail. */
static bool
inside(struct sts_str mail, struct sts_str text)
{
	return text.n == 0 || (text.p >= mail.p && text.n <= mail.n &&
				  text.p + text.n <= mail.p + mail.n);
}

static void
check(struct sts_str mail, const struct sts_dkim *sig)
{
	static const char record[] =
	    "v=DKIM1; k=ed25519; "
	    "p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
	struct sts_dkim_key key;

	MUST(inside(mail, sig->field) && inside(mail, sig->domain));
	MUST(inside(mail, sig->b) && inside(mail, sig->h));
	MUST(sig->wrong != NULL || sig->b.n > 0);
	if (sig->wrong != NULL)
		return;
	MUST(sts_dkim_covers(sig, "from"));
	sts_dkim_key(sts_str(record), &key);
	MUST(key.wrong == NULL && key.usable && !key.tlsrpt);
	(void)sts_dkim_body(mail, sig);
	(void)sts_dkim_head(mail, sig, &key);
	/* And what its h= says, as a record. */
	sts_dkim_key(sig->h, &key);
	if (key.wrong == NULL)
		(void)sts_dkim_head(mail, sig, &key);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sts_dkim sig[STS_DKIM_MAX];
	struct sts_str mail = fuzz_str(data, size);
	size_t n = sts_dkim_list(mail, sig);

	MUST(n <= STS_DKIM_MAX);
	MUST(inside(mail, sts_dkim_field(mail, "TLS-Report-Submitter")));
	for (size_t i = 0; i < n; i++)
		check(mail, &sig[i]);
	return 0;
}
