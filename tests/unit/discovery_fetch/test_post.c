/* SPDX-License-Identifier: ISC */
/* A report by POST: what the server gets, and what its answer means. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "poster.h"

static char *
noise(size_t n)
{
	char *p = malloc(n);
	unsigned x = 1;

	for (size_t i = 0; i < n; i++)
		p[i] = (char)((x = x * 1103515245 + 12345) >> 16);
	return p;
}

/* RPT-8, RPT-11: every octet, and the headers. */
static void
sends_what_it_is_given(void **state)
{
	static const size_t sizes[] = {0, 1, 3000, 65536};
	struct script script = {.reply = ANSWER("200 OK")};
	char *octets = noise(65536), length[64];
	struct sent sent;

	(void)state;
	octets[0] = '\0';
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct seen seen = poster_once(
		    &script, (struct sts_str){octets, sizes[i]}, &sent);

		assert_sent(&sent, STS_SENT_ACCEPTED, "http-200");
		assert_int_equal(seen.requests, 1);
		assert_int_equal(seen.n_body, sizes[i]);
		assert_memory_equal(seen.body, octets, sizes[i]);
		snprintf(length, sizeof(length), "\r\nContent-Length: %zu\r\n",
		    sizes[i]);
		assert_non_null(strstr(seen.request, length));
	}
	free(octets);
}

static void
headers(void **state)
{
	static const char *const without[] = {"\r\nAccept", "\r\nCookie",
	    "\r\nAuthorization", "\r\nReferer", "\r\nExpect",
	    "\r\nContent-Encoding", "\r\nTransfer-Encoding"};
	struct script script = {.reply = ANSWER("200 OK"), .need_sni = true};
	size_t n = 2000000; /* where curl would expect a 100 */
	char *octets = noise(n);
	struct sent sent;
	struct seen seen =
	    poster_once(&script, (struct sts_str){octets, n}, &sent);

	(void)state;
	free(octets);
	assert_sent(&sent, STS_SENT_ACCEPTED, "http-200");
	assert_string_equal(seen.sni, HOST);
	assert_ptr_equal(
	    strstr(seen.request, "POST /v1/tlsrpt?a=b HTTP/1.1\r\nHost: " HOST),
	    seen.request);
	assert_non_null(strstr(
	    seen.request, "\r\nContent-Type: application/tlsrpt+gzip\r\n"));
	assert_non_null(
	    strstr(seen.request, "\r\nUser-Agent: stsgate/" STS_VERSION
				 " (TLS report, RFC 8460)\r\n"));
	for (size_t i = 0; i < sizeof(without) / sizeof(without[0]); i++)
		if (strcasestr(seen.request, without[i]) != NULL)
			fail_msg("%s is there", without[i] + 2);
}

/* RPT-7, RPT-11; THR-7: a redirect is not followed. */
static void
statuses(void **state)
{
	static const struct {
		const char *reply, *why;
		enum sts_sent result;
	} cases[] = {
	    {ANSWER("200 OK"), "http-200", STS_SENT_ACCEPTED},
	    {ANSWER("201 a"), "http-201", STS_SENT_ACCEPTED},
	    {ANSWER("202 a"), "http-202", STS_SENT_ACCEPTED},
	    {"HTTP/1.1 204 a\r\n\r\n", "http-204", STS_SENT_ACCEPTED},
	    {"HTTP/1.1 102 a\r\n\r\n" ANSWER("299 a"), "http-299",
		STS_SENT_ACCEPTED},
	    {"HTTP/1.1 301 a\r\nLocation: https://" HOST
	     "/x\r\nContent-Length: 0\r\n\r\n",
		"http-301", STS_SENT_REFUSED},
	    {ANSWER("307 a"), "http-307", STS_SENT_REFUSED},
	    {ANSWER("400 a"), "http-400", STS_SENT_REFUSED},
	    {ANSWER("401 a"), "http-401", STS_SENT_REFUSED},
	    {ANSWER("404 a"), "http-404", STS_SENT_REFUSED},
	    {ANSWER("413 a"), "http-413", STS_SENT_REFUSED},
	    {ANSWER("429 a"), "http-429", STS_SENT_RETRY},
	    {ANSWER("500 a"), "http-500", STS_SENT_RETRY},
	    {ANSWER("503 a"), "http-503", STS_SENT_RETRY},
	    {ANSWER("599 a"), "http-599", STS_SENT_RETRY},
	    {"hello\r\n\r\n", "http-syntax", STS_SENT_RETRY},
	    {"", "empty-reply", STS_SENT_RETRY},
	    {"HTTP/1.1 100 a\r\n\r\n", "empty-reply", STS_SENT_RETRY},
	};
	struct sent sent;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct script script = {.reply = cases[i].reply};
		struct seen seen = poster_once(&script, sts_str("x"), &sent);

		assert_sent(&sent, cases[i].result, cases[i].why);
		assert_int_equal(seen.requests, 1);
		assert_int_equal(seen.accepts, 1);
	}
}

/* THR-7: not even to the same server. */
static void
redirect(void **state)
{
	static char reply[256];
	struct script script = {.reply = reply, .later = ANSWER("200 OK")};
	struct server *server = server_open(&script);
	struct sent sent;
	struct rig rig;

	(void)state;
	snprintf(reply, sizeof(reply),
	    "HTTP/1.1 308 a\r\nLocation: https://" HOST
	    ":%u/x\r\nContent-Length: 0\r\n\r\n",
	    server_port(server));
	rig_open(&rig, server_port(server));
	rig_start(&rig);
	poster_post(&rig, URL, sts_str("x"), LONG, &sent);
	poster_wait(&rig, &sent);
	assert_sent(&sent, STS_SENT_REFUSED, "http-308");
	rig_close(&rig);
	assert_int_equal(server_seen(server).accepts, 1);
	server_close(server);
}

