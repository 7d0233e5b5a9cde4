/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "world.h"

static void
sound(void **state)
{
	(void)state;
	world_expect("");
	assert_string_equal(world.id, "1");
	assert_int_equal(world.days, 90);
	assert_int_equal(world.result.count[STS_CHECK_ERROR], 0);
	assert_int_equal(world.probes, 1);
}

/* What enforce would refuse is worth as much as the mode makes of it. */
static void
mode_decides(void **state)
{
	(void)state;
	world_probe("192.0.2.1", STS_PROBE_DEFECT, "certificate-expired",
	    "X509_V_ERR_CERT_HAS_EXPIRED", 5);
	world_expect("mx-certificate-expired=error");
	world_policy(POLICY("testing"));
	world_expect("policy-testing=note mx-certificate-expired=warning");
	world_policy(POLICY("none"));
	world_expect("policy-mode-none=note mx-certificate-expired=note");
	world_gone("_mta-sts." DOMAIN);
	world_expect("record-none=warning mx-certificate-expired=note");
}

static void
words_of_defects(void **state)
{
	static const char *const cases[][3] = {
	    {"starttls-not-supported", "mx-no-starttls=error", "why"},
	    {"certificate-host-mismatch", "mx-certificate-name=error", "why"},
	    {"certificate-not-trusted", "mx-certificate-untrusted=error",
		"why"},
	    {"validation-failure", "mx-tls=error", "tls-handshake"},
	    {"validation-failure", "mx-certificate-early=error",
		"X509_V_ERR_CERT_NOT_YET_VALID"},
	    {"validation-failure", "mx-certificate=error",
		"X509_V_ERR_EE_KEY_TOO_SMALL"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		(void)world_teardown(state);
		(void)world_setup(state);
		world_probe(
		    "192.0.2.1", STS_PROBE_DEFECT, cases[i][0], cases[i][2], 0);
		world_expect(cases[i][1]);
	}
}

/* What could not be looked at is neither sound nor wrong. */
static void
unknown_is_its_own(void **state)
{
	(void)state;
	world_fails("_mta-sts." DOMAIN, STS_DNS_SERVFAIL);
	world_expect("record-dns=unknown");
	world_fails("_mta-sts." DOMAIN, STS_DNS_BOGUS);
	world_expect("record-forged=error");
	world_txt("_mta-sts." DOMAIN, "v=STSv1; id=1;");
	world_http(STS_HTTP_LOCAL, 0, "busy");
	world_expect("policy-untried=unknown");
	world_http(STS_HTTP_FETCH, 0, "no-route");
	world_expect("policy-untried=unknown");
	world_http(STS_HTTP_FETCH, 0, "dns");
	world_expect("policy-dns=unknown");
}

static void
against_the_policy(void **state)
{
	(void)state;
	world_mx("10 mx1." DOMAIN, "20 a.b.x.example");
	world_host("a.b.x.example", "192.0.2.2", NULL);
	world_expect("mx-not-in-policy=error");
	assert_non_null(strstr(world.mend, "\"mx: a.b.x.example\""));
	assert_non_null(strstr(world.mend, "\"mx: *.b.x.example\""));
	world_mx("10 mx1." DOMAIN, NULL);
	world_policy("version: STSv1\nmode: enforce\nmx: mx1.a.example\n"
		     "mx: *.old.example\nmax_age: 604800\n");
	world_expect("pattern-unused=note");
}

/* Above the domain itself a pattern would let in who else is there. */
static void
own_mx(void **state)
{
	(void)state;
	world_txt("_mta-sts.b." DOMAIN, "v=STSv1; id=1;");
	world_mx("10 b." DOMAIN, NULL);
	world_host("b." DOMAIN, "192.0.2.3", NULL);
	world_begin("b." DOMAIN);
	world_run();
	assert_non_null(strstr(world.codes, "mx-not-in-policy=error"));
	assert_non_null(strstr(world.mend, "\"mx: b." DOMAIN "\""));
	assert_null(strstr(world.mend, "*"));
}

static void
odd_mx(void **state)
{
	(void)state;
	world_mx("0 ", NULL);
	world_expect("mx-null=note pattern-unused=note");
	world_mx("0 ", "10 mx1." DOMAIN);
	world_expect("mx-null-mixed=error");
	world_mx(NULL, NULL);
	world_host(DOMAIN, "192.0.2.3", NULL);
	world_expect("mx-implicit=note mx-not-in-policy=error "
		     "pattern-unused=note");
	world_mx("10 gone." DOMAIN, NULL);
	world_expect("mx-not-in-policy=error mx-no-address=error "
		     "pattern-unused=note");
}

/* "10 192.0.2.1" names a host, which there is not. */
static void
mx_that_names_no_host(void **state)
{
	(void)state;
	world_mx_bad("10 192.0.2.1");
	world_expect("mx-bad-name=error");
	world_mx("0 ", NULL);
	world_expect("mx-bad-name=error mx-null-mixed=error "
		     "pattern-unused=note");
	world_mx(NULL, NULL); /* all are such: no other question is spared */
	world.questions = 0;
	world_expect("mx-bad-name=error pattern-unused=note");
	assert_true(world.questions > 5);
}

/* Name servers that are dead are asked one question, not eight. */
static void
dead_name_servers(void **state)
{
	(void)state;
	world_mx_fails(STS_DNS_TIMEOUT);
	world_expect("mx-dns=unknown");
	assert_int_equal(world.questions, 1);
	world_mx_fails(STS_DNS_BOGUS);
	world_expect("mx-forged=error");
	assert_true(world.questions > 5);
}

static void
alias(void **state)
{
	(void)state;
	world_gone("mx1." DOMAIN);
	world_host("mx1." DOMAIN, "192.0.2.1", "real.example");
	world_expect("mx-cname=warning");
	world_mx(NULL, NULL);
	world_host(DOMAIN, "192.0.2.1", "real.example");
	world_policy("version: STSv1\nmode: enforce\nmx: a.example\n"
		     "max_age: 604800\n");
	world_expect("mx-implicit=note");
}

static void
days_left(void **state)
{
	(void)state;
	world_probe("192.0.2.1", STS_PROBE_GOOD, "success", "", 14);
	world_expect("");
	assert_int_equal(world.days, 14);
	(void)world_teardown(state);
	world.checker = NULL;
	world_probe("192.0.2.1", STS_PROBE_GOOD, "success", "", 13);
	world_expect("mx-certificate-soon=warning");
}

/* Days are all that a certificate of six has; the last two are few. */
static void
days_of_few(void **state)
{
	(void)state;
	world.life = 6;
	world_probe("192.0.2.1", STS_PROBE_GOOD, "success", "", 2);
	world_expect("");
	(void)world_teardown(state);
	world.checker = NULL;
	world_probe("192.0.2.1", STS_PROBE_GOOD, "success", "", 1);
	world_expect("mx-certificate-soon=warning");
	(void)world_teardown(state);
	world.checker = NULL;
	world.life = 90;
	world_probe("192.0.2.1", STS_PROBE_GOOD, "success", "", 13);
	world_expect("mx-certificate-soon=warning");
}

static void
policies(void **state)
{
	(void)state;
	world_policy("version: STSv1\nmode: enforce\n\nmx: mx1.a.example\n"
		     "max_age: 3600\n");
	world_expect("policy-max_age-short=warning policy-blank-line=warning");
	world_policy("version: STSv1\nmode: enforce\nmx: mx1.a.example\n"
		     "max_age: 86400\n");
	world_expect("policy-max_age-short=note");
	world_policy("");
	world_expect("policy-version-missing=error policy-mode-missing=error "
		     "policy-max_age-missing=error");
	world_http(STS_HTTP_FETCH, 301, "http-301");
	world_expect("policy-redirect=error");
	world_http(STS_HTTP_FETCH, 503, "http-503");
	world_expect("policy-status=error");
}

static void
no_probe(void **state)
{
	(void)state;
	world.no_probe = true;
	world_expect("");
	assert_int_equal(world.probes, 0);
}

/* A host that many domains share is looked at once, few hosts at a time. */
static void
hosts_shared_and_bounded(void **state)
{
	char name[64];
	int i;

	(void)state;
	for (i = 0; i < 5; i++)
		world_begin(DOMAIN);
	world_run();
	world_begin(DOMAIN);
	world_run();
	assert_int_equal(world.looks, 6);
	assert_int_equal(world.lookups, 1);
	assert_int_equal(world.probes, 1);
	world_mx(NULL, NULL);
	for (i = 0; i < 9; i++) {
		(void)snprintf(name, sizeof(name), "d%d.example", i);
		world_begin(name);
	}
	world_run();
	assert_int_equal(world.looks, 15);
	assert_int_equal(world.lookups, 10);
	assert_int_equal(world.most, 4);
}

static void
beside(void **state)
{
	static const char *const selectors[] = {"s1", "s2"};

	(void)state;
	world.config.selectors = selectors;
	world.config.n_selectors = 2;
	world_txt("s2._domainkey." DOMAIN, "v=DKIM1; p=");
	world_txt(DOMAIN, "v=spf1 +all");
	world_txt_more(DOMAIN, "something else");
	world_gone("_dmarc." DOMAIN);
	world_gone("_smtp._tls." DOMAIN);
	world_expect("tlsrpt-none=note spf-all=warning dmarc-none=warning "
		     "dkim-none=error dkim-revoked=error");
	world_policy(POLICY("testing"));
	world_expect("policy-testing=note tlsrpt-none=warning "
		     "spf-all=warning dmarc-none=warning "
		     "dkim-none=error dkim-revoked=error");
}

/* Of a subdomain the DMARC record of a domain above counts. */
static void
dmarc_above(void **state)
{
	(void)state;
	world_txt("_dmarc.sub.deep.example", "v=DMARC1; p=none");
	world_begin("x.sub.deep.example");
	world_run();
	assert_non_null(strstr(world.codes, "dmarc-monitor=note"));
	assert_null(strstr(world.codes, "dmarc-none"));
	world_txt("_dmarc.x.sub.deep.example", "v=spf1 -all"); /* a wildcard */
	world_begin("x.sub.deep.example");
	world_run();
	assert_non_null(strstr(world.codes, "dmarc-monitor=note"));
	assert_null(strstr(world.codes, "dmarc-none"));
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)
	const struct CMUnitTest tests[] = {
	    T(sound),
	    T(mode_decides),
	    T(words_of_defects),
	    T(unknown_is_its_own),
	    T(against_the_policy),
	    T(own_mx),
	    T(odd_mx),
	    T(mx_that_names_no_host),
	    T(dead_name_servers),
	    T(alias),
	    T(days_left),
	    T(days_of_few),
	    T(policies),
	    T(no_probe),
	    T(hosts_shared_and_bounded),
	    T(beside),
	    T(dmarc_above),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
