/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "buf.h"
#include "parse.h"

static enum sts_err
parse(const char *line, struct sts_question *question)
{
	return sts_question_parse(sts_str(line), question);
}

static void
test_words(void **state)
{
	struct sts_question q;

	(void)state;
	assert_int_equal(parse("STS1 ping", &q), STS_OK);
	assert_true(sts_str_eq(q.verb, "ping"));
	assert_int_equal(q.n, 0);
	assert_int_equal(parse("STS1 verdict a.example b.example", &q), STS_OK);
	assert_int_equal(q.n, 2);
	assert_true(sts_str_eq(q.word[1], "b.example"));
	assert_int_equal(
	    parse("STS1 v 1 2 3 4 5 6 7 8 9 10 11 12", &q), STS_OK);
	assert_int_equal(
	    parse("STS1 v 1 2 3 4 5 6 7 8 9 10 11 12 13", &q), STS_ESYNTAX);
}

static void
test_refused(void **state)
{
	static const char *const bad[] = {"STS1", "STS1 ", "STS1  ping",
	    "STS1 ping ", "STS1 a  b", "STS1 a\tb", "STS1 a\x7f", "STS1 \xc3",
	    "STS1 a%", "STS1 a%4", "STS1 a%4g", "STS1 a\rb"};
	static const char *const other[] = {
	    "", "STS", "STS2 ping", "sts1 ping", "STS11 ping", " STS1 ping"};
	struct sts_question q;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(parse(bad[i], &q), STS_ESYNTAX);
	for (i = 0; i < sizeof(other) / sizeof(other[0]); i++)
		assert_int_equal(parse(other[i], &q), STS_EINVAL);
	assert_int_equal(
	    sts_question_parse((struct sts_str){"STS1 a\0b", 8}, &q),
	    STS_ESYNTAX);
}

static void
test_plain(void **state)
{
	struct sts_str out;
	char buf[4];

	(void)state;
	assert_int_equal(
	    sts_word_plain(sts_str("abcdef"), buf, 4, &out), STS_OK);
	assert_true(sts_str_eq(out, "abcdef"));
	assert_int_equal(
	    sts_word_plain(sts_str("%41%7e%00"), buf, 4, &out), STS_OK);
	assert_int_equal(out.n, 3);
	assert_memory_equal(out.p, "A~\0", 3);
	assert_int_equal(
	    sts_word_plain(sts_str("%41bcde"), buf, 4, &out), STS_ELIMIT);
}

static void
test_items(void **state)
{
	struct sts_str rest = sts_str("a,,b"), item, value;

	(void)state;
	assert_true(sts_word_item(&rest, &item) && sts_str_eq(item, "a"));
	assert_true(sts_word_item(&rest, &item) && item.n == 0);
	assert_true(sts_word_item(&rest, &item) && sts_str_eq(item, "b"));
	assert_false(sts_word_item(&rest, &item));
	assert_true(sts_word_key(sts_str("a=b=c"), "a", &value));
	assert_true(sts_str_eq(value, "b=c"));
	assert_false(sts_word_key(sts_str("ab=c"), "a", &value));
	assert_false(sts_word_key(sts_str("a"), "a", &value));
}

static void
test_buf(void **state)
{
	struct sts_buf buf;

	(void)state;
	sts_buf_init(&buf, 16);
	sts_buf_number(&buf, INT64_MIN);
	assert_true(buf.failed);
	sts_buf_cut(&buf, 0);
	sts_buf_number(&buf, -120);
	sts_buf_value(&buf, (struct sts_str){"a \0%,\xff", 6}, ",");
	assert_true(buf.failed); /* not cut in the middle of a %HH */
	sts_buf_cut(&buf, 0);
	sts_buf_value(&buf, (struct sts_str){"a \0%~", 5}, ",");
	assert_int_equal(buf.n, 11);
	assert_memory_equal(buf.p, "a%20%00%25~", 11);
	sts_buf_fini(&buf);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_words),
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_plain),
	    cmocka_unit_test(test_items),
	    cmocka_unit_test(test_buf),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
