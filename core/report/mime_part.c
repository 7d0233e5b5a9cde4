/* SPDX-License-Identifier: ISC */
#include "mime_part.h"

#include <stdlib.h>
#include <string.h>

#include "base64.h"
#include "mime_head.h"
#include "sts/policy.h"

struct walk {
	sts_mime_fn *fn;
	void *arg;
	unsigned depth;
};

static bool
begins(struct sts_str text, const char *with)
{
	size_t n = strlen(with);

	return text.n >= n &&
	       sts_str_caseeq((struct sts_str){text.p, n}, sts_str(with));
}

enum delimiter { NOT_ONE, NEXT_PART, LAST_ONE };

/* RFC 2046 section 5.1.1: "--", the boundary, "--" at the end, and spaces. */
static enum delimiter
delimiter(struct sts_str line, struct sts_str boundary)
{
	enum delimiter found = NEXT_PART;
	size_t n = 2 + boundary.n;

	if (line.n < n || memcmp(line.p, "--", 2) != 0 ||
	    memcmp(line.p + 2, boundary.p, boundary.n) != 0)
		return NOT_ONE;
	if (line.n >= n + 2 && memcmp(line.p + n, "--", 2) == 0) {
		found = LAST_ONE;
		n += 2;
	}
	while (n < line.n && (line.p[n] == ' ' || line.p[n] == '\t'))
		n++;
	return n == line.n ? found : NOT_ONE;
}

static bool entity(const struct walk *walk, struct sts_str text);

/* The last part may have no end: then the mail was cut short. */
static bool
parts(const struct walk *walk, struct sts_str body, struct sts_str boundary)
{
	const char *end = body.p + body.n;
	struct sts_str line, part = {NULL, 0};

	while (sts_policy_next_line(&body, &line)) {
		enum delimiter found = delimiter(line, boundary);

		if (found == NOT_ONE)
			continue;
		if (part.p != NULL) {
			part.n = (size_t)(line.p - part.p);
			if (entity(walk, part))
				return true;
		}
		if (found == LAST_ONE)
			return false;
		part.p = body.p;
	}
	if (part.p == NULL)
		return false;
	part.n = (size_t)(end - part.p);
	return entity(walk, part);
}

/* A mail, or one part: what fields and a body make. */
static bool
entity(const struct walk *walk, struct sts_str text)
{
	struct walk inner = {walk->fn, walk->arg, walk->depth + 1};
	struct sts_mime_part part;
	struct sts_str head, field, boundary;

	sts_mime_split(text, &head, &part.body);
	field = sts_mime_field(head, "Content-Type");
	part.type = sts_mime_value(field);
	part.encoding =
	    sts_mime_value(sts_mime_field(head, "Content-Transfer-Encoding"));
	if (walk->depth < STS_MIME_DEPTH && begins(part.type, "multipart/")) {
		boundary = sts_mime_param(field, "boundary");
		return boundary.n > 0 && parts(&inner, part.body, boundary);
	}
	if (walk->depth < STS_MIME_DEPTH &&
	    sts_str_caseeq(part.type, sts_str("message/rfc822")))
		return entity(&inner, part.body);
	return walk->fn(walk->arg, &part);
}

bool
sts_mime_each(struct sts_str mail, sts_mime_fn *fn, void *arg)
{
	const struct walk walk = {fn, arg, 0};

	return entity(&walk, mail);
}

/* -1: no digit. */
static int
hex(char c)
{
	static const char digits[] = "0123456789ABCDEFabcdef";
	const char *at = c != '\0' ? strchr(digits, c) : NULL;
	int n = at != NULL ? (int)(at - digits) : -1;

	return n < 16 ? n : n - 6;
}

/* What "=3D" at the front stands for; -1: there is nothing like it. */
static int
escaped(struct sts_str text)
{
	int high, low;

	if (text.n < 3 || text.p[0] != '=')
		return -1;
	high = hex(text.p[1]);
	low = hex(text.p[2]);
	return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/* Octets of a line without the spaces that were added on the way. */
static size_t
without_spaces(struct sts_str line)
{
	while (line.n > 0 &&
	       (line.p[line.n - 1] == ' ' || line.p[line.n - 1] == '\t'))
		line.n--;
	return line.n;
}

/* RFC 2045 section 6.7; what is no escape stays as it is. */
static size_t
quoted_decode(struct sts_str in, char *out)
{
	struct sts_str line;
	size_t n = 0;

	while (sts_policy_next_line(&in, &line)) {
		bool goes_on;

		line.n = without_spaces(line);
		goes_on = line.n > 0 && line.p[line.n - 1] == '=';
		if (goes_on)
			line.n--;
		for (size_t i = 0; i < line.n; i++) {
			int c =
			    escaped((struct sts_str){line.p + i, line.n - i});

			out[n++] = (char)(c < 0 ? line.p[i] : c);
			i += c < 0 ? 0 : 2;
		}
		if (!goes_on)
			out[n++] = '\n';
	}
	return n;
}

enum sts_err
sts_mime_decode(const struct sts_mime_part *part, char **out, size_t *size)
{
	static const char *const as_it_is[] = {"7bit", "8bit", "binary", ""};
	struct sts_str e = part->encoding;
	size_t i, n = sizeof(as_it_is) / sizeof(as_it_is[0]);
	/* One more, for a last line that has no end. */
	char *made = malloc(part->body.n + 1);

	if (made == NULL)
		return STS_ENOMEM;
	*out = made;
	if (sts_str_caseeq(e, sts_str("base64"))) {
		*size = sts_base64_decode(part->body, made);
		return STS_OK;
	}
	if (sts_str_caseeq(e, sts_str("quoted-printable"))) {
		*size = quoted_decode(part->body, made);
		return STS_OK;
	}
	for (i = 0; i < n && !sts_str_caseeq(e, sts_str(as_it_is[i])); i++)
		;
	if (i == n) {
		free(made);
		*out = NULL;
		return STS_EINVAL;
	}
	if (part->body.n > 0)
		memcpy(made, part->body.p, part->body.n);
	*size = part->body.n;
	return STS_OK;
}
