/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "probe_reply.h"

static const struct {
	const char *text;
	enum sts_probe_read want;
	int code;
	bool starttls;
	size_t behind;
} cases[] = {
    {"220 mx\r\n", STS_PROBE_DONE, 220, false, 0},
    {"220\r\n", STS_PROBE_DONE, 220, false, 0},
    {"220 mx\n", STS_PROBE_DONE, 220, false, 0},
    {"220 mx", STS_PROBE_MORE, 0, false, 0},
    {"250-mx\r\n", STS_PROBE_MORE, 250, false, 0},
    {"250-mx\r\n250 STARTTLS\r\n", STS_PROBE_DONE, 250, true, 0},
    {"250-mx\r\n250-StartTLS\r\n250 SIZE\r\n", STS_PROBE_DONE, 250, true, 0},
    {"250-mx\r\n250 STARTTLSX\r\n", STS_PROBE_DONE, 250, false, 0},
    {"250-STARTTLS\r\n250 SIZE\r\n", STS_PROBE_DONE, 250, false, 0},
    {"250 STARTTLS\r\n", STS_PROBE_DONE, 250, false, 0},
    {"250-mx\r\n220 STARTTLS\r\n", STS_PROBE_BAD, 250, false, 0},
    {"220 go\r\nMAIL", STS_PROBE_DONE, 220, false, 4},
    {"hello\r\n", STS_PROBE_BAD, 0, false, 0},
    {"600 x\r\n", STS_PROBE_BAD, 0, false, 0},
    {"22\r\n", STS_PROBE_BAD, 0, false, 0},
    {"220x\r\n", STS_PROBE_BAD, 0, false, 0},
    {"\r\n", STS_PROBE_BAD, 0, false, 0},
    {"\n", STS_PROBE_BAD, 0, false, 0},
};

static void
whole(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sts_probe_reply reply = {.n_line = 0};
		size_t n = strlen(cases[i].text), used;

		assert_int_equal(
		    sts_probe_read(&reply, cases[i].text, n, &used),
		    cases[i].want);
		assert_int_equal(reply.code, cases[i].code);
		assert_int_equal(reply.starttls, cases[i].starttls);
		assert_int_equal(n - used, cases[i].behind);
	}
}

/* The same, one octet at a time. */
static void
in_pieces(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sts_probe_reply reply = {.n_line = 0};
		enum sts_probe_read rc = STS_PROBE_MORE;
		const char *p = cases[i].text;
		size_t used;

		for (; *p != '\0' && rc == STS_PROBE_MORE; p++)
			rc = sts_probe_read(&reply, p, 1, &used);
		assert_int_equal(rc, cases[i].want);
		assert_int_equal(strlen(p), cases[i].behind);
	}
}

static void
bounded(void **state)
{
	static char text[STS_PROBE_REPLY / 10 * 10 + 100];
	struct sts_probe_reply reply = {.n_line = 0};
	size_t used;

	(void)state;
	memset(text, 'x', sizeof(text));
	assert_int_equal(
	    sts_probe_read(&reply, text, sizeof(text), &used), STS_PROBE_BAD);
	assert_int_equal(used, STS_PROBE_LINE + 1);
	for (size_t i = 0; i < sizeof(text); i += 10)
		memcpy(text + i, "250-12345\n", 10);
	memset(&reply, 0, sizeof(reply));
	assert_int_equal(
	    sts_probe_read(&reply, text, sizeof(text), &used), STS_PROBE_BAD);
	assert_int_equal(used, STS_PROBE_REPLY + 1);
	/* A NUL hides nothing. */
	memset(&reply, 0, sizeof(reply));
	assert_int_equal(
	    sts_probe_read(&reply, "250 a\0b\r\n", 9, &used), STS_PROBE_BAD);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(whole),
	    cmocka_unit_test(in_pieces),
	    cmocka_unit_test(bounded),
	};

	return cmocka_run_group_tests_name("probe reply", tests, NULL, NULL);
}
