/* SPDX-License-Identifier: ISC */
/* THR-7: which addresses may be dialled. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>
#include <cmocka.h>

#include "sts/guard.h"

static bool
permits(const struct sts_guard *guard, const char *text)
{
	struct sockaddr_in in = {.sin_family = AF_INET};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};

	if (inet_pton(AF_INET, text, &in.sin_addr) == 1)
		return sts_guard_permits(guard, (struct sockaddr *)&in);
	if (inet_pton(AF_INET6, text, &in6.sin6_addr) != 1)
		fail_msg("not an address: %s", text);
	return sts_guard_permits(guard, (struct sockaddr *)&in6);
}

static void
check_all(const char *const *text, size_t n, bool want)
{
	static const struct sts_guard guard;

	for (size_t i = 0; i < n; i++)
		if (permits(&guard, text[i]) != want)
			fail_msg(
			    "%s %s", text[i], want ? "refused" : "permitted");
}

/* First and last of each range, and odd ways to write loopback. */
static void
refuses_special(void **state)
{
	static const char *const text[] = {"0.0.0.0", "0.255.255.255",
	    "10.0.0.0", "10.255.255.255", "100.64.0.0", "100.127.255.255",
	    "127.0.0.0", "127.0.0.1", "127.255.255.255", "169.254.0.0",
	    "169.254.169.254", "169.254.255.255", "172.16.0.0",
	    "172.31.255.255", "192.0.0.0", "192.0.0.255", "192.0.2.0",
	    "192.0.2.255", "192.88.99.0", "192.88.99.255", "192.168.0.0",
	    "192.168.255.255", "198.18.0.0", "198.19.255.255", "198.51.100.0",
	    "198.51.100.255", "203.0.113.0", "203.0.113.255", "224.0.0.0",
	    "239.255.255.255", "240.0.0.0", "255.255.255.255", "::", "::1",
	    "::127.0.0.1", "::8.8.8.8", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
	    "::ffff:8.8.8.8", "::ffff:0:127.0.0.1", "64:ff9b::127.0.0.1",
	    "64:ff9b::10.0.0.1", "64:ff9b::169.254.169.254",
	    "64:ff9b:1::", "64:ff9b:1::8.8.8.8",
	    "64:ff9b:1:ffff:ffff:ffff:ffff:ffff", "100::", "100::1",
	    "2001::", "2001::1", "2001:0:7f00:1::", "2001:10::1",
	    "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff",
	    "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
	    "2002:7f00:1::", "2002:a00:1::1", "2002:808:808::", "3ffe::1",
	    "3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", "4000::1",
	    "5f00::1", "fc00::", "fd00::1",
	    "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fe80::", "fe80::1",
	    "febf::1", "fec0::1", "ff00::", "ff02::1",
	    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"};

	(void)state;
	check_all(text, sizeof(text) / sizeof(text[0]), false);
}

/* The neighbours of the ranges. */
static void
permits_public(void **state)
{
	static const char *const text[] = {"1.0.0.0", "8.8.8.8",
	    "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0",
	    "126.255.255.255", "128.0.0.0", "169.253.255.255", "169.255.0.0",
	    "172.15.255.255", "172.32.0.0", "191.255.255.255", "192.0.1.0",
	    "192.0.3.0", "192.88.98.255", "192.88.100.0", "192.167.255.255",
	    "192.169.0.0", "198.17.255.255", "198.20.0.0", "198.51.99.255",
	    "198.51.101.0", "203.0.112.255", "203.0.114.0", "223.255.255.255",
	    "2000::1", "2001:200::1", "2001:db7::1", "2001:db9::1", "2003::1",
	    "2a00:1450:4001:81b::200e", "3ffd::1", "3fff:1000::1",
	    "64:ff9b::8.8.8.8"};

	(void)state;
	check_all(text, sizeof(text) / sizeof(text[0]), true);
}

static void
other_families(void **state)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	struct sts_guard guard = {.n = 0};

	(void)state;
	assert_false(sts_guard_permits(&guard, (struct sockaddr *)&un));
	sts_guard_allow(&guard, sts_str("0.0.0.0/0"));
	assert_false(sts_guard_permits(&guard, (struct sockaddr *)&un));
}

