/* SPDX-License-Identifier: ISC */
/* More than the collector takes at once. */
#include "world.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BURST 1000

int __real_event_add(struct event *event, const struct timeval *after);
int __wrap_event_add(struct event *event, const struct timeval *after);

static bool no_event; /* no memory for one */

int
__wrap_event_add(struct event *event, const struct timeval *after)
{
	return no_event ? -1 : __real_event_add(event, after);
}

/* The results are told apart by what their MX is called. */
static void
add_number(struct world *w, unsigned number, enum sts_err want)
{
	char mx[32];
	struct sts_tls_result result;

	snprintf(mx, sizeof(mx), "mx%u.a.example", number);
	result = failure(STS_RESULT_CERTIFICATE_EXPIRED, mx);
	assert_int_equal(sts_collectd_add(w->collectd, &result), want);
}

static void
assert_number(const char *gram, unsigned number)
{
	char mx[32];

	snprintf(mx, sizeof(mx), "\"mx%u.a.example\"", number);
	if (strstr(gram, mx) == NULL)
		fail_msg("%u: %s", number, gram);
}

/* A burst: what its socket does not take waits, in order, and none is lost. */
static void
slow_reader(void **state)
{
	struct world w;
	const char *gram;
	unsigned n = 0;

	(void)state;
	world_open(&w);
	world_listen(&w);
	world_start(&w);
	for (unsigned i = 0; i < BURST; i++)
		add_number(&w, i, STS_OK);
	assert_true(world_stats(&w).waiting > BURST / 2);
	for (unsigned idle = 0; n < BURST && idle < 100; idle++) {
		world_turn(&w);
		if ((gram = world_read(&w)) == NULL)
			continue;
		assert_number(gram, n++);
		idle = 0;
	}
	assert_int_equal(n, BURST);
	assert_int_equal(world_stats(&w).sent, BURST);
	assert_int_equal(world_stats(&w).waiting, 0);
	assert_int_equal(world_stats(&w).dropped, 0);
	world_close(&w);
}

/* Beyond its bound the newest are dropped, counted, and told once a minute. */
static void
beyond(void **state)
{
	struct sts_collectd_stats stats;
	struct world w;
	char text[64];
	unsigned n = 0;

	(void)state;
	world_open(&w);
	world_listen(&w);
	w.config.octets_max = 50000;
	world_start(&w);
	for (unsigned i = 0; i < BURST; i++) {
		struct sts_tls_result result =
		    failure(STS_RESULT_VALIDATION_FAILURE, "mx.a.example");

		n += sts_collectd_add(w.collectd, &result) == STS_OK;
	}
	stats = world_stats(&w);
	assert_in_range(n, 60, 300);
	assert_int_equal(stats.results, BURST);
	assert_int_equal(stats.dropped, BURST - n);
	assert_int_equal(stats.sent + stats.waiting, n);
	took(&w.f, "collectd-dropped", "results=1 reason=queue-full in-all=1");
	turn(&w.f, 59000);
	turn(&w.f, 1000);
	snprintf(text, sizeof(text), "results=%u reason=queue-full in-all=%u",
	    BURST - n - 1, BURST - n);
	took(&w.f, "collectd-dropped", text);
	while (n > 0) {
		world_turn(&w);
		n -= world_read(&w) != NULL;
	}
	turn(&w.f, 60000);
	turn(&w.f, 60000);
	assert_int_equal(world_stats(&w).waiting, 0);
	world_close(&w);
}

/* Those who waited for DNS grow by the record: within the bound, too. */
static void
grown(void **state)
{
	struct world w;
	char record[2048];
	const char *head = RECORD "; x=";

	(void)state;
	memset(record, 'x', sizeof(record));
	memcpy(record, head, strlen(head));
	record[sizeof(record) - 1] = '\0';
	world_open(&w);
	w.config.octets_max = 20000;
	w.record = record;
	w.held = true;
	world_start(&w);
	for (unsigned i = 0; i < 20; i++)
		add_number(&w, i, STS_OK);
	world_answer(&w);
	took(&w.f, "collectd-away", "");
	took(&w.f, "collectd-dropped", "results=1 reason=queue-full");
	assert_in_range(world_stats(&w).waiting, 3, 10);
	assert_int_equal(world_stats(&w).waiting + world_stats(&w).dropped, 20);
	sts_collectd_free(w.collectd);
	w.collectd = NULL;
	took(&w.f, "collectd-dropped", "in-all=20");
	world_close(&w);
}

