/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "loop.h"
#include "resolver_upstream.h"

static struct loop loop;
static struct sts_servers servers;
static char path[64];

static int
setup(void **state)
{
	(void)state;
	loop_init(&loop);
	memset(&servers, 0, sizeof(servers));
	(void)snprintf(path, sizeof(path), "/tmp/sts-resolv-XXXXXX");
	assert_int_equal(close(mkstemp(path)), 0);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	(void)unlink(path);
	sts_servers_free(&servers);
	loop_fini(&loop);
	return 0;
}

static enum sts_err
resolv(const char *text)
{
	struct sts_resolver_config config = {
	    .mode = STS_RESOLVER_SYSTEM, .resolv_conf = path};
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	return sts_servers_read(&config, &loop.log, &servers);
}

static void
resolv_conf(void **state)
{
	(void)state;
	assert_int_equal(resolv("# nameserver 192.0.2.9\n"
				"search example\n"
				"nameserver 192.0.2.1\n"
				"nameserver\t2001:db8::1 \r\n"
				"options edns0 port:5353\n"
				"nameserver\n"),
	    STS_OK);
	assert_int_equal(servers.n, 2);
	assert_string_equal(servers.addr[0], "192.0.2.1");
	assert_string_equal(servers.addr[1], "2001:db8::1");
}

/* resolv.conf(5): none named, so the one of this host. */
static void
resolv_conf_without(void **state)
{
	(void)state;
	assert_int_equal(resolv("search example\n"), STS_OK);
	assert_int_equal(servers.n, 1);
	assert_string_equal(servers.addr[0], "127.0.0.1");
}

static void
resolv_conf_missing(void **state)
{
	struct sts_resolver_config config = {
	    .mode = STS_RESOLVER_SYSTEM,
	    .resolv_conf = "/nonexistent/resolv.conf",
	};

	(void)state;
	assert_int_equal(
	    sts_servers_read(&config, &loop.log, &servers), STS_OK);
	assert_string_equal(servers.addr[0], "127.0.0.1");
}

static void
scoped_address_skipped(void **state)
{
	(void)state;
	loop_expect(&loop, "resolver-nameserver-skipped");
	assert_int_equal(resolv("nameserver fe80::1%eth0\n"
				"nameserver 192.0.2.1\n"),
	    STS_OK);
	assert_int_equal(servers.n, 1);
	assert_string_equal(servers.addr[0], "192.0.2.1");
}

/* Named, but not one to be used: not the same as none named. */
static void
only_scoped_addresses(void **state)
{
	(void)state;
	loop_expect(&loop, "resolver-nameserver-skipped");
	loop_expect(&loop, "resolver-config");
	assert_int_equal(resolv("nameserver fe80::1%eth0\n"), STS_EINVAL);
}

static enum sts_err
forward(const char *forwarder)
{
	struct sts_resolver_config config = {
	    .mode = STS_RESOLVER_FORWARD,
	    .forwarders = &forwarder,
	    .n_forwarders = forwarder ? 1 : 0,
	};

	return sts_servers_read(&config, &loop.log, &servers);
}

static void
forwarders(void **state)
{
	static const char *const good[] = {
	    "192.0.2.1", "192.0.2.1@5353", "2001:db8::1", "2001:db8::1@65535"};
	static const char *const bad[] = {"", "ns.example", "192.0.2.1@",
	    "192.0.2.1@0", "192.0.2.1@65536", "192.0.2.1@53x", "192.0.2.1#53",
	    "192.0.2", "@53", "2001:db8::1%eth0", "192.0.2.1 192.0.2.2"};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(*good); i++) {
		assert_int_equal(forward(good[i]), STS_OK);
		assert_string_equal(servers.addr[0], good[i]);
	}
	loop_expect(&loop, "resolver-config");
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		if (forward(bad[i]) != STS_EINVAL)
			fail_msg("taken: %s", bad[i]);
	assert_int_equal(forward(NULL), STS_EINVAL);
}

/* Each way to configure it is one that libunbound takes. */
static void
upstreams(void **state)
{
	static const enum sts_resolver_mode modes[] = {
	    STS_RESOLVER_SYSTEM, STS_RESOLVER_RECURSIVE};
	struct sts_upstream *upstream;
	size_t i;

	(void)state;
	assert_int_equal(resolv("nameserver 127.0.0.53\n"), STS_OK);
	for (i = 0; i < 2; i++) {
		servers.mode = modes[i];
		assert_int_equal(sts_upstream_new(loop.base, &servers, false,
				     &loop.log, &upstream),
		    STS_OK);
		sts_upstream_retire(upstream);
		servers.n = 0;
	}
}

static void
root_hints(void **state)
{
	struct sts_upstream *upstream;

	(void)state;
	loop_expect(&loop, "resolver-config");
	assert_int_equal(resolv(". 3600000 NS a.example.\n"
				"a.example. 3600000 A 192.0.2.1\n"),
	    STS_OK);
	servers.n = 0;
	servers.mode = STS_RESOLVER_RECURSIVE;
	servers.root_hints = strdup(path);
	assert_int_equal(
	    sts_upstream_new(loop.base, &servers, false, &loop.log, &upstream),
	    STS_OK);
	sts_upstream_retire(upstream);
	free(servers.root_hints);
	servers.root_hints = strdup("/nonexistent/root.hints");
	assert_int_equal(
	    sts_upstream_new(loop.base, &servers, false, &loop.log, &upstream),
	    STS_EINVAL);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
	    T(resolv_conf),
	    T(resolv_conf_without),
	    T(resolv_conf_missing),
	    T(scoped_address_skipped),
	    T(only_scoped_addresses),
	    T(forwarders),
	    T(upstreams),
	    T(root_hints),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
