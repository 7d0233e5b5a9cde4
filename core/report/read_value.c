/* SPDX-License-Identifier: ISC */
#include "read_value.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sts/report_read.h"

#define SHOWN      48 /* octets of a remote word in a message */
#define DIGITS_MAX 16 /* of STS_READ_COUNT_MAX */

void
sts_read_note(struct sts_diags *diags, const char *rule, const char *section,
    const char *fmt, ...)
{
	char text[STS_DIAG_TEXT];
	va_list ap;

	if (diags == NULL)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	for (size_t i = 0; i < diags->n; i++)
		if (strcmp(diags->list[i].rule, rule) == 0 &&
		    strcmp(diags->list[i].text, text) == 0)
			return;
	sts_diag_add(diags, STS_WARNING, 0, rule, section, "%s", text);
}

static void
note_missing(const char *key, struct sts_diags *diags)
{
	sts_read_note(
	    diags, "missing", STS_READ_FORM, "there is no \"%s\"", key);
}

static struct sts_str
string_of(const json_t *value)
{
	return (struct sts_str){
	    json_string_value(value), json_string_length(value)};
}

struct sts_str
sts_read_text(
    const json_t *object, const char *key, bool wanted, struct sts_diags *diags)
{
	const json_t *value = json_object_get(object, key);

	if (json_is_string(value))
		return string_of(value);
	if (value != NULL && !json_is_null(value))
		sts_read_note(diags, "not-a-string", STS_READ_FORM,
		    "\"%s\" is not a string", key);
	else if (wanted)
		note_missing(key, diags);
	return (struct sts_str){"", 0};
}

json_t *
sts_read_object(const json_t *object, const char *key, struct sts_diags *diags)
{
	json_t *value = json_object_get(object, key);

	if (json_is_object(value))
		return value;
	if (value == NULL || json_is_null(value))
		note_missing(key, diags);
	else
		sts_read_note(diags, "not-an-object", STS_READ_FORM,
		    "\"%s\" is not an object", key);
	return NULL;
}

enum sts_err
sts_read_list(
    json_t *object, const char *key, json_t **out, struct sts_diags *diags)
{
	json_t *value = json_object_get(object, key), *made;

	*out = NULL;
	if (value == NULL || json_is_null(value))
		return STS_OK;
	if (!json_is_array(value)) {
		sts_read_note(diags, "not-an-array", STS_READ_FORM,
		    "\"%s\" is not an array%s", key,
		    strcmp(key, "mx-host") == 0 ? ", see EID 6241" : "");
		made = json_array();
		if (json_array_append(made, value) != 0 ||
		    json_object_set_new(object, key, made) != 0)
			return STS_ENOMEM;
		value = made;
	}
	*out = value;
	return STS_OK;
}

enum sts_err
sts_read_texts(json_t *list, const char *key, struct sts_str **out, size_t *n,
    struct sts_diags *diags)
{
	struct sts_str *made = calloc(json_array_size(list) + 1, sizeof(*made));
	json_t *value;
	size_t i;

	if (made == NULL)
		return STS_ENOMEM;
	*n = 0;
	json_array_foreach (list, i, value) {
		if (json_is_string(value))
			made[(*n)++] = string_of(value);
		else
			sts_read_note(diags, "not-a-string", STS_READ_FORM,
			    "in \"%s\" there is what is not a string", key);
	}
	*out = made;
	return STS_OK;
}

/* A number that is written in another way; -1: it is none. */
static json_int_t
number_of(const json_t *value)
{
	struct sts_str text = string_of(value);
	double real = json_real_value(value);
	json_int_t n = 0;

	if (json_is_real(value))
		return real >= 0 && real <= (double)STS_READ_COUNT_MAX &&
			       (double)(json_int_t)real == real
			   ? (json_int_t)real
			   : -1;
	if (text.n == 0 || text.n > DIGITS_MAX)
		return -1;
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] < '0' || text.p[i] > '9')
			return -1;
		n = n * 10 + (text.p[i] - '0');
	}
	return n;
}

enum sts_err
sts_read_count(
    json_t *object, const char *key, uint64_t *out, struct sts_diags *diags)
{
	json_t *value = json_object_get(object, key);
	json_int_t n = json_integer_value(value);

	if (value == NULL || json_is_null(value)) {
		note_missing(key, diags);
		return STS_ENOENT;
	}
	if (!json_is_integer(value)) {
		n = number_of(value);
		sts_read_note(diags, "not-an-integer", STS_READ_FORM,
		    "\"%s\" is not an integer", key);
		if (n >= 0 &&
		    json_object_set_new(object, key, json_integer(n)) != 0)
			return STS_ENOMEM;
	}
	if (n >= 0 && n <= STS_READ_COUNT_MAX) {
		*out = (uint64_t)n;
		return STS_OK;
	}
	sts_diag_add(diags, STS_ERROR, 0, "count", STS_READ_FORM,
	    "\"%s\" is not a number of sessions", key);
	return STS_EINVAL;
}

void
sts_read_keys(json_t *object, const char *what, const char *const *known,
    struct sts_diags *diags)
{
	char shown[SHOWN];
	const char *key;
	json_t *value;

	json_object_foreach (object, key, value) {
		size_t i = 0;

		while (known[i] != NULL && strcmp(known[i], key) != 0)
			i++;
		if (known[i] == NULL)
			sts_read_note(diags, "unknown-field", STS_READ_FORM,
			    "unknown field of %s: \"%s\"", what,
			    sts_str_escape(sts_str(key), shown, sizeof(shown)));
	}
}
