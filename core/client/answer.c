/* SPDX-License-Identifier: ISC */
#include <stdbool.h>
#include <string.h>

#include "client_impl.h"
#include "sts/client.h"

#define MODE_SIZE  16
#define WORD_SIZE  11 /* no padding */
#define DIGITS_MAX 18
#define DECIMAL    10

enum needs {
	NO_MODE,
	ANY_MODE,
	LIVE_MODE,
	MODE_AND_MX,
	ENFORCED,
	ENFORCED_HOST,
	FREE_TEXT
};

/* Of docs/protocol.md: the word, and what makes such an answer whole. */
static const struct form {
	enum sts_reply_kind kind;
	enum needs needs;
	bool named; /* a fixed word follows */
	char word[WORD_SIZE];
} forms[] = {
    {STS_REPLY_TEMP, NO_MODE, true, "temp"},
    {STS_REPLY_NONE, NO_MODE, true, "none"},
    {STS_REPLY_POLICY, ANY_MODE, true, "policy"},
    {STS_REPLY_MATCH, LIVE_MODE, true, "match"},
    {STS_REPLY_MISMATCH, LIVE_MODE, true, "mismatch"},
    {STS_REPLY_USABLE, MODE_AND_MX, true, "usable"},
    {STS_REPLY_ROUTE, ENFORCED_HOST, true, "route"},
    {STS_REPLY_BLOCKED, ENFORCED, true, "blocked"},
    {STS_REPLY_YES, NO_MODE, false, "yes"},
    {STS_REPLY_NO, NO_MODE, false, "no"},
    {STS_REPLY_OK, NO_MODE, false, "ok"},
    {STS_REPLY_PONG, NO_MODE, true, "pong"},
    {STS_REPLY_JSON, FREE_TEXT, true, "json"},
    {STS_REPLY_ERROR, NO_MODE, true, "error"},
};

static size_t
word_length(const char *p)
{
	return strcspn(p, " ");
}

/* The word after the one at p, or NULL. */
static const char *
next_word(const char *p)
{
	p += word_length(p);
	return *p == ' ' ? p + 1 : NULL;
}

static bool
printable(const char *p)
{
	for (; *p != '\0'; p++)
		if (*p < ' ' || *p > '~')
			return false;
	return true;
}

/* No word is empty: one space between, none at the end. */
static bool
well_spaced(const char *p)
{
	for (; p != NULL; p = next_word(p))
		if (word_length(p) == 0)
			return false;
	return true;
}

static const struct form *
find_form(const char *word)
{
	size_t n = word_length(word);
	size_t i;

	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (strlen(forms[i].word) == n &&
		    memcmp(forms[i].word, word, n) == 0)
			return &forms[i];
	return NULL;
}

static bool
has_mode(const char *line, bool none_too)
{
	char mode[MODE_SIZE];

	if (sts_client_value(line, "mode", mode, sizeof(mode)) != 0)
		return false;
	return strcmp(mode, "enforce") == 0 || strcmp(mode, "testing") == 0 ||
	       (none_too && strcmp(mode, "none") == 0);
}

static bool
enforced(const char *line)
{
	char mode[MODE_SIZE];

	return sts_client_value(line, "mode", mode, sizeof(mode)) == 0 &&
	       strcmp(mode, "enforce") == 0;
}

static const char *
find_value(const char *line, const char *key)
{
	size_t n = strlen(key);
	const char *p;

	for (p = line; p != NULL; p = next_word(p))
		if (strncmp(p, key, n) == 0 && p[n] == '=')
			return p + n + 1;
	return NULL;
}

static bool
whole(const char *line, const char *word, const struct form *form)
{
	const char *name = next_word(word);

	if (form->named && name == NULL)
		return false;
	if (form->needs == FREE_TEXT)
		return *name != '\0';
	if (!well_spaced(line) ||
	    (form->named && memchr(name, '=', word_length(name)) != NULL))
		return false;
	switch (form->needs) {
	case ANY_MODE:
		return has_mode(line, true);
	case LIVE_MODE:
		return has_mode(line, false);
	case MODE_AND_MX:
		return has_mode(line, true) && find_value(line, "mx") != NULL;
	case ENFORCED:
		return enforced(line);
	case ENFORCED_HOST:
		return enforced(line) && find_value(line, "host") != NULL;
	default:
		return true;
	}
}

enum sts_reply_kind
sts_client_kind(const char *line)
{
	const struct form *form;
	const char *word;

	if (strncmp(line, "STS1 ", 5) != 0 || !printable(line))
		return STS_REPLY_TEMP;
	word = line + 5;
	form = find_form(word);
	if (form == NULL || !whole(line, word, form))
		return STS_REPLY_TEMP;
	return form->kind;
}

int
sts_client_value(const char *line, const char *key, char *out, size_t size)
{
	const char *p = find_value(line, key);
	size_t n = 0;

	if (size == 0)
		return -1;
	out[0] = '\0';
	if (p == NULL)
		return -1;
	while (*p != '\0' && *p != ' ') {
		int c = (unsigned char)*p;

		if (c == '%')
			c = sts_client_hex(p + 1);
		if (c <= 0 || n + 1 >= size) {
			out[0] = '\0';
			return -1;
		}
		p += *p == '%' ? 3 : 1;
		out[n++] = (char)c;
	}
	out[n] = '\0';
	return 0;
}

int64_t
sts_client_number(const char *text)
{
	size_t n = strspn(text, "0123456789");
	int64_t value = 0;

	if (n == 0 || n > DIGITS_MAX || text[n] != '\0')
		return -1;
	for (; *text != '\0'; text++)
		value = value * DECIMAL + (*text - '0');
	return value;
}
