/* SPDX-License-Identifier: ISC */
/* The cap of connections to an address: full is ours, never the domain's. */
#include <arpa/inet.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>
#include <cmocka.h>

#include "rig.h"

static const struct script holding = {.hold = true, .reply = GOOD};

static void
run_until_requests(struct rig *rig, struct server *server, unsigned n)
{
	while (server_seen(server).requests < n)
		event_base_loop(rig->base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
}

/* Six ask, two may; the server counts. */
static void
no_more_than_so_many_to_an_address(void **state)
{
	struct server *server = server_open(&holding);
	struct result result[6];
	struct rig rig;

	(void)state;
	rig_open(&rig, server_port(server));
	rig.config.per_address_max = 2;
	rig_start(&rig);
	rig_still = true; /* who waits for room waits for no time */
	for (int i = 0; i < 6; i++)
		rig_get(&rig, DOMAIN, LONG, &result[i]);
	run_until_requests(&rig, server, 2);
	rig_turn(&rig);
	assert_int_equal(server_seen(server).open, 2);
	server_release(server);
	for (int i = 0; i < 6; i++) {
		rig_wait(&rig, &result[i]);
		assert_result(&result[i], STS_HTTP_OK, "");
	}
	assert_int_equal(server_seen(server).accepts, 6);
	rig_close(&rig);
	server_close(server);
}

/* Our own limit: local, never the domain's failure. */
static void
busy_until_the_deadline(void **state)
{
	struct server *server = server_open(&holding);
	struct result first, second;
	struct rig rig;

	(void)state;
	rig_open(&rig, server_port(server));
	rig.config.per_address_max = 1;
	rig.expect = "fetch host=" HOST " result=local";
	rig_start(&rig);
	rig_get(&rig, DOMAIN, LONG, &first);
	run_until_requests(&rig, server, 1);
	rig_fetch(&rig, 200, &second);
	assert_result(&second, STS_HTTP_LOCAL, "busy");
	assert_int_equal(rig.lines, 1);
	assert_int_equal(server_seen(server).accepts, 1);
	server_release(server);
	rig_wait(&rig, &first);
	assert_result(&first, STS_HTTP_OK, "");
	rig_close(&rig);
	server_close(server);
}

/* Long before the engine gives up, whatever the deadline. */
static void
busy_comes_soon(void **state)
{
	struct server *server = server_open(&holding);
	struct result first, second;
	struct rig rig;

	(void)state;
	rig_open(&rig, server_port(server));
	rig.config.per_address_max = 1;
	rig.expect = "fetch host=" HOST " result=local";
	rig_start(&rig);
	rig_get(&rig, DOMAIN, 60000, &first);
	run_until_requests(&rig, server, 1);
	rig_fetch(&rig, 60000, &second);
	assert_result(&second, STS_HTTP_LOCAL, "busy");
	assert_in_range(second.ms, 900, LONG);
	/* Its DNS was slow: then there is no time left to wait. */
	rig_get(&rig, DOMAIN, 60000, &second);
	rig_ahead += 3900;
	rig_wait(&rig, &second);
	assert_result(&second, STS_HTTP_LOCAL, "busy");
	assert_in_range(second.ms, 3900, 4800);
	server_release(server);
	rig_wait(&rig, &first);
	assert_result(&first, STS_HTTP_OK, "");
	rig_close(&rig);
	server_close(server);
}

/* Who got room has the whole time, waited or not. */
static void
waited_then_slow(void **state)
{
	struct server *server = server_open(&holding);
	struct result first, second;
	struct sts_http_request *req;
	struct sts_http http;
	struct rig rig;

	(void)state;
	rig_open(&rig, server_port(server));
	rig.config.per_address_max = 1;
	rig_start(&rig);
	http = sts_fetcher_http(rig.fetcher);
	req = rig_get(&rig, DOMAIN, 60000, &first);
	run_until_requests(&rig, server, 1);
	rig_get(&rig, DOMAIN, 60000, &second);
	rig_turn(&rig);
	http.ops->cancel(http.ctx, req);
	run_until_requests(&rig, server, 2);
	rig_run(&rig, 1100);
	server_release(server);
	rig_wait(&rig, &second);
	assert_result(&second, STS_HTTP_OK, "");
	rig_close(&rig);
	server_close(server);
}

/*
 * THR-8: a zone that holds on to an address does not shut out another one, and
 * still there is a bound.
 */
static void
room_for_other_zones(void **state)
{
	static const struct script hang = {.hang = true};
	static const char *const names[] = {
	    "a.greedy.example", "b.greedy.example", "victim.example"};
	struct server *server = server_open(&hang);
	struct result held[4], late[2];
	struct rig rig;

	(void)state;
	rig_open(&rig, server_port(server));
	rig.config.per_address_max = 2;
	rig.expect = "fetch host=mta-sts.";
	rig.when = INSIDE; /* in this order */
	rig_start(&rig);
	for (int i = 0; i < 3; i++)
		rig_get(&rig, names[i], 4000, &held[i]);
	rig_get(&rig, "c.greedy.example", 60000, &late[0]);
	rig_wait(&rig, &late[0]);
	assert_result(&late[0], STS_HTTP_LOCAL, "busy");
	assert_int_equal(server_seen(server).accepts, 3);
	rig_get(&rig, "d.example", 60000, &held[3]);
	rig_get(&rig, "e.example", 60000, &late[1]);
	rig_wait(&rig, &late[1]);
	assert_result(&late[1], STS_HTTP_LOCAL, "busy");
	assert_int_equal(server_seen(server).accepts, 4);
	rig_wait(&rig, &held[2]);
	assert_result(&held[2], STS_HTTP_FETCH, "timeout");
	sts_fetcher_free(rig.fetcher);
	rig.fetcher = NULL;
	rig_close(&rig);
	server_close(server);
}

/*
 * One address is full, the other is dead: had we tried the full one, it may
 * have answered. So this is not a fetch error of the domain.
 */
static void
left_out_address_is_our_limit(void **state)
{
	static const char *const both[] = {"127.0.0.1", "127.0.0.9"};
	struct server *server = server_open(&holding);
	struct result first, second;
	struct rig rig;

	(void)state;
	rig_open(&rig, server_port(server));
	rig.config.per_address_max = 1;
	rig.expect = "fetch host=" HOST " result=local";
	rig_start(&rig);
	rig_get(&rig, DOMAIN, LONG, &first);
	run_until_requests(&rig, server, 1);
	rig_resolve(&rig, both, 2);
	rig_fetch(&rig, LONG, &second);
	assert_result(&second, STS_HTTP_LOCAL, "busy");
	server_release(server);
	rig_wait(&rig, &first);
	rig_close(&rig);
	server_close(server);
}

static int
listen_at(const char *address, unsigned port)
{
	struct sockaddr_in in = {
	    .sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(inet_pton(AF_INET, address, &in.sin_addr), 1);
	assert_int_equal(bind(fd, (struct sockaddr *)&in, sizeof(in)), 0);
	assert_int_equal(listen(fd, 4), 0);
	return fd;
}

/* One is full, the other says nothing: not for as long as the engine waits. */
static void
left_out_address_is_told_soon(void **state)
{
	static const char *const both[] = {"127.0.0.1", "127.0.0.9"};
	struct server *server = server_open(&holding);
	int fd = listen_at("127.0.0.9", server_port(server));
	struct result first, second;
	struct rig rig;

	(void)state;
	rig_open(&rig, server_port(server));
	rig.config.per_address_max = 1;
	rig.expect = "fetch host=" HOST " result=local";
	rig_start(&rig);
	rig_get(&rig, DOMAIN, 60000, &first);
	run_until_requests(&rig, server, 1);
	rig_resolve(&rig, both, 2);
	rig_get(&rig, DOMAIN, 60000, &second);
	rig_ahead += 3500;
	rig_wait(&rig, &second);
	assert_result(&second, STS_HTTP_LOCAL, "busy");
	assert_in_range(second.ms, 3900, LONG);
	server_release(server);
	rig_wait(&rig, &first);
	assert_result(&first, STS_HTTP_OK, "");
	rig_close(&rig);
	close(fd);
	server_close(server);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(no_more_than_so_many_to_an_address),
	    cmocka_unit_test(busy_until_the_deadline),
	    cmocka_unit_test(busy_comes_soon),
	    cmocka_unit_test(waited_then_slow),
	    cmocka_unit_test(room_for_other_zones),
	    cmocka_unit_test(left_out_address_is_our_limit),
	    cmocka_unit_test(left_out_address_is_told_soon),
	};

	return cmocka_run_group_tests_name(
	    "fetch busy", tests, rig_group_setup, rig_group_teardown);
}
