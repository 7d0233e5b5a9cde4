/* SPDX-License-Identifier: ISC */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <pthread.h>
#include <time.h>
#include <cmocka.h>

#include <arpa/inet.h>

#include "rig.h"

#define MANY 8

static const char *const addresses[MANY] = {"127.0.0.1", "127.0.0.2",
    "127.0.0.3", "127.0.0.4", "127.0.0.5", "127.0.0.6", "127.0.0.7",
    "127.0.0.8"};

static void *
greet_late(void *mx)
{
	static const struct timespec late = {.tv_nsec = 400000000};

	nanosleep(&late, NULL);
	mx_release(mx);
	return NULL;
}

/* A greeting that comes after less than a third of the time is waited for,
 * however many addresses there are. */
static void
many_addresses(void **state)
{
	struct mx_script script = {
	    .cert = CERT_GOOD, .hang = MX_AT_GREETING, .address = "0.0.0.0"};
	struct mx *mx = mx_open(&script, 0);
	pthread_t thread;
	struct got got;

	(void)state;
	rig_resolve(addresses, MANY);
	rig_open(mx_port(mx), 8, 8, false);
	assert_int_equal(pthread_create(&thread, NULL, greet_late, mx), 0);
	rig_probe(2400, &got);
	pthread_join(thread, NULL);
	assert_int_equal(got.status, STS_PROBE_GOOD);
	assert_int_equal(mx_seen(mx).accepts, 1);
	rig_close();
	mx_close(mx);
}

/* Each of them is tried in the end; that none came to TLS is not its fault. */
static void
all_too_slow(void **state)
{
	struct mx_script script = {.hang = MX_AT_TLS, .address = "0.0.0.0"};
	struct mx *mx = mx_open(&script, 0);
	struct got got;

	(void)state;
	rig_resolve(addresses, MANY);
	rig_open(mx_port(mx), 8, 8, false);
	rig_probe(1200, &got);
	assert_int_equal(got.status, STS_PROBE_SLOW);
	assert_string_equal(got.detail, "reply-timeout");
	rig_close();
	assert_in_range(mx_seen(mx).accepts, MANY / 2, MANY);
	mx_close(mx);
}

/* The one that is slow may be the good one, whichever is tried first. */
static void
slow_beside_broken(void **state)
{
	struct mx_script plain = {.ehlo = "250 mx\r\n"};
	struct mx_script slow = {
	    .hang = MX_AT_GREETING, .address = addresses[1]};
	struct mx *broken = mx_open(&plain, 0);
	struct mx *late = mx_open(&slow, mx_port(broken));
	struct got got;

	(void)state;
	rig_open(mx_port(broken), 8, 8, false);
	for (size_t i = 0; i < 2; i++) {
		const char *both[] = {addresses[i], addresses[1 - i]};

		rig_resolve(both, 2);
		rig_probe(600, &got);
		assert_int_equal(got.status, STS_PROBE_SLOW);
		assert_int_equal(
		    ((struct sockaddr_in *)&got.addr)->sin_addr.s_addr,
		    inet_addr(addresses[1]));
	}
	rig_close();
	mx_close(late);
	mx_close(broken);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(many_addresses),
	    cmocka_unit_test(all_too_slow),
	    cmocka_unit_test(slow_beside_broken),
	};

	return cmocka_run_group_tests_name(
	    "share", tests, rig_setup, rig_teardown);
}
