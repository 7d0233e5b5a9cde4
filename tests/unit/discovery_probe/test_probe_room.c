/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "rig.h"

/* Who waits for an address gets it when another goes on to its next one. */
static void
room_by_address(void **state)
{
	static const char *const both[] = {"127.0.0.2", "127.0.0.1"};
	static const struct mx_script bad = {
	    .address = "127.0.0.2", .ehlo = "250 mx\r\n"};
	struct mx_script slow = {.hang = MX_AT_GREETING};
	struct mx *mx = mx_open(&slow, 0);
	struct mx *first = mx_open(&bad, mx_port(mx));
	struct got one = {0}, two = {0};

	(void)state;
	rig_resolve(both, 2);
	rig_open(mx_port(mx), 8, 1, false);
	sts_probe(rig_prober, HOST, rig_mono(NULL) + LONG, rig_keep, &one);
	rig_resolve(both, 1);
	sts_probe(rig_prober, HOST, rig_mono(NULL) + 4000, rig_keep, &two);
	rig_wait(&two);
	assert_int_equal(two.status, STS_PROBE_DEFECT);
	assert_int_equal(one.calls, 0);
	rig_close();
	mx_close(first);
	mx_close(mx);
}

/* Many at rig_once: no more connections than allowed, none is forgotten. */
static void
limits(void **state)
{
	static const char *const here[] = {"127.0.0.1"};
	struct mx_script script = {.cert = CERT_GOOD};
	struct mx *mx = mx_open(&script, 0);
	struct got got[12] = {{0}};

	(void)state;
	rig_resolve(here, 1);
	for (size_t total = 2; total <= 8; total += 6) {
		memset(got, 0, sizeof(got));
		rig_open(mx_port(mx), total, 2, false);
		for (size_t i = 0; i < 12; i++)
			sts_probe(rig_prober, HOST, rig_mono(NULL) + LONG,
			    rig_keep, &got[i]);
		for (size_t i = 0; i < 12; i++) {
			rig_wait(&got[i]);
			assert_int_equal(got[i].status, STS_PROBE_GOOD);
		}
		rig_close();
	}
	/* The server sees an end later than we do. */
	assert_in_range(mx_seen(mx).accepts, 24, 24);
	mx_close(mx);
}

static void
no_room(void **state)
{
	static const char *const here[] = {"127.0.0.1"};
	struct mx_script script = {.hang = MX_AT_GREETING};
	struct mx *mx = mx_open(&script, 0);
	struct got first = {0}, second = {0}, third = {0};
	struct sts_probe_request *cancelled;

	(void)state;
	rig_resolve(here, 1);
	rig_open(mx_port(mx), 8, 1, false);
	sts_probe(rig_prober, HOST, rig_mono(NULL) + LONG, rig_keep, &first);
	sts_probe(rig_prober, HOST, rig_mono(NULL) + 50, rig_keep, &second);
	cancelled =
	    sts_probe(rig_prober, HOST, rig_mono(NULL) + 50, rig_keep, &third);
	assert_non_null(cancelled);
	sts_probe_cancel(cancelled);
	rig_wait(&second);
	assert_int_equal(second.status, STS_PROBE_LOCAL);
	assert_string_equal(second.detail, "busy");
	rig_close(); /* the first is open */
	assert_int_equal(first.status, STS_PROBE_LOCAL);
	assert_string_equal(first.detail, "closing");
	assert_int_equal(third.calls, 0);
	/* None, if the server has had no processor yet. */
	assert_in_range(mx_seen(mx).most_open, 0, 1);
	mx_close(mx);
}

/* Who waited for room has as much time as who did not. */
static void
patient(void **state)
{
	static const char *const here[] = {"127.0.0.1"};
	struct mx_script script = {.hang = MX_AT_GREETING};
	struct mx *mx = mx_open(&script, 0);
	struct got got[3] = {{0}};
	int64_t from = rig_mono(NULL);

	(void)state;
	rig_resolve(here, 1);
	rig_patient = true;
	rig_open(mx_port(mx), 8, 1, false);
	rig_patient = false;
	for (size_t i = 0; i < 3; i++)
		sts_probe(rig_prober, HOST, from + (i == 0 ? 100 : 150),
		    rig_keep, &got[i]);
	for (size_t i = 0; i < 3; i++) {
		rig_wait(&got[i]);
		assert_int_equal(got[i].status, STS_PROBE_SLOW);
		assert_string_equal(got[i].detail, "reply-timeout");
	}
	assert_in_range(rig_mono(NULL) - from, 390, 4000);
	rig_close();
	mx_close(mx);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(room_by_address),
	    cmocka_unit_test(limits),
	    cmocka_unit_test(no_room),
	    cmocka_unit_test(patient),
	};

	return cmocka_run_group_tests_name(
	    "room", tests, rig_setup, rig_teardown);
}
