/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "entry.h"

#define BODY \
	"version: STSv1\nmode: enforce\nmax_age: 604800\nmx: mx.a.example\n"

static const char good[] = "stsgate-policy 1\ndomain a.example\nid a1\n"
			   "fetched 1000\nexpires 605800\nrefresh 87400\n"
			   "txt 1300\nused 1100\nlost 0\ntext 62\n\n" BODY;

static struct sts_held *
make(const char *body)
{
	struct sts_policy *policy;
	struct sts_held *held;

	assert_int_equal(
	    sts_policy_parse(sts_str(body), &policy, NULL), STS_OK);
	held = sts_held_new(policy, "a1");
	assert_non_null(held);
	held->fetched = 1000;
	held->expires = 1000 + policy->max_age;
	held->refresh = 87400;
	held->txt_next = 1300;
	held->used = 1100;
	return held;
}

static enum sts_err
decode(const char *text, size_t n)
{
	struct sts_held *held = NULL;
	char *copy = malloc(n + 1); /* no octet behind the text for ASan */
	enum sts_err err;

	assert_non_null(copy);
	memcpy(copy, text, n);
	copy = realloc(copy, n > 0 ? n : 1);
	err = sts_entry_decode("a.example", (struct sts_str){copy, n}, &held);
	if (err == STS_OK)
		sts_held_unref(held);
	else
		assert_null(held);
	free(copy);
	return err;
}

static void
there_and_back(void **state)
{
	struct sts_held *held = make(BODY);
	struct sts_held *back;
	char *text;
	size_t n;

	(void)state;
	assert_int_equal(
	    sts_entry_encode("a.example", held, &text, &n), STS_OK);
	assert_int_equal(n, sizeof(good) - 1);
	assert_memory_equal(text, good, n);
	assert_int_equal(
	    sts_entry_decode("a.example", (struct sts_str){text, n}, &back),
	    STS_OK);
	assert_string_equal(back->id, "a1");
	assert_int_equal(back->fetched, 1000);
	assert_int_equal(back->expires, 605800);
	assert_int_equal(back->refresh, 87400);
	assert_int_equal(back->txt_next, 1300);
	assert_int_equal(back->used, 1100);
	assert_int_equal(back->policy->mode, STS_MODE_ENFORCE);
	assert_int_equal(back->policy->text.n, sizeof(BODY) - 1);
	sts_held_unref(back);
	sts_held_unref(held);
	free(text);
}

/* APP-3: the mark of a policy for which mail is refused is txt 0. */
static void
refused(void **state)
{
	struct sts_held *held = make(BODY);
	struct sts_held *back;
	char *text;
	size_t n;

	(void)state;
	held->refused = true;
	assert_int_equal(
	    sts_entry_encode("a.example", held, &text, &n), STS_OK);
	assert_non_null(memmem(text, n, "\ntxt 0\n", 7));
	assert_int_equal(
	    sts_entry_decode("a.example", (struct sts_str){text, n}, &back),
	    STS_OK);
	assert_true(back->refused);
	assert_true(back->quiet_until <= back->quiet_from);
	sts_held_unref(back);
	sts_held_unref(held);
	free(text);
}

static void
cut_anywhere(void **state)
{
	(void)state;
	assert_int_equal(decode(good, sizeof(good) - 1), STS_OK);
	for (size_t n = 0; n < sizeof(good) - 1; n++)
		assert_int_equal(decode(good, n), STS_ESYNTAX);
	assert_int_equal(decode(good, sizeof(good)), STS_ESYNTAX);
}

/* Whatever octet changes, it decodes wholly or not at all. */
static void
every_octet(void **state)
{
	char text[sizeof(good)];

	(void)state;
	for (size_t i = 0; i < sizeof(good) - 1; i++)
		for (int c = 0; c < 256; c++) {
			memcpy(text, good, sizeof(good));
			text[i] = (char)c;
			(void)decode(text, sizeof(good) - 1);
		}
}

/* Replace what stands after "name " in the good one. */
static enum sts_err
with(const char *name, const char *value)
{
	char text[1024];
	const char *at = strstr(good, name);
	const char *end;

	assert_non_null(at);
	at += strlen(name);
	end = strchr(at, '\n');
	(void)snprintf(
	    text, sizeof(text), "%.*s%s%s", (int)(at - good), good, value, end);
	return decode(text, strlen(text));
}

static void
hostile_values(void **state)
{
	static const struct {
		const char *name, *value;
		enum sts_err err;
	} cases[] = {
	    {"stsgate-policy ", "2", STS_EINVAL},
	    {"stsgate-policy ", "", STS_ESYNTAX},
	    {"stsgate-policy ", "01", STS_EINVAL},
	    {"domain ", "b.example", STS_ESYNTAX},
	    {"domain ", "a.example.", STS_ESYNTAX},
	    {"id ", "a b", STS_ESYNTAX},
	    {"id ", "a%n", STS_ESYNTAX},
	    {"id ", "abcdefghijklmnopqrstuvwxyz0123456", STS_ESYNTAX},
	    {"fetched ", "-1", STS_ESYNTAX},
	    {"fetched ", "+1000", STS_ESYNTAX},
	    {"fetched ", "1e3", STS_ESYNTAX},
	    {"fetched ", "99999999999999999999", STS_ESYNTAX},
	    {"fetched ", "9999999999999", STS_ESYNTAX},
	    {"fetched ", "999", STS_ESYNTAX},
	    {"expires ", "605801", STS_ESYNTAX},
	    {"expires ", "999", STS_ESYNTAX},
	    {"expires ", "31558601", STS_ESYNTAX},
	    {"lost ", "2", STS_ESYNTAX},
	    {"text ", "61", STS_ESYNTAX},
	    {"text ", "63", STS_ESYNTAX},
	    {"text ", "4294967358", STS_ESYNTAX},
	    {"mode: ", "other", STS_ESYNTAX},
	};

	(void)state;
	assert_int_equal(with("used ", "1200"), STS_OK);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (with(cases[i].name, cases[i].value) != cases[i].err)
			fail_msg("%s%s", cases[i].name, cases[i].value);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(there_and_back),
	    cmocka_unit_test(refused),
	    cmocka_unit_test(cut_anywhere),
	    cmocka_unit_test(every_octet),
	    cmocka_unit_test(hostile_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
