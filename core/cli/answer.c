/* SPDX-License-Identifier: ISC */
#include "answer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "print.h"
#include "sts/client.h"

#define KEY 32

static const char *
next_word(const char *p)
{
	p = strchr(p, ' ');
	return p == NULL ? NULL : p + 1;
}

void
sts_answer_word(const char *line, unsigned n, char *out, size_t size)
{
	size_t length;

	for (; line != NULL && n > 0; n--)
		line = next_word(line);
	out[0] = '\0';
	if (line == NULL)
		return;
	length = strcspn(line, " ");
	if (length >= size)
		return;
	memcpy(out, line, length);
	out[length] = '\0';
}

static json_t *
list_of(char *text)
{
	json_t *list = json_array();
	char *save = NULL, *part;

	for (part = strtok_r(text, ",", &save); part != NULL;
	     part = strtok_r(NULL, ",", &save))
		if (json_array_append_new(list, json_string(part)) != 0) {
			json_decref(list);
			return NULL;
		}
	return list;
}

static json_t *
number_of(const char *text)
{
	char *end;
	long long n;

	errno = 0;
	n = strtoll(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0')
		return json_string(text);
	return json_integer(n);
}

/* Octets that are not UTF-8 were escaped by no service of ours. */
static json_t *
text_of(const char *text)
{
	char shown[1024];
	json_t *value = json_string(text);

	if (value != NULL)
		return value;
	return json_string(sts_str_escape(sts_str(text), shown, sizeof(shown)));
}

static json_t *
value_of(const char *key, char *text)
{
	if (strcmp(key, "mx") == 0)
		return list_of(text);
	if (strcmp(key, "fetched") == 0 || strcmp(key, "expires") == 0)
		return number_of(text);
	return text_of(text);
}

/* One word behind the kind: key=value, or the fixed one. */
static int
add_word(json_t *object, const char *line, const char *word, char *buf)
{
	const char *fixed = strncmp(line, "STS1 error ", 11) == 0  ? "code"
			    : strncmp(line, "STS1 pong ", 10) == 0 ? "version"
								   : "domain";
	size_t n = strcspn(word, " =");
	char key[KEY];

	if (word[n] != '=') {
		if (json_object_get(object, fixed) != NULL)
			return 0;
		sts_answer_word(word, 0, buf, STS_CLIENT_LINE);
		return json_object_set_new(object, fixed, text_of(buf));
	}
	if (n == 0 || n >= sizeof(key))
		return 0;
	memcpy(key, word, n);
	key[n] = '\0';
	if (json_object_get(object, key) != NULL ||
	    sts_client_value(line, key, buf, STS_CLIENT_LINE) != 0)
		return 0;
	return json_object_set_new(object, key, value_of(key, buf));
}

json_t *
sts_answer_json(const char *line)
{
	char *buf = malloc(STS_CLIENT_LINE);
	json_t *object = json_object();
	const char *word = next_word(line);
	int failed = buf == NULL;

	if (!failed && word != NULL) {
		sts_answer_word(word, 0, buf, STS_CLIENT_LINE);
		failed = json_object_set_new(object, "kind", text_of(buf));
		word = next_word(word);
	}
	while (!failed && word != NULL) {
		failed = add_word(object, line, word, buf);
		word = next_word(word);
	}
	free(buf);
	if (!failed)
		return object;
	json_decref(object);
	return NULL;
}

/* The words of an override are told as one sentence. */
static bool
is_plain(const char *key)
{
	static const char *const told[] = {
	    "domain", "kind", "override", "origin", "domain-mode"};
	size_t i;

	for (i = 0; i < sizeof(told) / sizeof(told[0]); i++)
		if (strcmp(key, told[i]) == 0)
			return false;
	return true;
}

static const char *
text_at(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

void
sts_answer_print_override(const json_t *object)
{
	const char *mode = text_at(object, "override");
	const char *origin = text_at(object, "origin");
	const char *own = text_at(object, "domain-mode");

	if (mode == NULL)
		return;
	sts_print_text(sts_str(mode));
	fputs(", by override at ", stdout);
	sts_print_text(sts_str(origin != NULL ? origin : "?"));
	if (own != NULL) {
		fputs("; the domain itself says ", stdout);
		sts_print_text(sts_str(own));
	}
}

void
sts_answer_print(const json_t *object)
{
	const char *domain =
	    json_string_value(json_object_get(object, "domain"));
	const char *kind = json_string_value(json_object_get(object, "kind"));
	const char *key;
	json_t *value;

	if (object == NULL) {
		sts_print_trouble("answer", "out of memory");
		return;
	}
	if (domain != NULL) {
		sts_print_text(sts_str(domain));
		fputs(": ", stdout);
	}
	sts_print_text(sts_str(kind != NULL ? kind : "?"));
	putchar('\n');
	json_object_foreach ((json_t *)object, key, value) {
		if (is_plain(key))
			sts_print_value(key, value, 1);
	}
	if (json_object_get(object, "override") == NULL)
		return;
	fputs("  ", stdout);
	sts_answer_print_override(object);
	putchar('\n');
}
