/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "mime_head.h"
#include "mime_part.h"
#include "read_value.h"
#include "sts/policy.h"
#include "sts/report.h"
#include "sts/report_read.h"

#define MAIL     "RFC 8460 section 5.3"
#define COMPRESS "RFC 8460 section 5.2"
#define SHOWN    60 /* octets of a remote word in a message */

static bool
is_gzip(struct sts_str text)
{
	return text.n >= 2 && memcmp(text.p, "\x1f\x8b", 2) == 0;
}

static bool
is_json(struct sts_str text)
{
	static const char bom[] = "\xef\xbb\xbf";
	size_t i = 0;

	if (text.n >= 3 && memcmp(text.p, bom, 3) == 0)
		i = 3;
	while (i < text.n && strchr(" \t\r\n", text.p[i]) != NULL &&
	       text.p[i] != '\0')
		i++;
	return i < text.n && (text.p[i] == '{' || text.p[i] == '[');
}

/* mbox files begin a mail with a line that is no field. */
static struct sts_str
without_mbox_line(struct sts_str text)
{
	struct sts_str line, rest = text;

	if (text.n > 5 && memcmp(text.p, "From ", 5) == 0 &&
	    sts_policy_next_line(&rest, &line))
		return rest;
	return text;
}

static enum sts_err
unpack(struct sts_str packed, char **out, size_t *size, struct sts_diags *diags)
{
	enum sts_err err =
	    sts_report_gunzip(packed, STS_READ_JSON_MAX, out, size);

	if (err == STS_ESYNTAX)
		return STS_READ_FAIL(err, "gzip", COMPRESS,
		    "the gzip in it is broken, or cut short");
	if (err == STS_ELIMIT)
		return STS_READ_FAIL(err, "unpacked-size", COMPRESS,
		    "it unpacks to more than %zu MiB", STS_READ_JSON_MAX >> 20);
	return err;
}

/* Whatever it is called: what it begins with tells. Takes made over. */
static enum sts_err
unpack_made(
    char *made, size_t n, char **out, size_t *size, struct sts_diags *diags)
{
	const struct sts_str text = {made, n};
	enum sts_err err;

	if (!is_gzip(text)) {
		*out = made;
		*size = n;
		return STS_OK;
	}
	err = unpack(text, out, size, diags);
	free(made);
	return err;
}

static bool
is_type(struct sts_str type, const char *name)
{
	return sts_str_caseeq(type, sts_str(name));
}

static bool
is_report_part(void *arg, const struct sts_mime_part *part)
{
	struct sts_mime_part *found = arg;

	if (!is_type(part->type, "application/tlsrpt+gzip") &&
	    !is_type(part->type, "application/tlsrpt+json"))
		return false;
	*found = *part;
	return true;
}

/* What gateways rename: any other attachment with gzip or JSON in it. */
static bool
looks_like_one(void *arg, const struct sts_mime_part *part)
{
	static const char prefix[] = "application/";
	struct sts_mime_part *found = arg;
	struct sts_str type = part->type, text = {NULL, 0};
	char *made = NULL;
	bool good;

	if (type.n < strlen(prefix))
		return false;
	type.n = strlen(prefix);
	if (!is_type(type, prefix) ||
	    sts_mime_decode(part, &made, &text.n) != STS_OK)
		return false;
	text.p = made;
	good = is_gzip(text) || is_json(text);
	free(made);
	if (good)
		*found = *part;
	return good;
}

static enum sts_err
from_mail(
    struct sts_str mail, char **out, size_t *size, struct sts_diags *diags)
{
	struct sts_mime_part part = {0};
	char shown[SHOWN], *made = NULL;
	size_t n = 0;
	enum sts_err err;

	if (!sts_mime_each(mail, is_report_part, &part)) {
		if (!sts_mime_each(mail, looks_like_one, &part))
			return STS_READ_FAIL(STS_ENOENT, "no-report", MAIL,
			    "a mail in which no part is "
			    "application/tlsrpt+gzip or +json");
		sts_diag_add(diags, STS_WARNING, 0, "media-type", MAIL,
		    "the report is called %s",
		    sts_str_escape(part.type, shown, sizeof(shown)));
	}
	err = sts_mime_decode(&part, &made, &n);
	if (err == STS_EINVAL)
		return STS_READ_FAIL(STS_ESYNTAX, "encoding",
		    "RFC 2045 section 6.1",
		    "the report's transfer encoding is not known: %s",
		    sts_str_escape(part.encoding, shown, sizeof(shown)));
	if (err != STS_OK)
		return err;
	if (n == 0) {
		free(made);
		return STS_READ_FAIL(STS_ESYNTAX, "empty", MAIL,
		    "the part with the report is empty");
	}
	return unpack_made(made, n, out, size, diags);
}

static enum sts_err
copy(struct sts_str text, char **out, size_t *size)
{
	char *made = malloc(text.n);

	if (made == NULL)
		return STS_ENOMEM;
	memcpy(made, text.p, text.n);
	*out = made;
	*size = text.n;
	return STS_OK;
}

enum sts_err
sts_report_open(
    struct sts_str file, char **json, size_t *size, struct sts_diags *diags)
{
	if (file.n > STS_READ_FILE_MAX)
		return STS_READ_FAIL(STS_ELIMIT, "file-size", COMPRESS,
		    "it is larger than %zu MiB", STS_READ_FILE_MAX >> 20);
	if (file.n == 0)
		return STS_READ_FAIL(
		    STS_ESYNTAX, "empty", "RFC 8460 section 5", "it is empty");
	if (is_gzip(file))
		return unpack(file, json, size, diags);
	if (is_json(file))
		return copy(file, json, size);
	file = without_mbox_line(file);
	if (sts_mime_begins(file))
		return from_mail(file, json, size, diags);
	return STS_READ_FAIL(STS_ESYNTAX, "form", "RFC 8460 section 5",
	    "it is neither JSON nor gzip nor a mail");
}
