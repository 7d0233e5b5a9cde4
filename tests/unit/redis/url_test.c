/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "sts/redis_url.h"

static struct sts_redis_url
parsed(const char *text)
{
	struct sts_redis_url url;
	const char *why = "";

	if (sts_redis_url_parse(text, &url, &why) != STS_OK)
		fail_msg("%s: %s", text, why);
	return url;
}

static void
is_tcp(const char *text, const char *host, unsigned port, unsigned db)
{
	struct sts_redis_url url = parsed(text);

	assert_int_equal(url.kind, STS_REDIS_TCP);
	assert_int_equal(url.n_place, 1);
	assert_string_equal(url.place[0].host, host);
	assert_int_equal(url.place[0].port, port);
	assert_int_equal(url.db, db);
	assert_int_equal(url.tls, strncmp(text, "rediss", 6) == 0);
}

static void
tcp(void **state)
{
	(void)state;
	is_tcp("redis://r.example", "r.example", 6379, 0);
	is_tcp("redis://R.Example:7000", "r.example", 7000, 0);
	is_tcp("redis://r.example/3", "r.example", 6379, 3);
	is_tcp("redis://r.example:1/65535", "r.example", 1, 65535);
	is_tcp("redis://r.example:65535/", "r.example", 65535, 0);
	is_tcp("redis://192.0.2.1", "192.0.2.1", 6379, 0);
	is_tcp("redis://192.0.2.1:7000/1", "192.0.2.1", 7000, 1);
	is_tcp("redis://[2001:db8::1]", "2001:db8::1", 6379, 0);
	is_tcp("redis://[::1]:7000/1", "::1", 7000, 1);
	is_tcp("redis://localhost", "localhost", 6379, 0);
	is_tcp("rediss://r.example", "r.example", 6379, 0);
	is_tcp("rediss://[::1]:7000/1", "::1", 7000, 1);
}

static void
is_unix(const char *text, const char *path, unsigned db)
{
	struct sts_redis_url url = parsed(text);

	assert_int_equal(url.kind, STS_REDIS_UNIX);
	assert_string_equal(url.path, path);
	assert_int_equal(url.db, db);
	assert_int_equal(url.n_place, 0);
	assert_false(url.tls);
}

static void
local(void **state)
{
	char text[128] = "unix:/";

	(void)state;
	is_unix("unix:/run/redis.sock", "/run/redis.sock", 0);
	is_unix("unix:/run/redis.sock?db=5", "/run/redis.sock", 5);
	is_unix("unix:///run/redis.sock", "/run/redis.sock", 0);
	is_unix("unix:/run/a@b:c", "/run/a@b:c", 0);
	memset(text + 6, 'x', 106);
	is_unix(text, text + 5, 0);
}

static void
sentinels(void **state)
{
	struct sts_redis_url url = parsed("sentinel://s1.example");

	(void)state;
	assert_int_equal(url.kind, STS_REDIS_SENTINEL);
	assert_int_equal(url.n_place, 1);
	assert_int_equal(url.place[0].port, 26379);
	assert_string_equal(url.primary, "mymaster");
	assert_int_equal(url.db, 0);
	url = parsed("sentinel://s1.example,192.0.2.1:7000,[::1],[::2]:7001"
		     "/mail.1-a_B/4");
	assert_int_equal(url.n_place, 4);
	assert_string_equal(url.place[0].host, "s1.example");
	assert_string_equal(url.place[1].host, "192.0.2.1");
	assert_int_equal(url.place[1].port, 7000);
	assert_string_equal(url.place[2].host, "::1");
	assert_int_equal(url.place[2].port, 26379);
	assert_int_equal(url.place[3].port, 7001);
	assert_string_equal(url.primary, "mail.1-a_B");
	assert_int_equal(url.db, 4);
	url = parsed("sentinel://a,b,c,d,e,f,g,h/");
	assert_int_equal(url.n_place, 8);
	assert_string_equal(url.place[7].host, "h");
	assert_string_equal(url.primary, "mymaster");
}

