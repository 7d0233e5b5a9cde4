/* SPDX-License-Identifier: ISC */
#include "buf.h"
#include "fuzz.h"
#include "parse.h"

static void
inside(struct sts_str line, struct sts_str word)
{
	MUST(word.n > 0);
	MUST(word.p >= line.p && word.p + word.n <= line.p + line.n);
	for (size_t i = 0; i < word.n; i++)
		MUST(word.p[i] > ' ' && word.p[i] <= '~');
}

/* What is undone and written again is undone to the same. */
static void
round_trip(struct sts_str word)
{
	char *one = malloc(word.n), *two = malloc(3 * word.n);
	struct sts_str plain, again;
	struct sts_buf buf;

	MUST(sts_word_plain(word, one, word.n, &plain) == STS_OK);
	MUST(plain.n <= word.n);
	sts_buf_init(&buf, 3 * word.n);
	sts_buf_value(&buf, plain, ",");
	MUST(!buf.failed);
	MUST(sts_word_plain((struct sts_str){buf.p, buf.n}, two, 3 * word.n,
		 &again) == STS_OK);
	MUST(again.n == plain.n && memcmp(again.p, plain.p, plain.n) == 0);
	sts_buf_fini(&buf);
	free(one);
	free(two);
}

/* The items and their commas are the word, all of it. */
static void
items(struct sts_str word)
{
	struct sts_str rest = word, item;
	size_t n = 0;

	while (sts_word_item(&rest, &item)) {
		MUST(item.n == 0 || memchr(item.p, ',', item.n) == NULL);
		n += item.n + 1;
	}
	MUST(n == word.n + 1);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sts_str line = fuzz_str(data, size);
	struct sts_question question;
	size_t i, n = 5;

	if (size > STS_LINE_MAX ||
	    sts_question_parse(line, &question) != STS_OK)
		return 0;
	MUST(memcmp(line.p, "STS1 ", 5) == 0);
	MUST(question.n <= STS_WORDS_MAX);
	inside(line, question.verb);
	n += question.verb.n;
	for (i = 0; i < question.n; i++) {
		inside(line, question.word[i]);
		round_trip(question.word[i]);
		items(question.word[i]);
		n += 1 + question.word[i].n;
	}
	MUST(n == line.n); /* nothing is passed over */
	return 0;
}