/* The head has said it: what follows may be endless, cut or slow. */
static void
body_of_the_answer(void **state)
{
	static const char endless[] = "HTTP/1.1 200 OK\r\n\r\n";
	static const char *const replies[] = {
	    "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhm",
	    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhm",
	    "HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\nhm",
	    "HTTP/1.1 200 OK\r\n\r\nhm"};
	char *flood = noise(300000);
	struct script script = {
	    .reply = flood, .n_reply = 300000, .stay = true};
	struct sent sent;

	(void)state;
	memcpy(flood, endless, sizeof(endless) - 1);
	poster_once(&script, sts_str("x"), &sent);
	assert_sent(&sent, STS_SENT_ACCEPTED, "http-200");
	assert_true(sent.ms < LONG / 2); /* nobody waits for its end */
	for (size_t i = 0; i < sizeof(replies) / sizeof(replies[0]); i++) {
		script = (struct script){.reply = replies[i], .abrupt = true};
		poster_once(&script, sts_str("x"), &sent);
		assert_sent(&sent, STS_SENT_ACCEPTED, "http-200");
	}
	free(flood);
}

static void
head_without_end(void **state)
{
	size_t n = 200000;
	char *flood = malloc(n);
	struct script script = {.reply = flood, .n_reply = n};
	struct sent sent;
	size_t at = (size_t)sprintf(flood, "HTTP/1.1 200 OK\r\n");

	(void)state;
	for (; at + 16 < n; at += 16)
		memcpy(flood + at, "X-Fill: aaaaaa\r\n", 16);
	script.n_reply = at;
	poster_once(&script, sts_str("x"), &sent);
	assert_sent(&sent, STS_SENT_RETRY, "header-too-large");
	free(flood);
}

/* An answer, then silence: at the deadline it still is one. */
static void
silence(void **state)
{
	static const struct {
		struct script script;
		const char *why;
		enum sts_sent result;
	} cases[] = {
	    {{.hang = true}, "timeout", STS_SENT_RETRY},
	    {{.reply = "HTTP/1.1 200 OK\r\n", .stay = true}, "timeout",
		STS_SENT_RETRY},
	    {{.reply = "HTTP/1.1 200 OK\r\n\r\n", .stay = true}, "http-200",
		STS_SENT_ACCEPTED},
	    {{.reply = "HTTP/1.1 404 no\r\n\r\n", .stay = true}, "http-404",
		STS_SENT_REFUSED},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct server *server = server_open(&cases[i].script);
		struct sent sent;
		struct rig rig;

		rig_open(&rig, server_port(server));
		rig_start(&rig);
		poster_post(&rig, URL, sts_str("x"), 400, &sent);
		poster_wait(&rig, &sent);
		assert_sent(&sent, cases[i].result, cases[i].why);
		rig_close(&rig);
		server_close(server);
	}
}

/* More than all buffers on the way, and a server that reads none of it. */
static void
not_all_was_read(void **state)
{
	size_t n = 30000000;
	char *octets = calloc(1, n);
	struct script script = {.reply = ANSWER("200 OK"), .unread = true};
	struct server *server = server_open(&script);
	struct sent sent;
	struct rig rig;

	(void)state;
	rig_open(&rig, server_port(server));
	rig_start(&rig);
	poster_post(&rig, URL, (struct sts_str){octets, n}, 1000, &sent);
	poster_wait(&rig, &sent);
	assert_sent(&sent, STS_SENT_RETRY, "http-200-unread");
	rig_close(&rig);
	server_close(server);
	script.reply = ANSWER("413 too much");
	poster_once(&script, (struct sts_str){octets, n}, &sent);
	assert_sent(&sent, STS_SENT_REFUSED, "http-413");
	free(octets);
}

/* RPT-5 lets us ignore it; we do not. */
static void
certificates(void **state)
{
	static const struct {
		enum cert_kind cert;
		const char *why;
	} cases[] = {
	    {CERT_EXPIRED, "X509_V_ERR_CERT_HAS_EXPIRED"},
	    {CERT_OTHER_NAME, "X509_V_ERR_HOSTNAME_MISMATCH"},
	    {CERT_UNTRUSTED, "X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY"},
	    {CERT_CN_ONLY, "X509_V_ERR_HOSTNAME_MISMATCH"},
	    {CERT_SELF_SIGNED, "X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT"},
	};
	struct sent sent;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct script script = {
		    .cert = cases[i].cert, .reply = ANSWER("200 OK")};
		struct seen seen = poster_once(&script, sts_str("x"), &sent);

		assert_sent(&sent, STS_SENT_RETRY, cases[i].why);
		assert_int_equal(seen.requests, 0);
		assert_int_equal(seen.n_body, 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(sends_what_it_is_given),
	    cmocka_unit_test(headers),
	    cmocka_unit_test(statuses),
	    cmocka_unit_test(redirect),
	    cmocka_unit_test(body_of_the_answer),
	    cmocka_unit_test(head_without_end),
	    cmocka_unit_test(silence),
	    cmocka_unit_test(not_all_was_read),
	    cmocka_unit_test(certificates),
	};

	return cmocka_run_group_tests_name(
	    "post", tests, rig_group_setup, rig_group_teardown);
}
