/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "table_session.h"

static struct sts_table_request
text(const char *line)
{
	struct sts_table_request request;

	sts_text_request(line, strlen(line), &request);
	return request;
}

static void
test_text_request(void **state)
{
	struct sts_table_request r;

	(void)state;
	r = text("table|0.1|1.2|sts|check|domain|796d4595|good.example");
	assert_int_equal(r.op, STS_OP_CHECK);
	assert_int_equal(r.service, STS_KEY_DOMAIN);
	assert_string_equal(r.verb, "check");
	assert_string_equal(r.id, "796d4595");
	assert_string_equal(r.key, "good.example");
	r = text("table|0.1|1.2|sts|lookup|relayhost|0|a|b|");
	assert_int_equal(r.op, STS_OP_LOOKUP);
	assert_int_equal(r.service, STS_KEY_RELAYHOST);
	assert_string_equal(r.key, "a|b|");
	assert_int_equal(text("config|ready").op, STS_OP_READY);
	assert_int_equal(text("config|readyx").op, STS_OP_NOTHING);
	assert_int_equal(text("table|0.1|1|sts|check").op, STS_OP_NOTHING);
	assert_int_equal(text("table|0.1|1|sts|check|7").op, STS_OP_OTHER);
	assert_int_equal(text("table|0.1|1|sts|update|7").op, STS_OP_UPDATE);
	assert_int_equal(text("tables|0.1|1|sts|update|7").op, STS_OP_NOTHING);
	assert_int_equal(text("").op, STS_OP_NOTHING);
}

static void
answer_is(
    const char *line, enum sts_found found, const char *value, const char *want)
{
	struct sts_table_request request = text(line);
	struct sts_table_result result = {.found = found};
	char out[STS_TABLE_OUT];
	size_t n;

	snprintf(result.text, sizeof(result.text), "%s", value);
	n = sts_text_answer(out, &request, &result);
	assert_int_equal(n, strlen(want));
	assert_memory_equal(out, want, n);
}

static void
test_text_answer(void **state)
{
	char value[STS_TABLE_TEXT], want[STS_TABLE_TEXT + 64];

	(void)state;
	answer_is("table|0|0|t|check|domain|7|x", STS_FOUND, "not told",
	    "check-result|7|found\n");
	answer_is("table|0|0|t|check|domain|7|x", STS_FOUND_NOT, "",
	    "check-result|7|not-found\n");
	answer_is("table|0|0|t|check|domain|7|x", STS_FOUND_ERROR, "why",
	    "check-result|7|error|why\n");
	answer_is("table|0|0|t|check|domain|7|x", STS_FOUND_ERROR, "",
	    "check-result|7|error\n");
	memset(value, 'v', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	snprintf(want, sizeof(want), "lookup-result|7|found|%s\n", value);
	answer_is("table|0|0|t|lookup|relayhost|7|x", STS_FOUND, value, want);
	answer_is("config|protocol|0.1", STS_FOUND, "", "");
}

struct written {
	size_t asked;
	size_t n;
	char p[4096];
};

static void
ask(void *arg, const struct sts_table_request *request,
    struct sts_table_result *result)
{
	struct written *w = arg;

	w->asked++;
	result->found = STS_FOUND;
	snprintf(result->text, sizeof(result->text), "smtp+tls://%.200s",
	    request->key);
}

static void
take(void *arg, bool is_text, const char *p, size_t n)
{
	struct written *w = arg;

	(void)is_text;
	assert_true(w->n + n <= sizeof(w->p));
	memcpy(w->p + w->n, p, n);
	w->n += n;
}

/* However it is cut, what is read is the same. */
static void
test_cuts(void **state)
{
	static const char in[] = "config|ready\n"
				 "table|0|0|t|check|domain|1|a.example\n"
				 "table|0|0|t|lookup|relayhost|2|b.example\n"
				 "table|0|0|t|check|alias|3|c\n";
	struct written whole = {0};
	struct sts_session *s = sts_session_new(ask, take, &whole);
	size_t cut;

	(void)state;
	assert_true(sts_session_feed(s, in, sizeof(in) - 1));
	sts_session_free(s);
	assert_int_equal(whole.asked, 2);
	for (cut = 1; cut < sizeof(in) - 1; cut++) {
		struct written w = {0};

		s = sts_session_new(ask, take, &w);
		assert_true(sts_session_feed(s, in, cut));
		assert_true(
		    sts_session_feed(s, in + cut, sizeof(in) - 1 - cut));
		sts_session_free(s);
		assert_int_equal(w.n, whole.n);
		assert_memory_equal(w.p, whole.p, w.n);
	}
}

/* A frame as smtpd 6.8 writes one, written down octet by octet. */
static void
test_imsg_octets(void **state)
{
	static const unsigned char in[] = {5, 0, 0, 0, 33, 0, 0, 0, 0, 0, 0, 0,
	    9, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 'a', '.', 'b', 'c',
	    0};
	static const unsigned char want[] = {
	    0, 0, 0, 0, 20, 0, 0, 0, 0, 0, 0, 0};
	static const unsigned char found[] = {1, 0, 0, 0};
	struct written w = {0};
	struct sts_session *s;
	uint16_t little = 1;

	(void)state;
	if (*(unsigned char *)&little != 1 || sizeof(size_t) != 8)
		skip();
	s = sts_session_new(ask, take, &w);
	assert_true(sts_session_feed(s, (const char *)in, sizeof(in)));
	assert_int_equal(w.n, 20);
	assert_memory_equal(w.p, want, sizeof(want));
	assert_memory_equal(w.p + 16, found, sizeof(found));
	assert_int_equal(w.asked, 1);
	sts_session_free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_text_request),
	    cmocka_unit_test(test_text_answer),
	    cmocka_unit_test(test_cuts),
	    cmocka_unit_test(test_imsg_octets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
