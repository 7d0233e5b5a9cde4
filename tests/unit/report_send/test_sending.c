/* SPDX-License-Identifier: ISC */
/* Which addresses go out as they are, and who gets what of two ways. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "sts/sending_join.h"

static void
addresses(void **state)
{
	static const char *const good[] = {
	    "a@b", "tls-reports@example.com", "a.b+c=d@x-1.example", "-f@b"};
	static const char *const bad[] = {"", "a", "@b", "a@", "a@b c", "a b@c",
	    "a@b,c@d", "a,c@d", "\"a\"@b", "<a@b>", "a@b>", "a@b\r\nDATA",
	    "a\n@b", ".a@b", "a.@b", "a..b@c", "a@[127.0.0.1]", "a@b@c",
	    "\xc3\xa9@b", "a@\xc3\xa9", "a@b(c)", "|x y@b", "a;b@c", "a:b@c"};
	char longest[300];

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (!sts_sending_address(good[i]))
			fail_msg("\"%s\" is refused", good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (sts_sending_address(bad[i]))
			fail_msg("\"%s\" is taken", bad[i]);
	snprintf(longest, sizeof(longest), "%0*d@example.com", 242, 0);
	assert_int_equal(strlen(longest), 254);
	assert_true(sts_sending_address(longest));
	snprintf(longest, sizeof(longest), "%0*d@example.com", 243, 0);
	assert_false(sts_sending_address(longest));
}

/* A way that remembers by whom it was called. */
struct way {
	struct sts_send send;
	unsigned mails, posts, cancels;
};

static void
count_cancel(struct sts_send *send)
{
	((struct way *)send)->cancels++;
}

static struct sts_send *
count_mail(void *ctx, const char *from, const char *to, struct sts_str message,
    int64_t deadline, sts_sent_cb *cb, void *arg)
{
	struct way *way = ctx;

	(void)cb;
	assert_string_equal(from, "f");
	assert_string_equal(to, "t");
	assert_true(sts_str_eq(message, "m"));
	assert_int_equal(deadline, 7);
	assert_ptr_equal(arg, way);
	way->mails++;
	return &way->send;
}

static struct sts_send *
count_post(void *ctx, const char *url, struct sts_str gzip, int64_t deadline,
    sts_sent_cb *cb, void *arg)
{
	struct way *way = ctx;

	(void)cb;
	assert_string_equal(url, "u");
	assert_true(sts_str_eq(gzip, "g"));
	assert_int_equal(deadline, 8);
	assert_ptr_equal(arg, way);
	way->posts++;
	return &way->send;
}

static const struct sts_sending_ops count_ops = {
    count_mail, count_post, sts_sending_cancel};

static void
joined(void **state)
{
	struct way a = {.send.cancel = count_cancel}, b = a;
	struct sts_sending_pair pair = {{&count_ops, &a}, {&count_ops, &b}};
	struct sts_sending way = sts_sending_join(&pair);
	struct sts_send *mail, *post;

	(void)state;
	mail = way.ops->mail(way.ctx, "f", "t", sts_str("m"), 7, NULL, &a);
	post = way.ops->post(way.ctx, "u", sts_str("g"), 8, NULL, &b);
	assert_int_equal(a.mails, 1);
	assert_int_equal(a.posts, 0);
	assert_int_equal(b.mails, 0);
	assert_int_equal(b.posts, 1);
	way.ops->cancel(way.ctx, mail);
	assert_int_equal(a.cancels, 1);
	assert_int_equal(b.cancels, 0);
	way.ops->cancel(way.ctx, post);
	assert_int_equal(b.cancels, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(addresses),
	    cmocka_unit_test(joined),
	};

	return cmocka_run_group_tests_name("sending", tests, NULL, NULL);
}
