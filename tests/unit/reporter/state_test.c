/* SPDX-License-Identifier: ISC */
/* The stored form of a report's state: there and back, and nothing else. */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reporter_state.h"

#define TEXT                                                          \
	"stsgate-sent 1\ndue 1700010000\nfirst 1700000000\ntries 3\n" \
	"own 1\nid a@b\nlast no answer\nin 0123abcd\nin ffffffff\n"   \
	"accepted a@b.example\nrefused https://b.example/\n"

static struct sts_rep_state got;

static void
there_and_back(void **state)
{
	size_t n;
	char *text;

	(void)state;
	assert_true(sts_rep_state_decode(sts_str(TEXT), &got));
	assert_int_equal(got.state, STS_REPORT_DUE);
	assert_int_equal(got.next, 1700010000);
	assert_int_equal(got.tries, 3);
	assert_true(got.own);
	assert_int_equal(got.n_in, 2);
	assert_true(sts_rep_state_in(&got, 0x0123abcd));
	assert_false(sts_rep_state_in(&got, 0x0123abce));
	assert_int_equal(got.n_mark, 2);
	assert_false(sts_rep_state_mark(&got, "https://b.example/")->accepted);
	assert_true(sts_rep_state_accepted(&got));
	text = sts_rep_state_encode(&got, &n);
	assert_int_equal(n, strlen(TEXT));
	assert_memory_equal(text, TEXT, n);
	free(text);
}

/* But at the ends of the parts and marks. */
static void
cut_anywhere(void **state)
{
	unsigned whole = 0;

	(void)state;
	for (size_t n = 0; n < strlen(TEXT); n++)
		whole += sts_rep_state_decode((struct sts_str){TEXT, n}, &got);
	assert_int_equal(whole, 4);
}

static void
not_so(void **state)
{
	const char *const bad[] = {"stsgate-sent 2", "due 01", "due -1",
	    "due 99999999999999", "open 1"};
	char text[512];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const char *rest = strchr(TEXT, '\n') + 1;

		if (i == 0)
			(void)snprintf(
			    text, sizeof(text), "%s\n%s", bad[i], rest);
		else
			(void)snprintf(text, sizeof(text),
			    "stsgate-sent 1\n%s\n%s", bad[i],
			    strchr(rest, '\n') + 1);
		assert_false(sts_rep_state_decode(sts_str(text), &got));
	}
	assert_false(sts_rep_state_decode(
	    sts_str("stsgate-sent 1\ndue 1\nfirst 1\ntries 3\nown 1\nid a@b\n"
		    "last \nin 0123abcX\n"),
	    &got));
}

static void
too_many_marks(void **state)
{
	size_t n;
	char *text, more[20000];

	(void)state;
	memset(&got, 0, sizeof(got));
	got.state = STS_REPORT_DUE;
	for (unsigned i = 0; i < STS_REP_MARKS; i++)
		assert_true(sts_rep_state_set(&got, "x@y", true));
	assert_false(sts_rep_state_set(&got, "x@y", true));
	text = sts_rep_state_encode(&got, &n);
	assert_true(sts_rep_state_decode((struct sts_str){text, n}, &got));
	(void)snprintf(more, sizeof(more), "%.*saccepted x@y\n", (int)n, text);
	assert_false(sts_rep_state_decode(sts_str(more), &got));
	free(text);
}

static void
too_many_parts(void **state)
{
	size_t n;
	char *text, more[20000];

	(void)state;
	memset(&got, 0, sizeof(got));
	got.state = STS_REPORT_SENT;
	got.n_in = STS_REP_HOSTS;
	text = sts_rep_state_encode(&got, &n);
	assert_true(sts_rep_state_decode((struct sts_str){text, n}, &got));
	assert_int_equal(got.n_in, STS_REP_HOSTS);
	(void)snprintf(more, sizeof(more), "%.*sin 00000000\n", (int)n, text);
	assert_false(sts_rep_state_decode(sts_str(more), &got));
	free(text);
}

static void
keys(void **state)
{
	char key[STS_REP_KEY], domain[STS_DOMAIN_SIZE];
	int64_t day;

	(void)state;
	sts_rep_key(DAY, "a.example", key);
	assert_string_equal(key, "sent/2023-11-14/a.example");
	assert_true(sts_rep_key_parse(sts_str(key), &day, domain));
	assert_int_equal(day, DAY);
	assert_string_equal(domain, "a.example");
	assert_false(
	    sts_rep_key_parse(sts_str("2023-11-14/a.example"), &day, domain));
	assert_false(sts_rep_key_parse(
	    sts_str("sent/2023-13-14/a.example"), &day, domain));
	assert_false(sts_rep_key_parse(
	    sts_str("sent/2023-02-30/a.example"), &day, domain));
	assert_false(
	    sts_rep_key_parse(sts_str("sent/2023-11-14/"), &day, domain));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(there_and_back),
	    cmocka_unit_test(cut_anywhere),
	    cmocka_unit_test(not_so),
	    cmocka_unit_test(too_many_marks),
	    cmocka_unit_test(too_many_parts),
	    cmocka_unit_test(keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
