/* SPDX-License-Identifier: ISC */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "fake.h"
#include "flow.h"

#define SAN   "${certextract{subj_altname,>:,dns}{$tls_out_peercert}}"
#define AFTER "${certextract{notafter,int}{$tls_out_peercert}}"
#define MXH   "${lookup dnsdb{>: dnssec_lax,mxh=a.example}}"
#define CNAME "${lookup dnsdb{>: dnssec_lax,cname=mx1.a.example}}"

static void
set_names(const struct flow *f)
{
	const char *host = f->host == NULL ? "mx1.a.example" : f->host;
	static char other[128], answer[128];
	const char *mode = strchr(f->verdict, ' ');
	const char *tell = f->quiet ? "" : " tell";

	exim_set("$domain", f->ulabels ? "\303\244.example" : "a.example");
	exim_set("${utf8_domain_to_alabel:$domain}", "a.example");
	exim_set("$host", host);
	exim_set("$host_address", "192.0.2.1");
	exim_set("$sending_ip_address", "192.0.2.25");
	exim_set("$verify_mode", f->callout ? "R" : "");
	exim_set(MXH, "mx1.a.example:mx2.a.example:${x}.example");
	exim_set(CNAME, f->cname == NULL ? "" : f->cname);
	if (mode == NULL) {
		snprintf(answer, sizeof(answer),
		    "STS1 none a.example state=negative reason=no-record%s\n",
		    tell);
		service_answer("verdict a.example mx1.a.example ", answer);
		return;
	}
	snprintf(answer, sizeof(answer),
	    "STS1 %.*s a.example mode=%s host=x%s\n", (int)(mode - f->verdict),
	    f->verdict, mode + 1, tell);
	snprintf(other, sizeof(other), "STS1 mismatch a.example mode=%s%s\n",
	    mode + 1, tell);
	service_answer("verdict a.example ", other);
	service_answer("verdict a.example mx1.a.example ", answer);
}

static void
set_certificate(const struct flow *f)
{
	exim_set(SAN, f->sans);
	exim_set(AFTER, f->sans == NULL ? NULL
			: f->expired    ? "1000000000"
					: "9999999999");
	exim_set("$tls_out_certificate_verified", f->unverified ? "0" : "1");
	exim_set("$tls_out_dane", "");
	exim_set("$tls_out_cipher", "");
	service_answer("covers mx1.a.example ", "STS1 no\n");
	service_answer("covers mx1.a.example mx1.a.example ", "STS1 yes\n");
	service_answer("covers mx1.a.example mx1.a.example\n", "STS1 yes\n");
	service_answer(
	    "covers mx1.a.example other.example,mx1.a.example\n", "STS1 yes\n");
	service_answer("result a.example ", "STS1 ok\n");
}

static const char *
list(const char *word)
{
	char words[128];

	snprintf(words, sizeof(words), "%s socket=%s", word, service_path());
	return exim_call(words);
}

static void
host_deferred(const char *number)
{
	exim_set("$event_defer_errno", number);
	CHECK(exim_event("msg:host:defer", "TLS session: x")[0] == '\0');
}

static void
tls_greeting(const struct flow *f)
{
	exim_set("$tls_out_cipher", "TLS1.3:X:256");
	exim_set("$tls_out_dane", f->dane ? "yes" : "");
	CHECK(exim_event("smtp:ehlo", "250 x")[0] == '\0');
}

static void
play_event(const struct flow *f, char event)
{
	const char *lists = strstr(f->verdict, "enforce") ? "*" : "";

	switch (event) {
	case 'c':
	case 'C':
		exim_set("$tls_out_cipher", "");
		CHECK((exim_event("tcp:connect", "")[0] != '\0') ==
		      (event == 'C'));
		break;
	case 'k':
	case 'K':
		CHECK(exim_event("tls:cert", "1")[0] == '\0');
		CHECK(
		    (exim_event("tls:cert", "0")[0] != '\0') == (event == 'K'));
		break;
	case 'v':
		CHECK(strcmp(list("verify"), lists) == 0);
		CHECK(strcmp(list("names"), *lists == '*' ? "" : "*") == 0);
		break;
	case 'n':
		CHECK(strcmp(list("names"), "*") == 0);
		break;
	case 'r':
		CHECK(strcmp(list("require"), lists) == 0);
		break;
	case 'e':
		exim_event(
		    "smtp:ehlo", "250-mx1.sees.example at\n250 STARTTLS");
		break;
	case 'h':
		exim_event("smtp:connect", "220 mx1.greets.example");
		break;
	case 't':
		tls_greeting(f);
		break;
	case 'x':
		exim_event("tcp:close", "");
		break;
	case 'd':
		exim_event("dane:fail", "validation-failure");
		break;
	case 'D':
		exim_event("dane:fail", "starttls-not-supported");
		break;
	case 'i':
		exim_event("dane:fail", "dnssec-invalid");
		break;
	default:
		host_deferred(event == 'f'   ? "-37"
			      : event == 'q' ? "-38"
					     : "111");
	}
}

