/* SPDX-License-Identifier: ISC */
#ifndef STS_EXIM_TEXT_H
#define STS_EXIM_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "sts/str.h"

/* What exim -bP prints, taken apart. */

/* One block: the options of a transport or a router. */
struct sts_exim_block {
	struct sts_str name;
	struct sts_str text;
};

enum sts_exim_state {
	STS_EXIM_ABSENT, /* this Exim has no such option */
	STS_EXIM_FALSE,  /* no_option */
	STS_EXIM_TRUE,   /* option */
	STS_EXIM_VALUE   /* option = value */
};

/* Cut the next "NAME <kind>:" block off; false: there is none. */
bool sts_exim_next_block(
    struct sts_str *rest, const char *kind, struct sts_exim_block *block);
/* The block of that name (ASCII case does not count); false: there is none. */
bool sts_exim_block(struct sts_str text, const char *kind, struct sts_str name,
    struct sts_exim_block *block);
enum sts_exim_state sts_exim_option(const struct sts_exim_block *block,
    const char *option, struct sts_str *value);
/* The same where only a value counts: nothing where there is none. */
struct sts_str
sts_exim_value(const struct sts_exim_block *block, const char *option);
/* The value "NAME = value" in -bP config, the last; nothing: not defined. */
struct sts_str sts_exim_macro(struct sts_str config, const char *name);

bool sts_exim_next_line(struct sts_str *rest, struct sts_str *line);
bool sts_exim_contains(struct sts_str text, const char *word);
bool sts_exim_begins(struct sts_str text, const char *word);
/* Cut word off the front of s; false: it is not there. */
bool sts_exim_cut(struct sts_str *s, const char *word);
/* Cut the next "{...}" off; arg is what is in it. */
bool sts_exim_braces(struct sts_str *text, struct sts_str *arg);
/* What is behind the first place of word in text; false: it is not there. */
bool
sts_exim_behind(struct sts_str text, const char *word, struct sts_str *rest);
struct sts_str sts_exim_trim(struct sts_str s);
/* What Exim says, for a message: in one line, printable; always terminates. */
void sts_exim_words(struct sts_str text, char *out, size_t size);
bool sts_exim_same(struct sts_str a, struct sts_str b);

#endif
