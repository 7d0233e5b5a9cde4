/* SPDX-License-Identifier: ISC */
#include <inttypes.h>
#include <string.h>

#include "dkim_impl.h"

#define FIELD     "DKIM-Signature"
#define FIELD_MAX 8192
#define HEAD_MAX  262144

/* "relaxed/simple"; what is left out is simple (section 3.5). */
static bool
take_canon(struct sts_str text, struct sts_dkim *out)
{
	const char *slash = memchr(text.p, '/', text.n);
	struct sts_str head = text, body = sts_str("simple");

	if (slash != NULL) {
		head.n = (size_t)(slash - text.p);
		body = (struct sts_str){slash + 1, text.n - head.n - 1};
	}
	out->simple_head = sts_str_eq(head, "simple");
	out->simple_body = sts_str_eq(body, "simple");
	return (out->simple_head || sts_str_eq(head, "relaxed")) &&
	       (out->simple_body || sts_str_eq(body, "relaxed"));
}

static bool
take_number(struct sts_str text, int64_t *out)
{
	*out = 0;
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] < '0' || text.p[i] > '9' || i > 15)
			return false;
		*out = *out * 10 + (text.p[i] - '0');
	}
	return text.n > 0;
}

/* Why it cannot hold, whatever the mail is. */
static const char *
fault(const struct sts_dkim *sig, struct sts_str version, struct sts_str canon,
    struct sts_str expires)
{
	if (!sts_str_eq(version, "1"))
		return "v= is not 1";
	if (sig->domain.n == 0 || sig->selector.n == 0 || sig->b.n == 0 ||
	    sig->bh.n == 0 || sig->h.n == 0)
		return "one of b=, bh=, d=, h=, s= is not there";
	if (!sts_str_eq(sig->algorithm, "rsa-sha256") &&
	    !sts_str_eq(sig->algorithm, "ed25519-sha256"))
		return "a= is neither rsa-sha256 nor ed25519-sha256 (RFC 8301)";
	if (canon.p == NULL)
		return "c= is not known";
	if (sts_dkim_twice(sts_dkim_value(sig->field)))
		return "a tag is there twice";
	if (expires.n > 0 && sig->expires == 0)
		return "x= is no time";
	if (!sts_dkim_covers(sig, "From"))
		return "From is not signed";
	return NULL;
}

static void
parse(struct sts_str field, bool too_long, struct sts_dkim *out)
{
	struct sts_str list = sts_dkim_value(field);
	struct sts_str canon = sts_dkim_tag(list, "c");
	struct sts_str expires = sts_dkim_trim(sts_dkim_tag(list, "x"));

	memset(out, 0, sizeof(*out));
	out->field = field;
	out->domain = sts_dkim_trim(sts_dkim_tag(list, "d"));
	if (too_long || field.n > FIELD_MAX) {
		out->wrong = "it, or the head of the mail, is too long";
		return;
	}
	out->selector = sts_dkim_trim(sts_dkim_tag(list, "s"));
	out->algorithm = sts_dkim_trim(sts_dkim_tag(list, "a"));
	out->b = sts_dkim_tag(list, "b");
	out->bh = sts_dkim_tag(list, "bh");
	out->h = sts_dkim_tag(list, "h");
	out->length = sts_dkim_tag(list, "l").p != NULL;
	canon = canon.p != NULL ? sts_dkim_trim(canon) : sts_str("simple");
	if (!take_canon(canon, out))
		canon.p = NULL;
	if (!take_number(expires, &out->expires))
		out->expires = 0;
	out->wrong =
	    fault(out, sts_dkim_trim(sts_dkim_tag(list, "v")), canon, expires);
}

size_t
sts_dkim_list(struct sts_str mail, struct sts_dkim out[STS_DKIM_MAX])
{
	struct sts_str head, body, field;
	size_t n = 0, whole;

	sts_dkim_split(mail, &head, &body);
	whole = head.n;
	while (n < STS_DKIM_MAX && sts_dkim_next_field(&head, &field))
		if (sts_dkim_named(field, sts_str(FIELD)))
			parse(field, whole > HEAD_MAX, &out[n++]);
	return n;
}

bool
sts_dkim_covers(const struct sts_dkim *sig, const char *name)
{
	struct sts_str list = sig->h, item;

	while (sts_dkim_next(&list, &item))
		if (sts_str_caseeq(item, sts_str(name)))
			return true;
	return false;
}