static int
count(const char *text, const char *part)
{
	int n = 0;

	for (; (text = strstr(text, part)) != NULL; text++)
		n++;
	return n;
}

/* One result at most, and one line, however Exim came to it. */
static void
flow(const void *arg)
{
	const struct flow *f = arg;
	const char *asked;
	const char *log;
	const char *p;

	set_names(f);
	set_certificate(f);
	for (p = f->events; *p != '\0'; p++)
		play_event(f, *p);
	log = exim_log();
	asked = service_asked();
	CHECK(count(asked, "result ") ==
	      (f->results > 0 ? f->results : f->result != NULL));
	CHECK(f->result == NULL || strstr(asked, f->result) != NULL);
	CHECK(count(log, "\n") == (f->log != NULL));
	CHECK(f->log == NULL ||
	      (strncmp(log, "stsgate: ", 9) == 0 &&
		  strncmp(log + 9, f->log, strlen(f->log)) == 0));
}

static void
flows_end_as_told(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < n_flows; i++)
		if (fake_case(flow, &flows[i]) != 0)
			fail_msg("%s", flows[i].name);
}

/* The service goes away between the verdict and the certificate. */
static void
gone_at_the_certificate(const void *arg)
{
	static const struct flow f = {
	    .verdict = "match enforce", .sans = "*.a.example"};

	(void)arg;
	set_names(&f);
	set_certificate(&f);
	play_event(&f, 'c');
	play_event(&f, 'e');
	play_event(&f, 'v');
	service_answer("covers mx1.a.example *.a.example\n", "");
	play_event(&f, 'K');
	play_event(&f, 'f');
	exim_later(120);
	CHECK(strcmp(list("require on_unavailable=deliver"), "*") == 0);
	CHECK(strstr(service_asked(), "result") == NULL);
}

/* The policy goes away in mid-connection: what began under it ends under it. */
static void
policy_withdrawn(const void *arg)
{
	static const struct flow flow[] = {
	    {.verdict = "match enforce", .sans = "mx1.a.example"},
	    {.verdict = "match testing", .sans = "mx1.a.example"}};
	size_t i;

	(void)arg;
	for (i = 0; i < 2; i++) {
		const char *held = i == 0 ? "*" : "";

		set_names(&flow[i]);
		set_certificate(&flow[i]);
		play_event(&flow[i], 'c');
		play_event(&flow[i], 'e');
		service_answer("policy a.example ",
		    "STS1 none a.example state=negative reason=no-record\n");
		exim_later(61);
		CHECK(strcmp(list("verify"), held) == 0);
		CHECK(strcmp(list("require"), held) == 0);
		exim_later(61);
	}
	service_asked();
	exim_log();
}

static void
gone_in_mid_delivery(void **state)
{
	(void)state;
	assert_int_equal(fake_case(policy_withdrawn, NULL), 0);
	assert_int_equal(fake_case(gone_at_the_certificate, NULL), 0);
}

#define SAID(mode, id) \
	"STS1 mismatch a.example mode=" mode " host=- id=" id "\n"
#define POLICY(mode, id, mx) \
	"STS1 policy a.example mode=" mode " id=" id " mx=" mx "\n"

/* What the router's list kept away is reported by the transport, once. */
static void
passed_over(const void *arg)
{
	static const struct flow f = {
	    .verdict = "match enforce", .sans = "mx1.a.example"};
	const char *log;

	(void)arg;
	set_names(&f);
	set_certificate(&f);
	service_answer(
	    "policy a.example ", POLICY("enforce", "1", "mx1.a.example"));
	service_answer("verdict a.example - ", SAID("enforce", "1"));
	CHECK(strstr(list("ignore rest=+rest"), " ; +rest") != NULL);
	list("ignore rest=+rest");
	CHECK(strcmp(list("rest"), "*") == 0);
	CHECK(strstr(service_asked(), "result") == NULL);
	play_event(&f, 'c');
	play_event(&f, 'c');
	log = exim_log();
	CHECK(count(log, "\n") == 1);
	CHECK(
	    strstr(log, "refused domain=a.example mx=mx2.a.example ") != NULL);
	CHECK(count(service_asked(), "host=mx2.a.example") == 1);
}

