/* SPDX-License-Identifier: ISC */
/* The fetcher's contract: what is asked, what DNS says, cancel and free. */
#include <event2/event.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "rig.h"

static const struct script good = {.reply = GOOD};
static const struct script holding = {.hold = true, .reply = GOOD};

/* HTT-1, HTT-5, HTT-14: the octets the server read. */
static void
asks_what_the_rfc_says(void **state)
{
	struct server *server = server_open(&good);
	struct result result;
	struct seen seen;
	struct rig rig;
	char host[64];

	(void)state;
	rig_open(&rig, server_port(server));
	rig_start(&rig);
	rig_fetch(&rig, LONG, &result);
	assert_string_equal(rig.asked, HOST);
	assert_int_equal(rig.lookups, 1);
	seen = server_seen(server);
	snprintf(host, sizeof(host), "\r\nHost: " HOST ":%u\r\n",
	    server_port(server));
	assert_ptr_equal(
	    strstr(seen.request, "GET /.well-known/mta-sts.txt HTTP/1.1\r\n"),
	    seen.request);
	assert_non_null(strstr(seen.request, host));
	assert_non_null(
	    strstr(seen.request, "\r\nUser-Agent: stsgate/" STS_VERSION
				 " (MTA-STS policy fetch, RFC 8461)\r\n"));
	assert_null(strcasestr(seen.request, "accept-encoding"));
	assert_null(strcasestr(seen.request, "authorization"));
	assert_null(strcasestr(seen.request, "cookie"));
	assert_null(strcasestr(seen.request, "referer"));
	rig_close(&rig);
	server_close(server);
}

/* Each outcome of DNS, both inside the call and later. */
static void
tells_dns_outcomes_apart(void **state)
{
	static const struct {
		enum sts_dns_status dns;
		enum sts_http_status status;
		const char *detail;
		const char *line;
	} cases[] = {
	    {STS_DNS_ABSENT, STS_HTTP_FETCH, "dns-absent", NULL},
	    {STS_DNS_SERVFAIL, STS_HTTP_FETCH, "dns", NULL},
	    {STS_DNS_TIMEOUT, STS_HTTP_FETCH, "dns", NULL},
	    {STS_DNS_BOGUS, STS_HTTP_FETCH, "dns-bogus", NULL},
	    {STS_DNS_LOCAL, STS_HTTP_LOCAL, "dns", "fetch "},
	};
	struct result result;
	struct rig rig;

	(void)state;
	rig_open(&rig, 9);
	rig_start(&rig);
	for (size_t i = 0; i < 2 * sizeof(cases) / sizeof(cases[0]); i++) {
		struct sts_http_request *req;

		rig.when = i % 2 ? INSIDE : LATER;
		rig.status = cases[i / 2].dns;
		rig.expect = cases[i / 2].line;
		rig.lines = 0;
		req = rig_get(&rig, DOMAIN, LONG, &result);
		assert_int_equal(result.calls, i % 2);
		assert_int_equal(req == NULL, i % 2);
		rig_wait(&rig, &result);
		rig_turn(&rig);
		assert_result(
		    &result, cases[i / 2].status, cases[i / 2].detail);
		assert_int_equal(result.code, 0);
		assert_int_equal(rig.lines, rig.expect != NULL);
	}
	rig_close(&rig);
}

static void
dns_that_never_answers(void **state)
{
	struct result result;
	struct rig rig;

	(void)state;
	rig_open(&rig, 9);
	rig.when = NEVER;
	rig_start(&rig);
	rig_fetch(&rig, 200, &result);
	assert_result(&result, STS_HTTP_FETCH, "dns");
	assert_int_equal(rig.cancels, 1);
	rig_close(&rig);
}

static void
addresses_inside_the_call(void **state)
{
	struct server *server = server_open(&good);
	struct result result;
	struct rig rig;

	(void)state;
	rig_open(&rig, server_port(server));
	rig.when = INSIDE;
	rig_start(&rig);
	assert_non_null(rig_get(&rig, DOMAIN, LONG, &result));
	rig_wait(&rig, &result);
	assert_result(&result, STS_HTTP_OK, "");
	rig_close(&rig);
	server_close(server);
}

static void
cancel(struct rig *rig, struct sts_http_request *req)
{
	struct sts_http http = sts_fetcher_http(rig->fetcher);

	http.ops->cancel(http.ctx, req);
}