/* Nobody is there, comes, and begins anew. */
static void
away(void **state)
{
	struct world w;

	(void)state;
	world_open(&w);
	world_start(&w);
	add_number(&w, 0, STS_OK);
	add_number(&w, 1, STS_OK);
	took(&w.f, "collectd-away", "reason=\"No such file or directory\"");
	turn(&w.f, 5000);
	assert_string_equal(world_stats(&w).state, "No such file or directory");
	world_listen(&w);
	turn(&w.f, 1000);
	took(&w.f, "collectd-back", w.path);
	assert_number(world_read(&w), 0);
	assert_number(world_read(&w), 1);
	world_leave(&w);
	add_number(&w, 2, STS_OK);
	took(&w.f, "collectd-away", "reason=\"Connection refused\"");
	world_listen(&w);
	add_number(&w, 3, STS_OK);
	turn(&w.f, 1000);
	took(&w.f, "collectd-back", w.path);
	assert_number(world_read(&w), 2);
	assert_number(world_read(&w), 3);
	assert_string_equal(world_stats(&w).state, "ok");
	assert_int_equal(world_stats(&w).dropped, 0);
	world_close(&w);
}

/* No memory for the time to connect anew: the next result does it. */
static void
no_time(void **state)
{
	struct world w;

	(void)state;
	world_open(&w);
	world_start(&w);
	w.no_timer = true;
	add_number(&w, 0, STS_OK);
	took(&w.f, "collectd-away", "reason=\"No such file or directory\"");
	w.no_timer = false;
	world_listen(&w);
	turn(&w.f, 5000);
	assert_null(world_read(&w));
	add_number(&w, 1, STS_OK);
	took(&w.f, "collectd-back", w.path);
	assert_number(world_read(&w), 0);
	assert_number(world_read(&w), 1);
	world_close(&w);
}

/* None to hear that there is room: it is looked for. */
static void
no_room_heard(void **state)
{
	struct world w;
	const char *gram;
	unsigned n = 0;

	(void)state;
	world_open(&w);
	world_listen(&w);
	world_start(&w);
	no_event = true;
	for (unsigned i = 0; i < 40; i++)
		add_number(&w, i, STS_OK);
	for (unsigned idle = 0; n < 40 && idle < 100; idle++) {
		world_turn(&w);
		while ((gram = world_read(&w)) != NULL)
			assert_number(gram, n++);
	}
	no_event = false;
	assert_int_equal(n, 40);
	assert_int_equal(world_stats(&w).waiting, 0);
	world_close(&w);
}

/* One that no datagram holds is dropped, and those behind it go. */
static void
too_long(void **state)
{
	struct sts_tls_result result = success();
	char *text = malloc(60000);
	struct world w;

	(void)state;
	memset(text, '\1', 60000);
	world_open(&w);
	world_listen(&w);
	world_start(&w);
	result.policy = (struct sts_str){text, 60000};
	assert_int_equal(sts_collectd_add(w.collectd, &result), STS_OK);
	took(&w.f, "collectd-dropped", "results=1 reason=too-long in-all=1");
	memset(text, 'x', 60000);
	assert_int_equal(sts_collectd_add(w.collectd, &result), STS_OK);
	assert_true(strlen(world_read(&w)) > 60000);
	add_number(&w, 7, STS_OK);
	assert_number(world_read(&w), 7);
	assert_int_equal(world_stats(&w).dropped, 1);
	world_close(&w);
	free(text);
}

/* At the end: once more, and the rest is told. */
static void
stopped(void **state)
{
	struct world w;

	(void)state;
	world_open(&w);
	world_listen(&w);
	world_start(&w);
	for (unsigned i = 0; i < 40; i++)
		add_number(&w, i, STS_OK);
	while (world_read(&w) != NULL)
		;
	sts_collectd_free(w.collectd);
	w.collectd = NULL;
	took(&w.f, "collectd-dropped", "reason=stopped in-all=1");
	took(&w.f, "collectd-dropped", "reason=stopped");
	assert_non_null(world_read(&w));
	world_close(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(slow_reader),
	    cmocka_unit_test(beyond),
	    cmocka_unit_test(grown),
	    cmocka_unit_test(away),
	    cmocka_unit_test(no_time),
	    cmocka_unit_test(no_room_heard),
	    cmocka_unit_test(too_long),
	    cmocka_unit_test(stopped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