/* Exim did not come to the end of the list: nobody looks for MX records. */
static void
none_passed(const void *arg)
{
	static const struct flow f = {
	    .verdict = "match enforce", .sans = "mx1.a.example"};

	(void)arg;
	set_names(&f);
	set_certificate(&f);
	exim_set("${lookup dnsdb{>: dnssec_lax,mxh=a.example}}", NULL);
	service_answer(
	    "policy a.example ", POLICY("enforce", "1", "mx1.a.example"));
	service_answer("verdict a.example - ", SAID("enforce", "1"));
	list("ignore rest=+rest");
	service_asked();
	play_event(&f, 'c');
	CHECK(strstr(service_asked(), "mx2") == NULL);
}

static void
none_left(const void *arg)
{
	static const struct flow f = {.verdict = "mismatch enforce"};
	const char *log;

	(void)arg;
	set_names(&f);
	set_certificate(&f);
	service_answer(
	    "policy a.example ", POLICY("enforce", "1", "mx9.a.example"));
	service_answer("verdict a.example - ", SAID("enforce", "1"));
	list("ignore");
	list("ignore");
	CHECK(strcmp(list("defer"), "*") == 0);
	list("defer");
	log = exim_log();
	CHECK(count(log, "\n") == 2);
	CHECK(strstr(log, "mx=mx1.a.example ") != NULL);
	CHECK(strstr(log, "mx=mx2.a.example ") != NULL);
	CHECK(count(service_asked(), "detail=mta-sts-mx-mismatch") == 2);
}

/*
 * APP-3: before mail may be refused for good, the service has looked for a
 * newer policy, which is then followed. Not in a callout.
 */
static void
newer_policy(const void *arg)
{
	static const char want[] = "verdict a.example - tell progress\n"
				   "policy a.example tell progress\n";
	const bool callout = *(const bool *)arg;
	const char *got;

	exim_set("$domain", "a.example");
	exim_set("$verify_mode", callout ? "R" : "");
	service_answer(
	    "policy a.example ", POLICY("enforce", "1", "mx9.a.example"));
	service_answer("verdict a.example - ", SAID("enforce", "2"));
	service_then("verdict a.example - ", "policy a.example ",
	    POLICY("enforce", "2", "mx1.a.example"));
	got = list("ignore");
	CHECK((strstr(got, "mx1") != NULL) == !callout);
	CHECK(strcmp(service_asked(),
		  callout ? strchr(want, '\n') + 1 : want) == 0);
}

/* What was kept away while nothing was known waits, whatever is known then. */
static void
known_too_late(const void *arg)
{
	static const struct flow f = {.verdict = "match enforce"};
	static const char none[] =
	    "STS1 none a.example state=negative reason=no-record\n";

	(void)arg;
	set_names(&f);
	service_answer(
	    "policy a.example ", "STS1 temp a.example reason=dns-bogus\n");
	CHECK(strcmp(list("ignore"), "*") == 0);
	service_answer("policy a.example ", none);
	exim_later(61);
	CHECK(strcmp(list("defer"), "*") == 0);
	CHECK(strcmp(list("ignore"), "") == 0);
	CHECK(strcmp(list("defer"), "") == 0);
	exim_log();
	service_asked();
}

static void
router_reports(void **state)
{
	(void)state;
	assert_int_equal(fake_case(passed_over, NULL), 0);
	assert_int_equal(fake_case(none_passed, NULL), 0);
	assert_int_equal(fake_case(none_left, NULL), 0);
	assert_int_equal(fake_case(newer_policy, &(bool){false}), 0);
	assert_int_equal(fake_case(newer_policy, &(bool){true}), 0);
	assert_int_equal(fake_case(known_too_late, NULL), 0);
}

int
main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(flows_end_as_told),
	    cmocka_unit_test(gone_in_mid_delivery),
	    cmocka_unit_test(router_reports),
	};

	if (argc != 2)
		return EXIT_FAILURE;
	exim_load(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
