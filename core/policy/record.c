/* SPDX-License-Identifier: ISC */
#include "sts/record.h"

#include <string.h>

#include "abnf.h"
#include "txt.h"

static const struct sts_txt_kind kind = {"v=STSv1", "RFC 8461 section 3.1"};

struct fields {
	struct sts_str id;  /* the first good one; n is 0 until then */
	struct sts_str bad; /* the first id that is none */
};

/* sts-id: %s"id=" 1*32(ALPHA / DIGIT), with nothing of a value behind it. */
static const char *
skip_id(const char *p, const char *end, struct sts_str *id)
{
	const char *start;

	p = sts_skip_literal(p, end, "id=");
	if (p == NULL)
		return NULL;
	start = p;
	while (p < end && sts_is_alnum(*p))
		p++;
	if (p == start || p - start > STS_ID_MAX)
		return NULL;
	if (p < end && *p != ';' && !sts_is_wsp(*p))
		return NULL;
	*id = (struct sts_str){start, (size_t)(p - start)};
	return p;
}

/*
 * sts-field = sts-id / sts-extension. An id of other characters is an
 * extension to the grammar, and so no id (TXT-2); of several the first counts
 * (TXT-3).
 */
static const char *
field(void *arg, const char *p, const char *end, unsigned line)
{
	struct fields *fields = arg;
	struct sts_str id;
	const char *stop = skip_id(p, end, &id);

	(void)line;
	if (stop != NULL) {
		if (fields->id.n == 0)
			fields->id = id;
		return stop;
	}
	stop = sts_txt_skip_extension(p, end);
	if (stop != NULL && fields->id.n == 0 && fields->bad.n == 0 &&
	    sts_skip_literal(p, end, "id=") != NULL)
		fields->bad = (struct sts_str){p + 3, (size_t)(stop - p) - 3};
	return stop;
}

static void
tell_bad(struct sts_str bad, bool fatal, unsigned line, struct sts_diags *diags)
{
	char shown[64];

	sts_diag_add(diags, fatal ? STS_ERROR : STS_WARNING, line, "id-value",
	    kind.section, "id is not 1 to 32 letters and digits: \"%s\"",
	    sts_str_escape(bad, shown, sizeof(shown)));
}

enum sts_err
sts_record_parse(
    const struct sts_txt *txt, char id[STS_ID_SIZE], struct sts_diags *diags)
{
	struct sts_txt_body body;
	struct fields fields = {{NULL, 0}, {NULL, 0}};
	enum sts_err err = sts_txt_choose(txt, &kind, &body, diags);

	if (err == STS_OK)
		err = sts_txt_fields(&body, &kind, field, &fields, diags);
	if (err != STS_OK)
		return err;
	if (fields.bad.n > 0)
		tell_bad(fields.bad, fields.id.n == 0, body.line, diags);
	else if (fields.id.n == 0)
		sts_diag_add(diags, STS_ERROR, body.line, "id-missing",
		    kind.section, "there is no id");
	if (fields.id.n == 0)
		return STS_ENOENT;
	memcpy(id, fields.id.p, fields.id.n);
	id[fields.id.n] = '\0';
	return STS_OK;
}
