/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "table_proto.h"

#define FIELDS 8

/* table|VERSION|TIME|NAME|OP|SERVICE|ID|KEY, or ...|OP|ID */
enum { AT_TABLE, AT_OP = 4, AT_SERVICE, AT_ID, AT_KEY };

struct field {
	const char *p;
	size_t n;
};

/* The last field takes all that is left. Returns how many there are. */
static size_t
split(const char *line, size_t n, struct field *field)
{
	const char *end = line + n;
	size_t i;

	for (i = 0; i < FIELDS; i++) {
		const char *bar = i + 1 == FIELDS
				      ? NULL
				      : memchr(line, '|', (size_t)(end - line));

		field[i].p = line;
		field[i].n = (size_t)((bar == NULL ? end : bar) - line);
		if (bar == NULL)
			return i + 1;
		line = bar + 1;
	}
	return i;
}

static bool
is(const struct field *field, const char *word)
{
	return field->n == strlen(word) &&
	       memcmp(field->p, word, field->n) == 0;
}

/* A word that is put into the answer as it came. */
static bool
take_word(const struct field *field, char *out, size_t size)
{
	size_t i;

	if (field->n == 0 || field->n >= size)
		return false;
	for (i = 0; i < field->n; i++)
		if (field->p[i] <= ' ' || field->p[i] > '~')
			return false;
	memcpy(out, field->p, field->n);
	out[field->n] = '\0';
	return true;
}

static void
take_key(const struct field *field, char *out)
{
	if (field->n >= STS_TABLE_KEY || memchr(field->p, '\0', field->n))
		return;
	memcpy(out, field->p, field->n);
	out[field->n] = '\0';
}

static enum sts_table_op
find_op(const struct field *field, size_t n)
{
	if (is(&field[AT_OP], "update"))
		return STS_OP_UPDATE;
	if (n > AT_ID && is(&field[AT_OP], "check"))
		return STS_OP_CHECK;
	if (n > AT_ID && is(&field[AT_OP], "lookup"))
		return STS_OP_LOOKUP;
	return STS_OP_OTHER;
}

static enum sts_table_service
find_service(const struct field *field)
{
	if (is(field, "domain"))
		return STS_KEY_DOMAIN;
	if (is(field, "relayhost"))
		return STS_KEY_RELAYHOST;
	return STS_KEY_OTHER;
}

void
sts_text_request(const char *line, size_t n, struct sts_table_request *request)
{
	struct field field[FIELDS];
	size_t count, at;

	request->op = STS_OP_NOTHING;
	request->service = STS_KEY_OTHER;
	request->key[0] = '\0';
	if (n == strlen("config|ready") && memcmp(line, "config|ready", n) == 0)
		request->op = STS_OP_READY;
	count = split(line, n, field);
	if (count <= AT_SERVICE || !is(&field[AT_TABLE], "table"))
		return;
	at = count > AT_ID ? AT_ID : AT_SERVICE;
	if (!take_word(&field[at], request->id, sizeof(request->id)) ||
	    !take_word(&field[AT_OP], request->verb, sizeof(request->verb)))
		return;
	request->op = find_op(field, count);
	if (count > AT_ID)
		request->service = find_service(&field[AT_SERVICE]);
	if (count > AT_KEY)
		take_key(&field[AT_KEY], request->key);
}

static const char *
word_of(const struct sts_table_request *request,
    const struct sts_table_result *result)
{
	if (request->op == STS_OP_UPDATE)
		return "ok";
	if (request->op == STS_OP_OTHER || result->found == STS_FOUND_ERROR)
		return "error";
	return result->found == STS_FOUND_NOT ? "not-found" : "found";
}

size_t
sts_text_answer(char *out, const struct sts_table_request *request,
    const struct sts_table_result *result)
{
	static const char services[] =
	    "register|domain\nregister|relayhost\nregister|ready\n";
	const char *word, *text = "";
	int n;

	if (request->op == STS_OP_READY) {
		memcpy(out, services, sizeof(services));
		return sizeof(services) - 1;
	}
	if (request->op < STS_OP_UPDATE)
		return 0;
	word = word_of(request, result);
	if (request->op == STS_OP_OTHER)
		text = "this table has domain and relayhost only";
	else if (word[0] == 'e' ||
		 (request->op == STS_OP_LOOKUP && word[0] == 'f'))
		text = result->text;
	n = snprintf(out, STS_TABLE_OUT, "%s-result|%s|%s%s%s\n", request->verb,
	    request->id, word, text[0] == '\0' ? "" : "|", text);
	return n > 0 && n < STS_TABLE_OUT ? (size_t)n : 0;
}
