/* SPDX-License-Identifier: ISC */
/* Which domains ask for reports: what is asked, and how long it holds. */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
add_of(struct world *w, const char *domain)
{
	struct sts_tls_result result = success();

	result.domain = domain;
	assert_int_equal(sts_collectd_add(w->collectd, &result), STS_OK);
}

static size_t
read_all(struct world *w)
{
	size_t n = 0;

	while (world_read(w) != NULL)
		n++;
	return n;
}

static void
start(struct world *w)
{
	world_open(w);
	world_listen(w);
	world_start(w);
}

/* All who come meanwhile share a question, and then its answer. */
static void
asked_once(void **state)
{
	struct world w;

	(void)state;
	start(&w);
	w.held = true;
	for (int i = 0; i < 5; i++)
		add_of(&w, "a.example");
	assert_int_equal(w.queries, 1);
	assert_int_equal(read_all(&w), 0);
	assert_int_equal(world_stats(&w).waiting, 5);
	world_answer(&w);
	assert_int_equal(read_all(&w), 5);
	turn(&w.f, 299999);
	add_of(&w, "a.example");
	assert_int_equal(w.queries, 1);
	turn(&w.f, 1);
	add_of(&w, "a.example");
	assert_int_equal(w.queries, 2);
	world_answer(&w);
	assert_int_equal(read_all(&w), 2);
	world_close(&w);
}

/* A minute at least, an hour at most. */
static void
life(void **state)
{
	struct world w;

	(void)state;
	start(&w);
	w.ttl = 0;
	add_of(&w, "a.example");
	turn(&w.f, 59999);
	add_of(&w, "a.example");
	assert_int_equal(w.queries, 1);
	w.ttl = 1000000;
	turn(&w.f, 1);
	add_of(&w, "a.example");
	turn(&w.f, 3599999);
	add_of(&w, "a.example");
	assert_int_equal(w.queries, 2);
	turn(&w.f, 1);
	add_of(&w, "a.example");
	assert_int_equal(w.queries, 3);
	assert_int_equal(read_all(&w), 5);
	world_close(&w);
}

/* Who does not ask is not told of, and that is no loss. */
static void
no_record(void **state)
{
	struct world w;

	(void)state;
	start(&w);
	w.dns = STS_DNS_ABSENT;
	add_of(&w, "a.example");
	add_of(&w, "a.example");
	w.dns = STS_DNS_FOUND;
	w.record = "v=spf1 -all";
	add_of(&w, "b.example");
	assert_int_equal(read_all(&w), 0);
	assert_int_equal(w.queries, 2);
	assert_int_equal(world_stats(&w).unasked, 3);
	assert_int_equal(world_stats(&w).dropped, 0);
	world_close(&w);
}

/* A failure is not "none": what was known holds; else it is a loss. */
static void
trouble(void **state)
{
	struct world w;

	(void)state;
	start(&w);
	w.dns = STS_DNS_SERVFAIL;
	add_of(&w, "a.example");
	took(&w.f, "collectd-dropped", "results=1 reason=dns in-all=1");
	w.dns = STS_DNS_BOGUS;
	add_of(&w, "a.example");
	assert_int_equal(w.queries, 2);
	assert_int_equal(world_stats(&w).dropped, 2);
	assert_int_equal(world_stats(&w).unasked, 0);
	turn(&w.f, 60000);
	took(&w.f, "collectd-dropped", "results=1 reason=dns in-all=2");
	w.dns = STS_DNS_FOUND;
	add_of(&w, "a.example");
	assert_int_equal(read_all(&w), 1);
	turn(&w.f, 300000);
	w.dns = STS_DNS_TIMEOUT;
	add_of(&w, "a.example");
	assert_int_equal(w.queries, 4);
	assert_int_equal(read_all(&w), 1);
	assert_int_equal(world_stats(&w).dropped, 2);
	world_close(&w);
}

/* Bounded: who was looked up longest ago goes; nobody who is. */
static void
many(void **state)
{
	struct world w;

	(void)state;
	world_open(&w);
	world_listen(&w);
	w.config.domains_max = 2;
	world_start(&w);
	add_of(&w, "a.example");
	add_of(&w, "b.example");
	add_of(&w, "c.example");
	add_of(&w, "b.example");
	assert_int_equal(w.queries, 3);
	add_of(&w, "a.example");
	assert_int_equal(w.queries, 4);
	w.held = true;
	add_of(&w, "d.example");
	add_of(&w, "e.example");
	add_of(&w, "f.example");
	took(&w.f, "collectd-dropped", "results=1 reason=domains in-all=1");
	world_answer(&w);
	assert_int_equal(read_all(&w), 7);
	world_close(&w);
}

/* There can be no such name. */
static void
long_name(void **state)
{
	char domain[256] = "";
	struct world w;

	(void)state;
	for (int i = 0; i < 62; i++)
		strcat(domain, "aaa.");
	strcat(domain, "b");
	start(&w);
	add_of(&w, domain);
	assert_int_equal(w.queries, 0);
	assert_int_equal(world_stats(&w).unasked, 1);
	world_close(&w);
}

/* Who publishes much does not fill our memory with it. */
static void
long_record(void **state)
{
	static const char head[] = RECORD "; x=";
	char text[8192];
	struct world w;

	(void)state;
	start(&w);
	memset(text, 'x', sizeof(text));
	memcpy(text, head, strlen(head));
	w.record = text;
	text[4096] = '\0';
	add_of(&w, "a.example");
	assert_int_equal(read_all(&w), 1);
	text[4096] = 'x';
	text[4097] = '\0';
	add_of(&w, "b.example");
	took(&w.f, "collectd-dropped", "results=1 reason=record-too-long");
	/* What was known holds. */
	turn(&w.f, 300000);
	add_of(&w, "a.example");
	assert_int_equal(read_all(&w), 1);
	world_close(&w);
}

/* It ends while DNS is asked. */
static void
ends(void **state)
{
	struct world w;

	(void)state;
	start(&w);
	w.held = true;
	add_of(&w, "a.example");
	add_of(&w, "b.example");
	sts_collectd_free(w.collectd);
	w.collectd = NULL;
	assert_int_equal(w.n_query, 0);
	took(&w.f, "collectd-dropped", "results=1 reason=stopped in-all=1");
	took(&w.f, "collectd-dropped", "results=1 reason=stopped in-all=2");
	world_close(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(asked_once),
	    cmocka_unit_test(life),
	    cmocka_unit_test(no_record),
	    cmocka_unit_test(trouble),
	    cmocka_unit_test(many),
	    cmocka_unit_test(long_name),
	    cmocka_unit_test(long_record),
	    cmocka_unit_test(ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
