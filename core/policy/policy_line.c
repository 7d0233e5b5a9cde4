/* SPDX-License-Identifier: ISC */
#include "policy_line.h"

#include <string.h>

#include "abnf.h"
#include "name.h"

#define MAX_AGE_DIGITS 10

bool
sts_policy_next_line(struct sts_str *text, struct sts_str *line)
{
	const char *lf;

	if (text->n == 0)
		return false;
	lf = memchr(text->p, '\n', text->n);
	*line = *text;
	if (lf == NULL) {
		text->n = 0;
		return true;
	}
	line->n = (size_t)(lf - text->p);
	text->p += line->n + 1;
	text->n -= line->n + 1;
	/* A CR that no LF follows ends no line (POL-6). */
	if (line->n > 0 && line->p[line->n - 1] == '\r')
		line->n--;
	return true;
}

static const char *
skip_tails(const char *p, const char *end, int n)
{
	for (; n > 0; n--, p++)
		if (p == end || ((unsigned char)*p & 0xc0) != 0x80)
			return NULL;
	return p;
}

/* UTF8-2 / UTF8-3 / UTF8-4 (RFC 3629): no surrogate, nothing over-long */
static const char *
skip_utf8(const char *p, const char *end)
{
	unsigned char a = (unsigned char)*p;
	unsigned char b = end - p > 1 ? (unsigned char)p[1] : 0;

	if (a >= 0xc2 && a <= 0xdf)
		return skip_tails(p + 1, end, 1);
	if (a >= 0xe0 && a <= 0xef) {
		if ((a == 0xe0 && b < 0xa0) || (a == 0xed && b > 0x9f))
			return NULL;
		return skip_tails(p + 1, end, 2);
	}
	if (a >= 0xf0 && a <= 0xf4) {
		if ((a == 0xf0 && b < 0x90) || (a == 0xf4 && b > 0x8f))
			return NULL;
		return skip_tails(p + 1, end, 3);
	}
	return NULL;
}

/* sts-policy-vchar, and the space that may stand between two of them */
static const char *
skip_vchar(const char *p, const char *end)
{
	if (*p >= ' ' && *p <= '~')
		return p + 1;
	return skip_utf8(p, end);
}

/* sts-policy-ext-value; the value has no space around it any more */
static bool
is_ext_value(struct sts_str value)
{
	const char *p = value.p, *end = value.p + value.n;

	if (value.n == 0)
		return false;
	while (p != NULL && p < end)
		p = skip_vchar(p, end);
	return p != NULL;
}

/* sts-policy-max-age-value: 1*10(DIGIT), in decimal */
static bool
read_max_age(struct sts_policy_line *line)
{
	uint64_t age = 0;
	size_t i;

	if (line->value.n == 0 || line->value.n > MAX_AGE_DIGITS)
		return false;
	for (i = 0; i < line->value.n; i++) {
		if (!sts_is_digit(line->value.p[i]))
			return false;
		age = age * 10 + (uint64_t)(line->value.p[i] - '0');
	}
	line->clamped = age > STS_MAX_AGE_MAX;
	line->max_age = (uint32_t)(line->clamped ? STS_MAX_AGE_MAX : age);
	return true;
}

/* sts-policy-mx-value: ["*."] Domain, and no address (POL-8) */
static bool
is_pattern(struct sts_str value)
{
	if (value.n > 2 && memcmp(value.p, "*.", 2) == 0)
		value = (struct sts_str){value.p + 2, value.n - 2};
	return sts_name_valid(value, STS_NAME_HOST) && !sts_name_is_ipv4(value);
}

/* One of the fields that the RFC knows, by its name, which is exact. */
static enum sts_field
field_named(struct sts_str name)
{
	if (sts_str_eq(name, "version"))
		return STS_FIELD_VERSION;
	if (sts_str_eq(name, "mode"))
		return STS_FIELD_MODE;
	if (sts_str_eq(name, "max_age"))
		return STS_FIELD_MAX_AGE;
	if (sts_str_eq(name, "mx"))
		return STS_FIELD_MX;
	return STS_FIELD_EXTENSION;
}

static void
refuse(struct sts_policy_line *line, const char *rule, const char *why)
{
	line->field = STS_FIELD_NONE;
	line->rule = rule;
	line->why = why;
}

static void
refuse_value(struct sts_policy_line *line, const char *rule, const char *why)
{
	line->bad_value = true;
	line->rule = rule;
	line->why = why;
}

static void
read_value(struct sts_policy_line *line)
{
	switch (line->field) {
	case STS_FIELD_VERSION:
		if (!sts_str_eq(line->value, "STSv1"))
			refuse_value(line, "version-value", "not STSv1");
		break;
	case STS_FIELD_MODE:
		if (sts_mode_parse(line->value, &line->mode) != STS_OK)
			refuse_value(
			    line, "mode-value", "not enforce, testing or none");
		break;
	case STS_FIELD_MAX_AGE:
		if (!read_max_age(line))
			refuse_value(
			    line, "max_age-value", "not 1 to 10 digits");
		break;
	case STS_FIELD_MX:
		if (!is_pattern(line->value))
			refuse(line, "mx-value",
			    "not a host name, nor *. and a host name");
		break;
	case STS_FIELD_EXTENSION:
	case STS_FIELD_NONE:
		break;
	}
}

static struct sts_str
trim(const char *p, const char *end)
{
	while (p < end && sts_is_wsp(end[-1]))
		end--;
	return (struct sts_str){p, (size_t)(end - p)};
}

/* sts-policy-field *WSP, field = name ":" *WSP value */
void
sts_policy_line_read(struct sts_str text, struct sts_policy_line *line)
{
	const char *end = text.p + text.n;
	const char *p = sts_skip_wsp(text.p, end), *colon;

	memset(line, 0, sizeof(*line));
	line->indented = p > text.p;
	if (p == end) {
		refuse(line, "blank-line", "an empty line");
		return;
	}
	colon = sts_skip_ext_name(p, end);
	if (colon == NULL || colon == end || *colon != ':') {
		refuse(line, "field-syntax", "not a name, ':' and a value");
		return;
	}
	line->field = field_named((struct sts_str){p, (size_t)(colon - p)});
	line->value = trim(sts_skip_wsp(colon + 1, end), end);
	/* What is no value of an extension is no value of any field. */
	if (!is_ext_value(line->value))
		refuse(line, "field-value",
		    "empty, or with control characters or bad UTF-8");
	else
		read_value(line);
}
