/* SPDX-License-Identifier: ISC */
/* What http_trace.h has of a request, for each place where it can end. */
#include <event2/event.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "rig.h"

static void
assert_times(const struct result *result, bool lookup, bool connect, bool tls)
{
	const struct sts_http_trace *trace = &result->trace;

	assert_true(result->traced);
	assert_int_equal(trace->lookup_ms >= 0, lookup);
	assert_int_equal(trace->connect_ms >= 0, connect);
	assert_int_equal(trace->tls_ms >= 0, tls);
	assert_true(trace->total_ms >= 0 && trace->total_ms <= result->ms);
	assert_string_equal(trace->peer, connect ? "127.0.0.1" : "");
}

static void
tells_of_a_whole_fetch(void **state)
{
	static const struct script good = {.reply = GOOD};
	struct result result;
	const struct sts_http_trace *trace = &result.trace;

	(void)state;
	rig_once(&good, &result);
	assert_result(&result, STS_HTTP_OK, "");
	assert_times(&result, true, true, true);
	assert_int_equal(trace->n_address, 1);
	assert_string_equal(trace->address[0].text, "127.0.0.1");
	assert_null(trace->address[0].refused);
	assert_memory_equal(trace->tls, "TLSv1.", 6);
	assert_string_equal(trace->cert.names, "mta-sts.example.com");
	assert_true(strlen(trace->cert.issuer) > 0);
	assert_true(trace->cert.valid_from < time(NULL));
	assert_true(trace->cert.valid_until > time(NULL));
	assert_string_equal(trace->media_type, "text/plain");
	assert_int_equal(trace->size, strlen(POLICY));
	assert_false(trace->proxy);
	assert_int_equal(trace->wait_ms, 0);
}

/* HTT-4: a refused certificate is what one wants to see. */
static void
tells_of_a_refused_certificate(void **state)
{
	static const struct {
		enum cert_kind kind;
		const char *detail, *names;
	} cases[] = {
	    {CERT_EXPIRED, "X509_V_ERR_CERT_HAS_EXPIRED",
		"mta-sts.example.com"},
	    {CERT_OTHER_NAME, "X509_V_ERR_HOSTNAME_MISMATCH",
		"www.example.com"},
	    {CERT_CN_ONLY, "X509_V_ERR_HOSTNAME_MISMATCH", ""},
	    {CERT_SELF_SIGNED, "X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT",
		"mta-sts.example.com"},
	    {CERT_WILDCARD, "", "*.example.com"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct script script = {.cert = cases[i].kind, .reply = GOOD};
		bool good = cases[i].detail[0] == '\0';
		struct result result;

		rig_once(&script, &result);
		assert_result(&result, good ? STS_HTTP_OK : STS_HTTP_WEBPKI,
		    cases[i].detail);
		assert_times(&result, true, true, good);
		assert_string_equal(result.trace.cert.names, cases[i].names);
		assert_memory_equal(result.trace.tls, "TLSv1.", 6);
		assert_int_equal(result.trace.cert.valid_until < time(NULL),
		    cases[i].kind == CERT_EXPIRED);
	}
}

/* The server is there and silent, with TLS and before it. */
static void
tells_how_far_it_got_in_time(void **state)
{
	static const struct script scripts[] = {
	    {.hang = true}, {.hold = true, .reply = GOOD}};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct server *server = server_open(&scripts[i]);
		struct result result;
		struct rig rig;

		rig_open(&rig, server_port(server));
		rig_start(&rig);
		rig_fetch(&rig, 2000, &result);
		assert_result(&result, STS_HTTP_FETCH, "timeout");
		assert_times(&result, true, true, i == 1);
		assert_true(result.trace.total_ms >= 1990);
		rig_close(&rig);
		server_close(server);
	}
}

static void
tells_that_nobody_listens(void **state)
{
	static const struct script good = {.reply = GOOD};
	struct server *server = server_open(&good);
	unsigned port = server_port(server);
	struct result result;
	struct rig rig;

	(void)state;
	server_close(server);
	rig_open(&rig, port);
	rig_start(&rig);
	rig_fetch(&rig, LONG, &result);
	assert_result(&result, STS_HTTP_FETCH, "connect");
	assert_times(&result, true, false, false);
	rig_close(&rig);
}

/* As with IPv6 where there is none: that says nothing of who is there. */
static void
tells_that_there_is_no_way(void **state)
{
	static const char *const nowhere[] = {"127.255.255.255"};
	struct result result;
	struct rig rig;

	(void)state;
	rig_open(&rig, 443);
	rig_start(&rig);
	rig_resolve(&rig, nowhere, 1);
	rig_fetch(&rig, LONG, &result);
	assert_result(&result, STS_HTTP_FETCH, "no-route");
	rig_close(&rig);
}

/* THR-7: which addresses there were, and why they were refused. */
static void
tells_what_the_guard_refused(void **state)
{
	static const char *const text[] = {
	    "10.1.2.3", "fe80::1", "169.254.169.254"};
	struct result result;
	struct rig rig;

	(void)state;
	rig_open(&rig, 1);
	rig_resolve(&rig, text, 3);
	rig_start(&rig);
	rig_fetch(&rig, LONG, &result);
	assert_result(&result, STS_HTTP_FETCH, "address-refused");
	assert_times(&result, true, false, false);
	assert_int_equal(result.trace.n_address, 3);
	for (size_t i = 0; i < 3; i++)
		assert_string_equal(result.trace.address[i].text, text[i]);
	assert_string_equal(result.trace.address[0].refused, "private");
	assert_string_equal(result.trace.address[1].refused, "link-local");
	assert_string_equal(result.trace.address[2].refused, "link-local");
	rig_close(&rig);
}

static void
tells_that_dns_never_came(void **state)
{
	struct result result;
	struct rig rig;

	(void)state;
	rig_open(&rig, 1);
	rig.when = NEVER;
	rig_start(&rig);
	rig_fetch(&rig, 50, &result);
	assert_result(&result, STS_HTTP_FETCH, "dns");
	assert_times(&result, false, false, false);
	assert_int_equal(result.trace.n_address, 0);
	rig_close(&rig);
}

/* Remote text does not get out as it came. */
static void
escapes_what_the_server_says(void **state)
{
	static const struct script odd = {
	    .reply = "HTTP/1.1 200 OK\r\nContent-Type: a\x1b[2J\xff\r\n\r\n"
		     "x"};
	struct result result;

	(void)state;
	rig_once(&odd, &result);
	assert_result(&result, STS_HTTP_INVALID, "media-type");
	assert_string_equal(result.trace.media_type, "a\\x1b[2J\\xff");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(tells_of_a_whole_fetch),
	    cmocka_unit_test(tells_of_a_refused_certificate),
	    cmocka_unit_test(tells_how_far_it_got_in_time),
	    cmocka_unit_test(tells_that_nobody_listens),
	    cmocka_unit_test(tells_that_there_is_no_way),
	    cmocka_unit_test(tells_what_the_guard_refused),
	    cmocka_unit_test(tells_that_dns_never_came),
	    cmocka_unit_test(escapes_what_the_server_says),
	};

	return cmocka_run_group_tests(
	    tests, rig_group_setup, rig_group_teardown);
}
