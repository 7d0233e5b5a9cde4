/* SPDX-License-Identifier: ISC */
/* What the fetcher is made of: CA file, proxy, addresses, names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "rig.h"

/* DOM-5: nothing gets into a URL that is not a name. */
static void
refuses_what_is_no_name(void **state)
{
	static const char *const bad[] = {"", "a/b", "a@b", "a:1", "a b",
	    "a%41", "a#", "a?b", "A.example", "a\r\nX: y", "[::1]",
	    "\xc3\xa9.example", "a\\b"};
	char longest[STS_DOMAIN_SIZE];
	struct result result;
	struct rig rig;

	(void)state;
	rig_open(&rig, 9);
	rig_start(&rig);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_null(rig_get(&rig, bad[i], 5000, &result));
		assert_result(&result, STS_HTTP_LOCAL, "request");
	}
	memset(longest, 'a', sizeof(longest));
	longest[246] = '\0'; /* and "mta-sts." are 254 */
	assert_null(rig_get(&rig, longest, 5000, &result));
	assert_result(&result, STS_HTTP_LOCAL, "request");
	assert_int_equal(rig.lookups, 0);
	rig_close(&rig);
}

static enum sts_err
new_with(struct rig *rig)
{
	return sts_fetcher_new(rig->base, &rig->config, rig_addresses(rig),
	    rig->clock, &rig->log, &rig->fetcher);
}

static void
ca_file_that_cannot_be_used(void **state)
{
	static const char *const bad[] = {
	    "/nonexistent/ca.pem", "/dev/null", "/", NULL};
	struct rig rig;

	(void)state;
	rig_open(&rig, 9);
	rig.expect = "fetch-ca file=";
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		rig.config.ca_file = bad[i];
		assert_int_equal(new_with(&rig), STS_EINVAL);
		assert_null(rig.fetcher);
	}
	assert_int_equal(rig.lines, 4);
	rig_close(&rig);
}

static void
proxy_that_cannot_be_used(void **state)
{
	static const char *const bad[] = {"", "proxy", "http://proxy",
	    "https://proxy:1", "socks5://proxy:1", "socks4://proxy:1",
	    "ftp://proxy:1", "http://proxy:99999"};
	struct rig rig;

	(void)state;
	rig_open(&rig, 9);
	rig.expect = "fetch-proxy text=";
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		rig.config.proxy = bad[i];
		if (new_with(&rig) != STS_EINVAL)
			fail_msg("\"%s\" was taken", bad[i]);
	}
	rig_close(&rig);
}

static void
proxy_by_name(struct rig *rig, unsigned port, struct result *result)
{
	char url[64];

	snprintf(url, sizeof(url), "http://proxy.example:%u", port);
	rig_open(rig, 9);
	rig->config.guard.n = 0; /* the proxy is the admin's to choose */
	rig->config.proxy = url;
	rig->config.per_address_max = 0;
	rig->expect = "fetch ";
	rig_start(rig);
	rig_fetch(rig, LONG, result);
	assert_string_equal(rig->asked, "proxy.example");
	rig_close(rig);
}

static void
proxy_resolved_by_us(void **state)
{
	struct script script = {.proxy = true, .reply = GOOD};
	struct server *server = server_open(&script);
	struct result result;
	struct rig rig;

	(void)state;
	proxy_by_name(&rig, server_port(server), &result);
	assert_result(&result, STS_HTTP_OK, "");
	assert_string_equal(server_seen(server).sni, HOST);
	server_close(server);
}

static void
proxy_that_fails(void **state)
{
	static const struct {
		const char *connect;
		enum sts_http_status status;
		const char *detail;
	} cases[] = {
	    {"HTTP/1.1 407 no\r\n\r\n", STS_HTTP_LOCAL, "proxy-407"},
	    {"HTTP/1.1 502 no\r\n\r\n", STS_HTTP_FETCH, "proxy-502"},
	};
	struct result result;
	struct rig rig;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct script script = {
		    .proxy = true, .connect = cases[i].connect};
		struct server *server = server_open(&script);

		proxy_by_name(&rig, server_port(server), &result);
		assert_result(&result, cases[i].status, cases[i].detail);
		server_close(server);
	}
	proxy_by_name(&rig, 1, &result);
	assert_result(&result, STS_HTTP_LOCAL, "proxy");
}

/* After a reload the new resolver is asked; the old one ends its own. */
static void
other_addresses_from_now_on(void **state)
{
	struct rig rig, other;
	struct result first, second;

	(void)state;
	rig_open(&rig, 9);
	rig_open(&other, 9);
	rig.when = NEVER;
	other.when = INSIDE;
	other.status = STS_DNS_ABSENT;
	rig_start(&rig);
	rig_get(&rig, DOMAIN, 300, &first);
	sts_fetcher_use(rig.fetcher, rig_addresses(&other));
	rig_get(&rig, DOMAIN, 300, &second);
	assert_result(&second, STS_HTTP_FETCH, "dns-absent");
	rig_wait(&rig, &first);
	assert_int_equal(rig.lookups, 1);
	assert_int_equal(rig.cancels, 1);
	assert_int_equal(other.lookups, 1);
	assert_int_equal(other.cancels, 0);
	rig_close(&other);
	rig_close(&rig);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(refuses_what_is_no_name),
	    cmocka_unit_test(ca_file_that_cannot_be_used),
	    cmocka_unit_test(proxy_that_cannot_be_used),
	    cmocka_unit_test(proxy_resolved_by_us),
	    cmocka_unit_test(proxy_that_fails),
	    cmocka_unit_test(other_addresses_from_now_on),
	};

	return cmocka_run_group_tests_name(
	    "fetch setup", tests, rig_group_setup, rig_group_teardown);
}
