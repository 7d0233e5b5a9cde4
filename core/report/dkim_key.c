/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "dkim_impl.h"

static bool
lists(struct sts_str list, const char *word)
{
	struct sts_str item;

	while (sts_dkim_next(&list, &item))
		if (sts_str_eq(item, word))
			return true;
	return false;
}

static const char *
fault(const struct sts_dkim_key *key, struct sts_str record)
{
	struct sts_str version = sts_dkim_tag(record, "v");
	struct sts_str hashes = sts_dkim_tag(record, "h");

	if (sts_dkim_twice(record))
		return "a tag is there twice";
	if (version.p != NULL && !sts_str_eq(sts_dkim_trim(version), "DKIM1"))
		return "v= is not DKIM1";
	if (!sts_str_eq(key->type, "rsa") && !sts_str_eq(key->type, "ed25519"))
		return "k= is neither rsa nor ed25519";
	if (key->data.p == NULL)
		return "there is no p=";
	if (key->data.n == 0)
		return "the key is revoked (p= is empty)";
	if (hashes.p != NULL && !lists(hashes, "sha256"))
		return "h= does not allow sha256";
	if (!key->usable)
		return "s= does not allow it for reports";
	return NULL;
}

void
sts_dkim_key(struct sts_str record, struct sts_dkim_key *out)
{
	struct sts_str type = sts_dkim_tag(record, "k");
	struct sts_str data = sts_dkim_tag(record, "p");

	memset(out, 0, sizeof(*out));
	out->type = type.p != NULL ? sts_dkim_trim(type) : sts_str("rsa");
	out->service = sts_dkim_trim(sts_dkim_tag(record, "s"));
	out->data = data.p != NULL ? sts_dkim_trim(data) : data;
	out->tlsrpt = lists(out->service, "tlsrpt");
	out->usable =
	    out->tlsrpt || out->service.n == 0 || lists(out->service, "*");
	out->wrong = fault(out, record);
}
