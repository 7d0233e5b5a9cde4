/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "sts/dns.h"
#include "sts/http.h"
#include "sts/log.h"

static char last[STS_LOG_LINE + 8];
static enum sts_level last_level;
static int lines;

static void
capture(void *ctx, enum sts_level level, const char *line)
{
	(void)ctx;
	lines++;
	last_level = level;
	errno = EIO;
	strncpy(last, line, sizeof(last) - 1);
}

static const struct sts_log sink = {capture, NULL, STS_LOG_INFO};

static void
one_line(void **state)
{
	(void)state;
	lines = 0;
	errno = EINTR;
	sts_log(&sink, STS_LOG_WARNING, "policy-lost", "domain=%s left=%d",
	    "a.example", 5);
	assert_string_equal(last, "policy-lost domain=a.example left=5");
	assert_int_equal(last_level, STS_LOG_WARNING);
	assert_int_equal(lines, 1);
	assert_int_equal(errno, EINTR);
	sts_log(&sink, STS_LOG_DEBUG, "hit", "domain=%s", "a.example");
	assert_int_equal(lines, 1);
	sts_log(NULL, STS_LOG_ERROR, "hit", "domain=%s", "a.example");
}

/* THR-10: nothing that a stranger sends makes a second line. */
static void
hostile_text(void **state)
{
	(void)state;
	sts_log(&sink, STS_LOG_INFO, "x", "detail=%s",
	    "a\nforged line\r\t\x1b[31m\x7f\xc3\xa9");
	assert_string_equal(last,
	    "x detail=a\\x0Aforged line\\x0D\\x09\\x1B[31m\\x7F\\xC3\\xA9");
}

static void
long_line(void **state)
{
	char text[3 * STS_LOG_LINE];

	(void)state;
	memset(text, 'y', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	sts_log(&sink, STS_LOG_INFO, "x", "%s", text);
	assert_int_equal(strlen(last), STS_LOG_LINE);
	memset(text, '\n', sizeof(text) - 1);
	sts_log(&sink, STS_LOG_INFO, "x", "%s", text);
	assert_true(strlen(last) <= STS_LOG_LINE);
	assert_true(strlen(last) > STS_LOG_LINE - 4);
	assert_string_equal(last + strlen(last) - 4, "\\x0A");
}

static void
names(void **state)
{
	(void)state;
	assert_string_equal(sts_level_name(STS_LOG_NOTICE), "notice");
	assert_string_equal(sts_dns_status_name(STS_DNS_BOGUS), "bogus");
	assert_string_equal(
	    sts_http_status_name(STS_HTTP_FETCH), "sts-policy-fetch-error");
	assert_string_equal(
	    sts_http_status_name(STS_HTTP_WEBPKI), "sts-webpki-invalid");
	assert_string_equal(
	    sts_http_status_name(STS_HTTP_INVALID), "sts-policy-invalid");
	assert_string_equal(sts_http_status_name(STS_HTTP_LOCAL), "local");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(one_line),
	    cmocka_unit_test(hostile_text),
	    cmocka_unit_test(long_line),
	    cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