static void
exceptions(void **state)
{
	struct sts_guard guard = {.n = 0};

	(void)state;
	assert_int_equal(sts_guard_allow(&guard, sts_str("10.1.0.0/16")), 0);
	assert_int_equal(sts_guard_allow(&guard, sts_str("127.0.0.1")), 0);
	assert_int_equal(sts_guard_allow(&guard, sts_str("fd00::1")), 0);
	assert_int_equal(sts_guard_allow(&guard, sts_str("fc00:8000::/17")), 0);
	assert_int_equal(guard.n, 4);
	assert_true(permits(&guard, "10.1.0.0"));
	assert_true(permits(&guard, "10.1.255.255"));
	assert_false(permits(&guard, "10.0.255.255"));
	assert_false(permits(&guard, "10.2.0.0"));
	assert_true(permits(&guard, "127.0.0.1"));
	assert_false(permits(&guard, "127.0.0.2"));
	assert_true(permits(&guard, "fd00::1"));
	assert_false(permits(&guard, "fd00::2"));
	assert_true(permits(&guard, "fc00:8000::1"));
	assert_false(permits(&guard, "fc00:7fff::1"));
	/* An exception for IPv4 is not one for what carries it. */
	assert_false(permits(&guard, "::ffff:127.0.0.1"));
	assert_false(permits(&guard, "64:ff9b::127.0.0.1"));
}

static void
everything(void **state)
{
	struct sts_guard guard = {.n = 0};

	(void)state;
	assert_int_equal(sts_guard_allow(&guard, sts_str("0.0.0.0/0")), 0);
	assert_true(permits(&guard, "127.0.0.1"));
	assert_false(permits(&guard, "::1"));
	assert_int_equal(sts_guard_allow(&guard, sts_str("::/0")), 0);
	assert_true(permits(&guard, "::1"));
}

static void
strict_syntax(void **state)
{
	static const char *const bad[] = {"", "/", "/8", "10", "10.0.0.0/",
	    "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/08",
	    "10.0.0.0/8 ", " 10.0.0.0/8", "10.0.0.0/8/8", "10.0.0.1/8",
	    "10.0.0.0/6", "10.0.0/8", "010.0.0.0/8", "10.0.0.0/0x8",
	    "10.0.0.0/4294967304", "fd00::/129", "fd00::1/127", "fd00::g",
	    "fe80::1%lo", "[::1]", "localhost", "1.2.3.4.5",
	    "1111:2222:3333:4444:5555:6666:123.123.123.123/1288"};
	struct sts_guard guard = {.n = 0};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (sts_guard_allow(&guard, sts_str(bad[i])) != STS_ESYNTAX)
			fail_msg("\"%s\" was taken", bad[i]);
	assert_int_equal(
	    sts_guard_allow(&guard, (struct sts_str){"10.0.0.0\0/8", 11}),
	    STS_ESYNTAX);
	/* A slice: what lies behind it is not part of it. */
	assert_int_equal(
	    sts_guard_allow(&guard, (struct sts_str){"10.0.0.0/8x", 10}),
	    STS_OK);
	assert_int_equal(guard.n, 1);
}

static void
limit(void **state)
{
	struct sts_guard guard = {.n = 0};

	(void)state;
	for (int i = 0; i < STS_GUARD_MAX; i++)
		assert_int_equal(
		    sts_guard_allow(&guard, sts_str("10.0.0.0/8")), STS_OK);
	assert_int_equal(
	    sts_guard_allow(&guard, sts_str("11.0.0.0/8")), STS_ELIMIT);
	assert_int_equal(
	    sts_guard_allow(&guard, sts_str("nonsense")), STS_ESYNTAX);
	assert_int_equal(guard.n, STS_GUARD_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(refuses_special),
	    cmocka_unit_test(permits_public),
	    cmocka_unit_test(other_families),
	    cmocka_unit_test(exceptions),
	    cmocka_unit_test(everything),
	    cmocka_unit_test(strict_syntax),
	    cmocka_unit_test(limit),
	};

	return cmocka_run_group_tests_name("guard, THR-7", tests, NULL, NULL);
}
