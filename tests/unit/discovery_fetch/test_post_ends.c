/* SPDX-License-Identifier: ISC */
/* Where no report goes, and how one ends before its time. */
#include <event2/event.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "poster.h"

static const struct script good = {.reply = ANSWER("200 OK")};
static const struct script holding = {.hold = true, .reply = ANSWER("200 OK")};

/* THR-7: what a stranger's record points at is not connected to. */
static void
addresses_that_are_not_allowed(void **state)
{
	static const char *const refused[] = {"127.0.0.1", "10.1.2.3",
	    "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "::1",
	    "fc00::1", "fe80::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
	    "64:ff9b::7f00:1"};
	struct server *server = server_open(&good);
	struct sent sent;
	struct rig rig;

	(void)state;
	rig_open(&rig, server_port(server));
	rig.config.guard.n = 0;
	rig_start(&rig);
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		rig_resolve(&rig, &refused[i], 1);
		poster_post(&rig, URL, sts_str("x"), LONG, &sent);
		poster_wait(&rig, &sent);
		assert_sent(&sent, STS_SENT_REFUSED, "address-not-allowed");
	}
	rig_resolve(&rig, refused, sizeof(refused) / sizeof(refused[0]));
	rig.when = INSIDE;
	assert_null(poster_post(&rig, URL, sts_str("x"), LONG, &sent));
	assert_sent(&sent, STS_SENT_REFUSED, "address-not-allowed");
	rig_close(&rig);
	assert_int_equal(server_seen(server).accepts, 0);
	server_close(server);
}

/* Of two only the one that is allowed. */
static void
the_allowed_address(void **state)
{
	static const char *const both[] = {"10.1.2.3", "127.0.0.1"};
	struct server *server = server_open(&good);
	struct sent sent;
	struct rig rig;

	(void)state;
	rig_open(&rig, server_port(server));
	rig_start(&rig);
	rig_resolve(&rig, both, 2);
	poster_post(&rig, URL, sts_str("x"), LONG, &sent);
	poster_wait(&rig, &sent);
	assert_sent(&sent, STS_SENT_ACCEPTED, "http-200");
	assert_int_equal(server_seen(server).accepts, 1);
	rig_close(&rig);
	server_close(server);
}

static void
urls_that_are_refused(void **state)
{
	static const struct {
		const char *url, *why; /* NULL: as curl likes */
	} cases[] = {
	    {"", "url"},
	    {"http://" HOST "/", "url"},
	    {"ftp://" HOST "/", "url"},
	    {"file:///etc/passwd", "url"},
	    {"https:/" HOST "/", "url"},
	    {"//" HOST "/", "url"},
	    {HOST, "url"},
	    {"https://" HOST "/a b", "url"},
	    {"https://" HOST "/a\r\nX: y", "url"},
	    {"https://" HOST "/\xc3\xa9", "url"},
	    {"https://", "url"},
	    {"https:///x", "url"},
	    {"https://u@" HOST "/", "user"},
	    {"https://u:p@" HOST "/", "user"},
	    {"https://@" HOST "/", "user"},
	    {"https://a\\@" HOST "/", NULL},
	    {"https://" HOST ":25/", "port"},
	    {"https://" HOST ":80/", "port"},
	    {"https://" HOST ":4430/", "port"},
	    {"https://" HOST ":0/", NULL},
	    {"https://" HOST ":99999/", NULL},
	    {"https://" HOST ":443x/", NULL},
	    {"https://127.0.0.1/", "host"},
	    {"https://127.1/", "host"},
	    {"https://0x7f.1/", "host"},
	    {"https://2130706433/", "host"},
	    {"https://017700000001/", "host"},
	    {"https://[::1]/", "host"},
	    {"https://[::ffff:7f00:1]/", "host"},
	    {"https://a_b.example/", "host"},
	    {"https://a..example/", "host"},
	    {"https://%31%32%37.0.0.1/", "host"},
	    {"https://a%0d%0ab.example/", NULL},
	};
	char longest[1100];
	struct sent sent;
	struct rig rig;

	(void)state;
	rig_open(&rig, 9);
	rig_start(&rig);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (poster_post(
			&rig, cases[i].url, sts_str("x"), 5000, &sent) != NULL)
			fail_msg("%s is taken", cases[i].url);
		if (sent.result != STS_SENT_REFUSED ||
		    (cases[i].why != NULL &&
			strcmp(sent.why, cases[i].why) != 0))
			fail_msg(
			    "%s: %d %s", cases[i].url, sent.result, sent.why);
		assert_int_equal(sent.calls, 1);
	}
	snprintf(longest, sizeof(longest), "%s%0*d", URL,
	    (int)(1025 - strlen(URL)), 0);
	assert_null(poster_post(&rig, longest, sts_str("x"), LONG, &sent));
	assert_sent(&sent, STS_SENT_REFUSED, "url");
	assert_int_equal(rig.lookups, 0);
	rig_close(&rig);
}