static void
bad(void **state)
{
	static const struct {
		const char *text, *why;
	} tries[] = {
	    {"", "want redis://"},
	    {"redis", "want redis://"},
	    {"redis:r.example", "want redis://"},
	    {"http://r.example", "want redis://"},
	    {"REDIS://r.example", "want redis://"},
	    {"redis://", "no host"},
	    {"redis:///1", "no host"},
	    {"redis://:6379", "no host"},
	    {"redis://a b", "not a host's name"},
	    {"redis://a\nb", "not a host's name"},
	    {"redis://a,b", "not a host's name"},
	    {"redis://r.example:", "the port is"},
	    {"redis://r.example:0", "the port is"},
	    {"redis://r.example:65536", "the port is"},
	    {"redis://r.example:99999999999", "the port is"},
	    {"redis://r.example:+1", "the port is"},
	    {"redis://r.example/x", "the database is"},
	    {"redis://r.example/-1", "the database is"},
	    {"redis://r.example/65536", "the database is"},
	    {"redis://r.example/1/2", "the database is"},
	    {"redis://r.example/1?x=y", "the database is"},
	    {"redis://::1", "stands in brackets"},
	    {"redis://2001:db8::1/1", "stands in brackets"},
	    {"redis://[::1", "no ]"},
	    {"redis://[::1]x", "only :port"},
	    {"redis://[::1]:", "the port is"},
	    {"redis://[192.0.2.1]", "not an IPv6 address"},
	    {"redis://[fe80::1%eth0]", "not an IPv6 address"},
	    {"redis://[]", "not an IPv6 address"},
	    {"redis://user:pw@r.example", "does not belong in a URL"},
	    {"rediss://:pw@r.example", "does not belong in a URL"},
	    {"sentinel://u@s1,s2", "does not belong in a URL"},
	    {"unix:", "absolute path"},
	    {"unix:run/redis.sock", "absolute path"},
	    {"unix://run/redis.sock", "absolute path"},
	    {"unix:/r?", "only ?db=n"},
	    {"unix:/r?x=1", "only ?db=n"},
	    {"unix:/r?db=", "the database is"},
	    {"unix:/r?db=1&x=2", "the database is"},
	    {"sentinel://", "no host"},
	    {"sentinel://a,", "no host"},
	    {"sentinel://,a", "no host"},
	    {"sentinel://a,b,c,d,e,f,g,h,i", "more than 8"},
	    {"sentinel://a:1:2", "stands in brackets"},
	    {"sentinel://a/my master", "the primary's name"},
	    {"sentinel://a//1", "the primary's name"},
	    {"sentinel://a/m/", "the database is"},
	    {"sentinel://a/m/1/2", "the database is"},
	};
	struct sts_redis_url url = {.db = 7};
	const char *why;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
		why = "";
		if (sts_redis_url_parse(tries[i].text, &url, &why) !=
			STS_ESYNTAX ||
		    strstr(why, tries[i].why) == NULL)
			fail_msg("%s: %s", tries[i].text, why);
		assert_int_equal(url.db, 7);
	}
}

static void
too_long(void **state)
{
	char text[400] = "unix:/";
	struct sts_redis_url url;
	const char *why;

	(void)state;
	memset(text + 6, 'x', 107);
	assert_int_equal(sts_redis_url_parse(text, &url, &why), STS_ESYNTAX);
	assert_non_null(strstr(why, "107 octets"));
	strcpy(text, "redis://");
	memset(text + 8, 'x', 300);
	assert_int_equal(sts_redis_url_parse(text, &url, &why), STS_ESYNTAX);
	memset(text, 0, sizeof(text));
	strcpy(text, "sentinel://s/");
	memset(text + 13, 'x', 63);
	assert_int_equal(strlen(parsed(text).primary), 63);
	text[76] = 'x';
	assert_int_equal(sts_redis_url_parse(text, &url, &why), STS_ESYNTAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(tcp),
	    cmocka_unit_test(local),
	    cmocka_unit_test(sentinels),
	    cmocka_unit_test(bad),
	    cmocka_unit_test(too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
