/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "parse.h"

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

/* Take the octets up to the next space; false if they are no word. */
static bool
next_word(struct sts_str *rest, struct sts_str *word)
{
	size_t i;

	for (i = 0; i < rest->n && rest->p[i] != ' '; i++) {
		if (rest->p[i] < '!' || rest->p[i] > '~')
			return false;
		if (rest->p[i] == '%' &&
		    (rest->n - i < 3 || hex(rest->p[i + 1]) < 0 ||
			hex(rest->p[i + 2]) < 0))
			return false;
	}
	*word = (struct sts_str){rest->p, i};
	rest->p += i;
	rest->n -= i;
	return i > 0;
}

enum sts_err
sts_question_parse(struct sts_str line, struct sts_question *question)
{
	struct sts_str word;

	question->n = 0;
	if (line.n < 4 || memcmp(line.p, "STS1", 4) != 0 ||
	    (line.n > 4 && line.p[4] != ' '))
		return STS_EINVAL;
	line.p += 4;
	line.n -= 4;
	if (line.n == 0)
		return STS_ESYNTAX;
	line.p++;
	line.n--;
	if (!next_word(&line, &question->verb))
		return STS_ESYNTAX;
	while (line.n > 0) {
		line.p++;
		line.n--;
		if (question->n == STS_WORDS_MAX || !next_word(&line, &word))
			return STS_ESYNTAX;
		question->word[question->n++] = word;
	}
	return STS_OK;
}

enum sts_err
sts_word_plain(struct sts_str word, char *buf, size_t size, struct sts_str *out)
{
	size_t i, n = 0;

	if (word.n == 0 || memchr(word.p, '%', word.n) == NULL) {
		*out = word;
		return STS_OK;
	}
	for (i = 0; i < word.n; i++, n++) {
		if (n == size)
			return STS_ELIMIT;
		if (word.p[i] == '%' && word.n - i >= 3) {
			buf[n] = (char)(hex(word.p[i + 1]) * 16 +
					hex(word.p[i + 2]));
			i += 2;
		} else {
			buf[n] = word.p[i];
		}
	}
	*out = (struct sts_str){buf, n};
	return STS_OK;
}

struct sts_str
sts_word_text(struct sts_str word, char buf[STS_WORD_TEXT])
{
	struct sts_str plain;

	if (sts_word_plain(word, buf, STS_WORD_TEXT, &plain) != STS_OK)
		plain = (struct sts_str){buf, STS_WORD_TEXT};
	return plain;
}

bool
sts_word_key(struct sts_str word, const char *key, struct sts_str *value)
{
	size_t n = strlen(key);

	if (word.n <= n || memcmp(word.p, key, n) != 0 || word.p[n] != '=')
		return false;
	*value = (struct sts_str){word.p + n + 1, word.n - n - 1};
	return true;
}

bool
sts_word_item(struct sts_str *rest, struct sts_str *item)
{
	const char *comma;
	size_t n;

	if (rest->p == NULL)
		return false;
	comma = rest->n > 0 ? memchr(rest->p, ',', rest->n) : NULL;
	n = comma != NULL ? (size_t)(comma - rest->p) : rest->n;
	*item = (struct sts_str){rest->p, n};
	if (comma == NULL) {
		rest->p = NULL;
		rest->n = 0;
	} else {
		rest->p += n + 1;
		rest->n -= n + 1;
	}
	return true;
}