/* Case, the port that is meant anyway, a fragment, the longest. */
static void
urls_that_are_taken(void **state)
{
	static char longest[1025];
	const char *const urls[] = {"HTTPS://MTA-STS.Example.COM:443/x?y#z",
	    "https://" HOST, "https://" HOST "./x?y", "https://" HOST "?y",
	    "https://" HOST "/a@b", longest};
	static const char *const lines[] = {"POST /x?y HTTP/1.1\r\n",
	    "POST / HTTP/1.1\r\n", "POST /x?y HTTP/1.1\r\n",
	    "POST /?y HTTP/1.1\r\n", "POST /a@b HTTP/1.1\r\n",
	    "POST /v1/tlsrpt?a=b0"};
	struct sent sent;

	(void)state;
	snprintf(longest, sizeof(longest), "%s%0*d", URL,
	    (int)(1024 - strlen(URL)), 0);
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		struct server *server = server_open(&good);
		struct seen seen;
		struct rig rig;

		rig_open(&rig, server_port(server));
		rig_start(&rig);
		poster_post(&rig, urls[i], sts_str("x"), LONG, &sent);
		poster_wait(&rig, &sent);
		assert_sent(&sent, STS_SENT_ACCEPTED, "http-200");
		assert_string_equal(rig.asked, HOST);
		seen = server_seen(server);
		assert_memory_equal(seen.request, lines[i], strlen(lines[i]));
		assert_string_equal(seen.sni, HOST);
		rig_close(&rig);
		server_close(server);
	}
}

static void
what_dns_says(void **state)
{
	static const struct {
		enum sts_dns_status dns;
		enum sts_sent result;
		const char *why, *line;
	} cases[] = {
	    {STS_DNS_ABSENT, STS_SENT_RETRY, "dns-absent", NULL},
	    {STS_DNS_SERVFAIL, STS_SENT_RETRY, "dns", NULL},
	    {STS_DNS_BOGUS, STS_SENT_RETRY, "dns-bogus", NULL},
	    {STS_DNS_LOCAL, STS_SENT_LOCAL, "dns", "report-post host=" HOST},
	};
	struct sent sent;
	struct rig rig;

	(void)state;
	rig_open(&rig, 9);
	rig_start(&rig);
	for (size_t i = 0; i < 2 * sizeof(cases) / sizeof(cases[0]); i++) {
		rig.when = i % 2 ? INSIDE : LATER;
		rig.status = cases[i / 2].dns;
		rig.expect = cases[i / 2].line;
		assert_int_equal(
		    poster_post(&rig, URL, sts_str("x"), LONG, &sent) == NULL,
		    i % 2);
		poster_wait(&rig, &sent);
		assert_sent(&sent, cases[i / 2].result, cases[i / 2].why);
	}
	rig_close(&rig);
}

static void
nobody_there(void **state)
{
	struct sent sent;
	struct rig rig;

	(void)state;
	rig_open(&rig, 1);
	rig_start(&rig);
	poster_post(&rig, URL, sts_str("x"), LONG, &sent);
	poster_wait(&rig, &sent);
	assert_sent(&sent, STS_SENT_RETRY, "connect");
	rig.when = NEVER;
	poster_post(&rig, URL, sts_str("x"), 100, &sent);
	poster_wait(&rig, &sent);
	assert_sent(&sent, STS_SENT_RETRY, "dns");
	rig_close(&rig);
}

