/* SPDX-License-Identifier: ISC */
#include "sts/tlsrpt.h"

#include <string.h>

#include "abnf.h"
#include "txt.h"
#include "uri.h"

static const struct sts_txt_kind kind = {"v=TLSRPTv1", "RFC 8460 section 3"};

struct fields {
	struct sts_tlsrpt found;
	bool any;      /* there is a rua */
	size_t broken; /* destinations that no report can go to */
	struct sts_diags *diags;
};

/* tlsrpt-uri *(*WSP "," *WSP tlsrpt-uri) */
static const char *
skip_uris(const char *p, const char *end)
{
	const char *next = p;

	do {
		p = sts_skip_uri(next, end);
		if (p == NULL)
			return NULL;
		next = sts_skip_delim(p, end, ',');
	} while (next != NULL);
	return p;
}

static bool
known(const struct sts_tlsrpt *found, struct sts_str uri)
{
	size_t i;

	for (i = 0; i < found->n; i++)
		if (found->rua[i].n == uri.n &&
		    memcmp(found->rua[i].p, uri.p, uri.n) == 0)
			return true;
	return false;
}

static void
tell(struct fields *fields, unsigned line, struct sts_str uri, const char *rule,
    const char *why)
{
	char shown[80];

	sts_diag_add(fields->diags, STS_WARNING, line, rule, kind.section,
	    "%s: \"%s\"", why, sts_str_escape(uri, shown, sizeof(shown)));
}

static void
keep(struct fields *fields, struct sts_str uri, unsigned line)
{
	struct sts_tlsrpt *found = &fields->found;

	switch (sts_uri_use(uri)) {
	case STS_URI_UNSUPPORTED:
		return;
	case STS_URI_BROKEN:
		fields->broken++;
		tell(fields, line, uri, "rua-value", "no report can go there");
		return;
	case STS_URI_USABLE:
		break;
	}
	if (known(found, uri))
		return;
	if (uri.n > STS_RUA_TEXT_MAX || found->n == STS_RUA_MAX)
		tell(fields, line, uri, "rua-limit", "too long or too many");
	else
		found->rua[found->n++] = uri;
}

/* The same way again, now that all of it is known to be well-formed. */
static void
keep_all(struct fields *fields, const char *p, const char *end, unsigned line)
{
	const char *stop;

	while (p != NULL && (stop = sts_skip_uri(p, end)) != NULL) {
		keep(fields, (struct sts_str){p, (size_t)(stop - p)}, line);
		p = sts_skip_delim(stop, end, ',');
	}
}

/* tlsrpt-field = tlsrpt-rua / tlsrpt-extension */
static const char *
field(void *arg, const char *p, const char *end, unsigned line)
{
	struct fields *fields = arg;
	const char *uris = sts_skip_literal(p, end, "rua=");
	const char *stop;

	if (uris == NULL)
		return sts_txt_skip_extension(p, end);
	stop = skip_uris(uris, end);
	if (stop == NULL || (stop < end && *stop != ';' && !sts_is_wsp(*stop)))
		return NULL;
	fields->any = true;
	keep_all(fields, uris, stop, line);
	return stop;
}

enum sts_err
sts_tlsrpt_parse(
    const struct sts_txt *txt, struct sts_tlsrpt *out, struct sts_diags *diags)
{
	struct sts_txt_body body;
	struct fields fields = {.diags = diags};
	enum sts_err err = sts_txt_choose(txt, &kind, &body, diags);

	if (err == STS_OK)
		err = sts_txt_fields(&body, &kind, field, &fields, diags);
	if (err != STS_OK)
		return err;
	if (!fields.any) {
		sts_diag_add(diags, STS_ERROR, body.line, "rua-missing",
		    kind.section, "there is no rua");
		return STS_ENOENT;
	}
	if (fields.found.n == 0 && fields.broken > 0) {
		sts_diag_add(diags, STS_ERROR, body.line, "rua-value",
		    kind.section, "no destination can be used");
		return STS_ENOENT;
	}
	*out = fields.found;
	out->text = txt->rr[body.line - 1];
	return STS_OK;
}
