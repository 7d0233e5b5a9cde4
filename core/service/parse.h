/* SPDX-License-Identifier: ISC */
#ifndef STS_PARSE_H
#define STS_PARSE_H

#include "sts/err.h"
#include "sts/str.h"

#define STS_LINE_MAX  65536 /* octets of a line with its end */
#define STS_WORDS_MAX 12    /* after the verb */

/* Slices of the line, as they were written (%HH not undone). */
struct sts_question {
	struct sts_str verb;
	struct sts_str word[STS_WORDS_MAX];
	size_t n;
};

/*
 * Cut one line, without its end, into words. STS_EINVAL: the first word is not
 * the version; STS_ESYNTAX: not printable ASCII, an empty word, a stray % or
 * too many words.
 */
enum sts_err
sts_question_parse(struct sts_str line, struct sts_question *question);

/*
 * Undo %HH of a word of a parsed question. *out is the word itself, or in buf.
 * STS_ELIMIT: it does not fit.
 */
enum sts_err sts_word_plain(
    struct sts_str word, char *buf, size_t size, struct sts_str *out);

#define STS_WORD_TEXT 512 /* octets of a text that anybody looks at */

/* The same; what does not fit is cut. */
struct sts_str sts_word_text(struct sts_str word, char buf[STS_WORD_TEXT]);

/* "key=value": is it of this key? Then *value is the rest. */
bool sts_word_key(struct sts_str word, const char *key, struct sts_str *value);

/* The next of NAME[,NAME...]; false at the end. *rest is cut. */
bool sts_word_item(struct sts_str *rest, struct sts_str *item);

#endif
