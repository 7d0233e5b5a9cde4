/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "world.h"

static void
usual(void **state)
{
	(void)state;
	world.validates = true;
	world_tlsa("_25._tcp.mx1." DOMAIN, 3, 1, true);
	world_expect("");
	world_probe("192.0.2.1", STS_PROBE_DEFECT, "certificate-not-trusted",
	    "X509", 5);
	(void)world_teardown(state);
	world.checker = NULL;
	world_expect(
	    "mx-certificate-untrusted=error dane-sts-conflict=warning");
	(void)world_teardown(state);
	(void)world_setup(state);
	world.validates = true;
	world_tlsa("_25._tcp.mx1." DOMAIN, 3, 1, false);
	world_expect("dane-mismatch=error");
}

static void
nobody_looked(void **state)
{
	(void)state;
	world_tlsa("_25._tcp.mx1." DOMAIN, 3, 1, false);
	world_expect(""); /* nobody looked at signatures */
	world_fails("_25._tcp.mx1." DOMAIN, STS_DNS_BOGUS);
	(void)world_teardown(state);
	world.checker = NULL;
	world_expect("dane-forged=error");
}

/* Usage 2 speaks of what is above; 1 and a short digest of nothing. */
static void
usages(void **state)
{
	(void)state;
	world.validates = true;
	world_tlsa("_25._tcp.mx1." DOMAIN, 2, 1, true);
	world_expect("dane-mismatch=error");
	(void)world_teardown(state);
	world.checker = NULL;
	world_gone("_25._tcp.mx1." DOMAIN);
	world_tlsa("_25._tcp.mx1." DOMAIN, 1, 1, true);
	world_expect("dane-unusable=warning");
}

/* Of one that is above, dates and names count (RFC 7672 section 3.1.2). */
static void
above(void **state)
{
	(void)state;
	world.validates = true;
	world_policy(POLICY("none"));
	world_tlsa("_25._tcp.mx1." DOMAIN, 2, 2, true);
	world_probe("192.0.2.1", STS_PROBE_DEFECT, "certificate-not-trusted",
	    "X509", 5);
	world_expect("policy-mode-none=note mx-certificate-untrusted=note");
	(void)world_teardown(state);
	world.checker = NULL;
	world_probe("192.0.2.1", STS_PROBE_DEFECT, "certificate-host-mismatch",
	    "X509", 5);
	world_expect("policy-mode-none=note mx-certificate-name=note "
		     "dane-mismatch=error");
}

/* Who looks at TLSA delivers by TLS alone, policy or none. */
static void
without_tls(void **state)
{
	(void)state;
	world.validates = true;
	world_gone("_mta-sts." DOMAIN);
	world_tlsa("_25._tcp.mx1." DOMAIN, 3, 1, true);
	world_probe("192.0.2.1", STS_PROBE_DEFECT, "starttls-not-supported",
	    "not-offered", 0);
	world_expect("record-none=warning mx-no-starttls=note "
		     "dane-mismatch=error");
}

/* Some senders look at the TLSA records of a signed host whatever domain has
 * it; none asks for those of a host that is not signed. */
static void
half_signed(void **state)
{
	(void)state;
	world.validates = world.mx_unsigned = true;
	world_tlsa("_25._tcp.mx1." DOMAIN, 3, 1, false);
	world_expect("dane-unsigned=note dane-mismatch=warning");
	(void)world_teardown(state);
	world.checker = NULL;
	world_fails("_25._tcp.mx1." DOMAIN, STS_DNS_SERVFAIL);
	world_expect("dane-dns=unknown");
	(void)world_teardown(state);
	world.checker = NULL;
	world.hosts_unsigned = true;
	world_expect("");
}

/* Of a CNAME's target first, and then of the name itself. */
static void
base(void **state)
{
	(void)state;
	world.validates = true;
	world_gone("mx1." DOMAIN);
	world_host("mx1." DOMAIN, "192.0.2.1", "real.example");
	world_tlsa("_25._tcp.real.example", 3, 1, true);
	world_tlsa("_25._tcp.mx1." DOMAIN, 3, 1, false);
	world_expect("mx-cname=warning");
	(void)world_teardown(state);
	world.checker = NULL;
	world_gone("_25._tcp.real.example");
	world_expect("mx-cname=warning dane-mismatch=error");
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)
	const struct CMUnitTest tests[] = {
	    T(usual),
	    T(nobody_looked),
	    T(usages),
	    T(above),
	    T(without_tls),
	    T(half_signed),
	    T(base),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