/* In the lookup, waiting for room, in the transfer. */
static void
cancelled_at_each_stage(void **state)
{
	struct server *server = server_open(&holding);
	struct sts_send *send[3];
	struct sent sent[3];
	struct rig rig;

	(void)state;
	rig_open(&rig, server_port(server));
	rig.config.per_address_max = 1;
	rig_start(&rig);
	rig.when = NEVER;
	send[0] = poster_post(&rig, URL, sts_str("x"), LONG, &sent[0]);
	poster_cancel(&rig, send[0]);
	assert_int_equal(rig.cancels, 1);
	rig.when = INSIDE;
	send[1] = poster_post(&rig, URL, sts_str("x"), LONG, &sent[1]);
	send[2] = poster_post(&rig, URL, sts_str("x"), LONG, &sent[2]);
	while (server_seen(server).requests < 1)
		event_base_loop(rig.base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
	poster_cancel(&rig, send[2]);
	poster_cancel(&rig, send[1]);
	server_release(server);
	rig_turn(&rig);
	for (int i = 0; i < 3; i++)
		assert_int_equal(sent[i].calls, 0);
	poster_post(&rig, URL, sts_str("x"), LONG, &sent[0]);
	poster_wait(&rig, &sent[0]);
	assert_sent(&sent[0], STS_SENT_ACCEPTED, "http-200");
	rig_close(&rig);
	server_close(server);
}

/* Unlike a policy, a report waits for room as long as it has time. */
static void
waits_for_room(void **state)
{
	struct server *server = server_open(&holding);
	struct sent sent[3];
	struct rig rig;

	(void)state;
	rig_open(&rig, server_port(server));
	rig.config.per_address_max = 1;
	rig.expect = "report-post host=" HOST " result=local";
	rig_start(&rig);
	for (int i = 0; i < 3; i++)
		poster_post(
		    &rig, URL, sts_str("x"), i == 2 ? 300 : 9000, &sent[i]);
	poster_wait(&rig, &sent[2]);
	assert_sent(&sent[2], STS_SENT_LOCAL, "busy");
	rig_run(&rig, 1200);
	assert_int_equal(sent[0].calls + sent[1].calls, 0);
	assert_int_equal(server_seen(server).accepts, 1);
	server_release(server);
	poster_wait(&rig, &sent[0]);
	poster_wait(&rig, &sent[1]);
	assert_sent(&sent[0], STS_SENT_ACCEPTED, "http-200");
	assert_sent(&sent[1], STS_SENT_ACCEPTED, "http-200");
	rig_close(&rig);
	server_close(server);
}

static void
freed_with_open_posts(void **state)
{
	struct server *server = server_open(&holding);
	struct sent sent[3];
	struct rig rig;

	(void)state;
	rig_open(&rig, server_port(server));
	rig.config.per_address_max = 1;
	rig.expect = "report-post host=" HOST " result=local";
	rig_start(&rig);
	rig.when = INSIDE;
	poster_post(&rig, URL, sts_str("x"), LONG, &sent[0]);
	poster_post(&rig, URL, sts_str("x"), LONG, &sent[1]);
	rig.when = NEVER;
	poster_post(&rig, URL, sts_str("x"), LONG, &sent[2]);
	while (server_seen(server).requests < 1)
		event_base_loop(rig.base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
	sts_fetcher_free(rig.fetcher);
	rig.fetcher = NULL;
	for (int i = 0; i < 3; i++)
		assert_sent(&sent[i], STS_SENT_LOCAL, "closing");
	rig_close(&rig);
	server_close(server);
}

/* No proxy of the environment; no mail. */
static void
nothing_else(void **state)
{
	struct server *server = server_open(&good);
	struct sts_sending way;
	struct sent sent;
	struct rig rig;

	(void)state;
	setenv("https_proxy", "http://127.0.0.1:1", 1);
	setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
	rig_open(&rig, server_port(server));
	rig_start(&rig);
	poster_post(&rig, URL, sts_str("x"), LONG, &sent);
	poster_wait(&rig, &sent);
	assert_sent(&sent, STS_SENT_ACCEPTED, "http-200");
	unsetenv("https_proxy");
	unsetenv("ALL_PROXY");
	way = sts_post_sending(rig.fetcher);
	sent.calls = 0;
	assert_null(way.ops->mail(way.ctx, "a@b", "c@d", sts_str("x"),
	    INT64_MAX, poster_on_sent, &sent));
	assert_sent(&sent, STS_SENT_LOCAL, "posts only");
	rig_close(&rig);
	server_close(server);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(addresses_that_are_not_allowed),
	    cmocka_unit_test(the_allowed_address),
	    cmocka_unit_test(urls_that_are_refused),
	    cmocka_unit_test(urls_that_are_taken),
	    cmocka_unit_test(what_dns_says),
	    cmocka_unit_test(nobody_there),
	    cmocka_unit_test(cancelled_at_each_stage),
	    cmocka_unit_test(waits_for_room),
	    cmocka_unit_test(freed_with_open_posts),
	    cmocka_unit_test(nothing_else),
	};

	return cmocka_run_group_tests_name(
	    "post ends", tests, rig_group_setup, rig_group_teardown);
}
