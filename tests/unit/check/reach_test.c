/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "world.h"

/* Is it them, or is port 25 shut here? */
static void
unreachable(void **state)
{
	static const char *const cases[][2] = {
	    {"timeout", "mx-unreachable=unknown"},
	    {"connect", "mx-unreachable=error"},
	    {"greeting", "mx-unreachable=unknown"}, /* it may be about us */
	    {"reply-timeout", "mx-slow=unknown"},   /* senders wait longer */
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		(void)world_teardown(state);
		(void)world_setup(state);
		world_probe(
		    "192.0.2.1", STS_PROBE_UNREACHABLE, "", cases[i][0], 0);
		world_expect(cases[i][1]);
		assert_int_equal(
		    i < 2, strstr(world.mend, "your own provider") != NULL);
	}
}

/* Senders go to the other MX then. */
static void
unreachable_beside_another(void **state)
{
	static const char *const cases[][2] = {
	    {"timeout", "mx-unreachable=warning"},
	    {"connect", "mx-unreachable=warning"},
	    {"greeting", "mx-unreachable=unknown"},
	    {"reply-timeout", "mx-slow=unknown"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		(void)world_teardown(state);
		(void)world_setup(state);
		world_probe(
		    "192.0.2.1", STS_PROBE_UNREACHABLE, "", cases[i][0], 0);
		world_mx("10 mx1." DOMAIN, "20 mx2." DOMAIN);
		world_host("mx2." DOMAIN, "192.0.2.2", NULL);
		world_policy("version: STSv1\nmode: enforce\n"
			     "mx: *.a.example\nmax_age: 604800\n");
		world_expect(cases[i][1]);
		assert_null(strstr(world.mend, "provider"));
	}
}

/* What answered another domain of the run says that port 25 is open. */
static void
unreachable_in_the_run(void **state)
{
	(void)state;
	world_host("b.example", "192.0.2.9", NULL);
	world_probe("192.0.2.9", STS_PROBE_UNREACHABLE, "", "greeting", 0);
	world_mx(NULL, NULL);
	world_begin("b.example");
	world_run();
	world_mx("10 mx1." DOMAIN, NULL);
	world_probe("192.0.2.1", STS_PROBE_UNREACHABLE, "", "timeout", 0);
	world_expect("mx-unreachable=unknown");
	assert_null(strstr(world.mend, "provider"));
}

/* No IPv6 here is nothing of theirs, if the other address is good. */
static void
no_route(void **state)
{
	(void)state;
	world_probe("192.0.2.1", STS_PROBE_UNREACHABLE, "", "no-route", 0);
	world_expect("mx-untried=unknown");
	(void)world_teardown(state);
	(void)world_setup(state);
	world_host("mx1." DOMAIN, "192.0.2.9", NULL);
	world_probe("192.0.2.1", STS_PROBE_UNREACHABLE, "", "no-route", 0);
	world_expect("mx-untried=note");
	assert_int_equal(world.probes, 2);
}

/* Each address counts: a sender may come by any of them. */
static void
every_address(void **state)
{
	(void)state;
	world_host("mx1." DOMAIN, "192.0.2.9", NULL);
	world_probe("192.0.2.9", STS_PROBE_DEFECT, "starttls-not-supported",
	    "not-offered", 0);
	world_expect("mx-no-starttls=error");
}

/* Two records of one host: it is looked at and told of once. */
static void
host_twice(void **state)
{
	(void)state;
	world_probe("192.0.2.1", STS_PROBE_DEFECT, "certificate-expired",
	    "X509_V_ERR_CERT_HAS_EXPIRED", 5);
	world_mx("10 mx1." DOMAIN, "20 mx1." DOMAIN);
	world_expect("mx-certificate-expired=error");
	assert_int_equal(world.probes, 1);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)
	const struct CMUnitTest tests[] = {
	    T(unreachable),
	    T(unreachable_beside_another),
	    T(unreachable_in_the_run),
	    T(no_route),
	    T(every_address),
	    T(host_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
