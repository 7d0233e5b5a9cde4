/* SPDX-License-Identifier: ISC */
#include "txt.h"

#include <string.h>

#include "abnf.h"

#define SHOWN 64 /* octets of a field in a finding, escaped */

enum fit { FIT_NOT, FIT_LOOSE, FIT_STRICT };

/* What follows the version, and how well the RR begins. */
static enum fit
fit(struct sts_str rr, const char *version, struct sts_txt_body *body)
{
	const char *p;

	if (rr.n == 0)
		return FIT_NOT;
	body->end = rr.p + rr.n;
	body->p = sts_skip_literal(rr.p, body->end, version);
	if (body->p == NULL)
		return FIT_NOT;
	p = sts_skip_wsp(body->p, body->end);
	if (p == body->end || *p != ';')
		return FIT_NOT;
	return p == body->p ? FIT_STRICT : FIT_LOOSE;
}

static size_t
count(const struct sts_txt *txt, const char *version, enum fit wanted,
    struct sts_txt_body *first)
{
	struct sts_txt_body body;
	size_t i, n = 0;

	for (i = 0; i < txt->n; i++) {
		if (fit(txt->rr[i], version, &body) != wanted)
			continue;
		body.line = (unsigned)i + 1;
		if (n++ == 0)
			*first = body;
	}
	return n;
}

enum sts_err
sts_txt_choose(const struct sts_txt *txt, const struct sts_txt_kind *kind,
    struct sts_txt_body *out, struct sts_diags *diags)
{
	struct sts_txt_body strict, loose;
	size_t n = count(txt, kind->version, FIT_STRICT, &strict);
	size_t n_loose = count(txt, kind->version, FIT_LOOSE, &loose);

	if (n > 1 || (n == 0 && n_loose > 1)) {
		sts_diag_add(diags, STS_ERROR, 0, "too-many-records",
		    kind->section, "%zu records begin with %s; one may",
		    n > 1 ? n : n_loose, kind->version);
		return STS_ENOENT;
	}
	if (n + n_loose == 0) {
		sts_diag_add(diags, STS_ERROR, 0, "no-record", kind->section,
		    "no record begins with %s;", kind->version);
		return STS_ENOENT;
	}
	if (n == 1 && n_loose > 0)
		sts_diag_add(diags, STS_WARNING, loose.line, "space-before-;",
		    kind->section, "passed over: does not begin with %s;",
		    kind->version);
	*out = n == 1 ? strict : loose;
	return STS_OK;
}

static void
malformed(const char *p, const char *end, unsigned line, const char *section,
    struct sts_diags *diags)
{
	char shown[SHOWN];
	const char *stop = memchr(p, ';', (size_t)(end - p));
	struct sts_str field = {p, (size_t)((stop ? stop : end) - p)};

	sts_diag_add(diags, STS_ERROR, line, "field-syntax", section,
	    "not a field: \"%s\"", sts_str_escape(field, shown, sizeof(shown)));
}

enum sts_err
sts_txt_fields(const struct sts_txt_body *body, const struct sts_txt_kind *kind,
    sts_txt_field_fn *fn, void *arg, struct sts_diags *diags)
{
	const char *p = body->p, *next;

	while ((next = sts_skip_delim(p, body->end, ';')) != NULL) {
		if (next == body->end)
			return STS_OK;
		p = fn(arg, next, body->end, body->line);
		if (p == NULL) {
			malformed(
			    next, body->end, body->line, kind->section, diags);
			return STS_ENOENT;
		}
	}
	next = sts_skip_wsp(p, body->end);
	if (next != body->end) {
		malformed(next, body->end, body->line, kind->section, diags);
		return STS_ENOENT;
	}
	if (next != p)
		sts_diag_add(diags, STS_WARNING, body->line, "trailing-space",
		    kind->section, "space at the end, without ';'");
	return STS_OK;
}

const char *
sts_txt_skip_extension(const char *p, const char *end)
{
	p = sts_skip_ext_name(p, end);
	if (p == NULL || p == end || *p != '=')
		return NULL;
	return sts_skip_ext_value(p + 1, end);
}
