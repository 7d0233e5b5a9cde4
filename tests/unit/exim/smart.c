/* SPDX-License-Identifier: ISC */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "fake.h"

/* RFC 8461 section 3.4 (DOM-1, DOM-6): the smart host's name is the policy
 * domain. */
#define SMART "smtp.s.example"
#define MXH   "${lookup dnsdb{>: dnssec_lax,mxh=" SMART "}}"
#define CNAME "${lookup dnsdb{>: dnssec_lax,cname=" SMART "}}"
#define SAN   "${certextract{subj_altname,>:,dns}{$tls_out_peercert}}"
#define AFTER "${certextract{notafter,int}{$tls_out_peercert}}"

static const char *
call(const char *word)
{
	char words[256];

	snprintf(words, sizeof(words), "%s socket=%s domain=" SMART, word,
	    service_path());
	return exim_call(words);
}

static const char *
event(const char *name, const char *data)
{
	const char *yield;

	exim_set("$event_name", name);
	exim_set("$event_data", data);
	yield = call("");
	exim_set("$event_name", "");
	return yield;
}

/* The recipient's domain has a policy that nothing could meet. */
static void
set_up(const char *host)
{
	exim_set("$domain", "other.example");
	exim_set("$host", host);
	exim_set("$host_address", "192.0.2.1");
	exim_set("$verify_mode", "");
	exim_set("$tls_out_cipher", "");
	service_answer("policy " SMART " ",
	    "STS1 policy " SMART " mode=enforce id=1 mx=" SMART "\n");
	service_answer("verdict " SMART " ",
	    "STS1 mismatch " SMART " mode=enforce host=x id=1\n");
	service_answer("verdict " SMART " " SMART " ",
	    "STS1 match " SMART " mode=enforce host=x id=1\n");
	service_answer("result " SMART " ", "STS1 ok\n");
}

static void
by_name(const void *arg)
{
	(void)arg;
	set_up(SMART);
	CHECK(event("tcp:connect", "")[0] == '\0');
	CHECK(strcmp(call("require"), "*") == 0);
	CHECK(strcmp(call("verify"), "*") == 0);
	CHECK(strcmp(call("sni"), SMART) == 0);
	CHECK(strcmp(call("domains"), "*") == 0);
	CHECK(strcmp(call("guard"), "true") == 0);
	CHECK(strstr(service_asked(), "other.example") == NULL);
	CHECK(exim_log()[0] == '\0');
}

/* Many recipients of many domains: Exim has no $domain then. */
static void
many_domains(const void *arg)
{
	(void)arg;
	set_up(SMART);
	exim_set("$domain", "");
	CHECK(event("tcp:connect", "")[0] == '\0');
	CHECK(strcmp(call("require"), "*") == 0);
	exim_set("$host", "mx.evil.example");
	exim_set(MXH, "");
	exim_set(CNAME, "");
	CHECK(event("tcp:connect", "")[0] != '\0');
	exim_log();
}

/* $host is where a CNAME leads; the name's own MX records are not for us. */
static void
by_cname(const void *arg)
{
	const char *covers = arg;

	set_up("out.cdn.example");
	exim_set(MXH, "mx.s.example");
	exim_set(CNAME, "out.cdn.example");
	exim_set(AFTER, "9999999999");
	exim_set(SAN, "x.example");
	service_answer("covers " SMART " x.example", covers);
	CHECK(event("tcp:connect", "")[0] == '\0');
	CHECK(strcmp(call("verify"), "*") == 0);
	CHECK(strcmp(call("sni"), SMART) == 0);
	CHECK((event("tls:cert", "0")[0] == '\0') ==
	      (strcmp(covers, "STS1 yes\n") == 0));
	exim_log();
}

/*
 * RFC 8461 section 5: no router asks before, and the first host that a policy
 * refuses may be the last attempt's. A callout returns no mail.
 */
static void
newest(const void *arg)
{
	static const char look[] = "verdict " SMART " - tell progress\n";
	bool callout = arg != NULL;

	set_up(SMART);
	exim_set("$verify_mode", callout ? "R" : "");
	service_then("verdict " SMART " - ", "verdict " SMART " " SMART " ",
	    "STS1 match " SMART " mode=testing host=x id=2\n");
	CHECK(event("tcp:connect", "")[0] == '\0');
	CHECK(strcmp(call("require"), callout ? "*" : "") == 0);
	CHECK((strstr(service_asked(), look) == NULL) == callout);
	exim_log();
}

static void
none(const void *arg)
{
	(void)arg;
	set_up(SMART);
	service_answer("policy " SMART " ",
	    "STS1 none " SMART " state=negative reason=no-record\n");
	service_answer("verdict " SMART " " SMART " ",
	    "STS1 none " SMART " state=negative reason=no-record\n");
	CHECK(event("tcp:connect", "")[0] == '\0');
	CHECK(call("require")[0] == '\0');
	CHECK(strcmp(call("domains"), "!*") == 0);
	CHECK(strcmp(call("guard"), "true") == 0);
	CHECK(strcmp(call("sni"), SMART) == 0);
	CHECK(exim_log()[0] == '\0');
}

static void
run(void (*fn)(const void *), const void *arg)
{
	if (fake_case(fn, arg) != 0)
		fail();
}

static void
name(void **state)
{
	(void)state;
	run(by_name, NULL);
	run(many_domains, NULL);
	run(none, NULL);
	run(newest, NULL);
	run(newest, "callout");
}

static void
alias(void **state)
{
	(void)state;
	run(by_cname, "STS1 yes\n");
	run(by_cname, "STS1 no\n");
	run(by_cname, "");
}

int
main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(name),
	    cmocka_unit_test(alias),
	};

	if (argc != 2)
		return EXIT_FAILURE;
	exim_load(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