/* In the lookup, in the queue, in the transfer. */
static void
cancelled_at_each_stage(void **state)
{
	struct server *server = server_open(&holding);
	struct result never, first, second;
	struct sts_http_request *req[3];
	struct rig rig;

	(void)state;
	rig_open(&rig, server_port(server));
	rig.config.per_address_max = 1;
	rig_start(&rig);
	rig.when = NEVER;
	req[0] = rig_get(&rig, DOMAIN, LONG, &never);
	cancel(&rig, req[0]);
	assert_int_equal(rig.cancels, 1);
	rig.when = INSIDE;
	req[1] = rig_get(&rig, DOMAIN, LONG, &first);
	req[2] = rig_get(&rig, DOMAIN, LONG, &second);
	while (server_seen(server).requests < 1)
		event_base_loop(rig.base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
	cancel(&rig, req[2]);
	cancel(&rig, req[1]);
	server_release(server);
	rig_turn(&rig);
	assert_int_equal(never.calls + first.calls + second.calls, 0);
	/* The place is free again. */
	rig_fetch(&rig, LONG, &first);
	assert_result(&first, STS_HTTP_OK, "");
	rig_close(&rig);
	server_close(server);
}

static void
freed_with_open_requests(void **state)
{
	struct server *server = server_open(&holding);
	struct result result[3];
	struct rig rig;

	(void)state;
	rig_open(&rig, server_port(server));
	rig.config.per_address_max = 1;
	rig.expect = "fetch host=" HOST " result=local";
	rig_start(&rig);
	rig.when = INSIDE;
	rig_get(&rig, DOMAIN, LONG, &result[0]);
	rig_get(&rig, DOMAIN, LONG, &result[1]);
	rig.when = NEVER;
	rig_get(&rig, DOMAIN, LONG, &result[2]);
	while (server_seen(server).requests < 1)
		event_base_loop(rig.base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
	sts_fetcher_free(rig.fetcher);
	rig.fetcher = NULL;
	for (int i = 0; i < 3; i++)
		assert_result(&result[i], STS_HTTP_LOCAL, "closing");
	assert_int_equal(rig.lines, 3);
	rig_close(&rig);
	server_close(server);
}

struct again {
	struct sts_http http;
	struct result result;
	unsigned calls, inner;
	struct sts_http_request *other;
};

static void
on_inner(void *arg, const struct sts_http_answer *given)
{
	struct again *again = arg;

	again->inner++;
	assert_int_equal(given->status, STS_HTTP_LOCAL);
}

static void
on_outer(void *arg, const struct sts_http_answer *given)
{
	struct again *again = arg;

	(void)given;
	again->calls++;
	assert_null(
	    again->http.ops->get(again->http.ctx, DOMAIN, 0, on_inner, again));
}

/* Whoever asks again from the callback of a free is told at once. */
static void
asked_again_while_closing(void **state)
{
	struct again again = {.calls = 0};
	struct rig rig;

	(void)state;
	rig_open(&rig, 9);
	rig.when = NEVER;
	rig.expect = "fetch host=" HOST " result=local";
	rig_start(&rig);
	again.http = sts_fetcher_http(rig.fetcher);
	again.http.ops->get(
	    again.http.ctx, DOMAIN, INT64_MAX, on_outer, &again);
	sts_fetcher_free(rig.fetcher);
	rig.fetcher = NULL;
	assert_int_equal(again.calls, 1);
	assert_int_equal(again.inner, 1);
	rig_close(&rig);
}

static void
on_first(void *arg, const struct sts_http_answer *given)
{
	struct again *again = arg;

	assert_int_equal(given->status, STS_HTTP_FETCH);
	again->calls++;
	if (again->other != NULL)
		again->http.ops->cancel(again->http.ctx, again->other);
	again->other = NULL;
}

/* Two end in one turn of curl; the first one's callback drops the second. */
static void
cancelled_by_a_neighbour(void **state)
{
	struct again a = {.calls = 0}, b = {.calls = 0};
	struct rig rig;

	(void)state;
	rig_open(&rig, 1); /* nobody listens */
	rig.when = INSIDE;
	rig_start(&rig);
	a.http = b.http = sts_fetcher_http(rig.fetcher);
	b.other = a.http.ops->get(a.http.ctx, DOMAIN, INT64_MAX, on_first, &a);
	a.other = b.http.ops->get(b.http.ctx, DOMAIN, INT64_MAX, on_first, &b);
	for (int i = 0; i < 1000 && a.calls + b.calls == 0; i++)
		event_base_loop(rig.base, EVLOOP_ONCE);
	for (int i = 0; i < 10; i++)
		rig_turn(&rig);
	assert_int_equal(a.calls + b.calls, 1);
	rig_close(&rig);
}

struct freeing {
	struct rig *rig;
	unsigned calls;
};

static void
on_freeing(void *arg, const struct sts_http_answer *given)
{
	struct freeing *freeing = arg;
	struct sts_fetcher *fetcher = freeing->rig->fetcher;

	freeing->calls++;
	freeing->rig->fetcher = NULL;
	if (fetcher != NULL) {
		assert_int_equal(given->status, STS_HTTP_FETCH);
		sts_fetcher_free(fetcher);
	} else {
		assert_string_equal(given->detail, "closing");
	}
}

/* Two end in one turn; the first one's callback frees the fetcher. */
static void
freed_by_a_callback(void **state)
{
	struct sts_http http;
	struct freeing freeing;
	struct rig rig;

	(void)state;
	rig_open(&rig, 1); /* nobody listens */
	rig.when = INSIDE;
	rig.expect = "fetch host=" HOST " result=local";
	rig_start(&rig);
	freeing = (struct freeing){&rig, 0};
	http = sts_fetcher_http(rig.fetcher);
	for (int i = 0; i < 2; i++)
		http.ops->get(
		    http.ctx, DOMAIN, INT64_MAX, on_freeing, &freeing);
	while (freeing.calls == 0)
		event_base_loop(rig.base, EVLOOP_ONCE);
	assert_int_equal(freeing.calls, 2);
	rig_turn(&rig);
	rig_close(&rig);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(asks_what_the_rfc_says),
	    cmocka_unit_test(tells_dns_outcomes_apart),
	    cmocka_unit_test(dns_that_never_answers),
	    cmocka_unit_test(addresses_inside_the_call),
	    cmocka_unit_test(cancelled_at_each_stage),
	    cmocka_unit_test(freed_with_open_requests),
	    cmocka_unit_test(asked_again_while_closing),
	    cmocka_unit_test(cancelled_by_a_neighbour),
	    cmocka_unit_test(freed_by_a_callback),
	};

	return cmocka_run_group_tests_name(
	    "fetch", tests, rig_group_setup, rig_group_teardown);
}
