/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

#include "sts/patient.h"

/* The one timer that may be set, and the hands of the clock. */
struct sts_timer {
	void (*fn)(void *arg);
	void *arg;
	int64_t at;
};

static struct {
	int64_t mono;
	struct sts_timer *timer;
	int local;   /* so many answers are our limit's, inside the call */
	bool silent; /* then nothing comes for now */
	int64_t takes;
	unsigned asked, told, cancelled;
	int64_t deadline;
	enum sts_dns_status status;
	sts_dns_cb *cb;
	void *arg;
} now;

static struct sts_patient *patient;

static int64_t
mono(void *ctx)
{
	(void)ctx;
	return now.mono;
}

static struct sts_timer *
set(void *ctx, int64_t at, void (*fn)(void *arg), void *arg)
{
	(void)ctx;
	assert_null(now.timer);
	now.timer = malloc(sizeof(*now.timer));
	assert_non_null(now.timer);
	*now.timer = (struct sts_timer){fn, arg, at};
	return now.timer;
}

static void
forget(void *ctx, struct sts_timer *timer)
{
	(void)ctx;
	assert_ptr_equal(timer, now.timer);
	free(timer);
	now.timer = NULL;
}

static void
turn(void)
{
	struct sts_timer timer;

	assert_non_null(now.timer);
	timer = *now.timer;
	free(now.timer);
	now.timer = NULL;
	now.mono = timer.at;
	timer.fn(timer.arg);
}

static struct sts_dns_query *
ask(void *ctx, const char *name, int64_t deadline, sts_dns_cb *cb, void *arg)
{
	struct sts_dns_answer answer = {.status = STS_DNS_LOCAL};

	(void)ctx;
	assert_string_equal(name, "a.example");
	now.asked++;
	now.deadline = deadline;
	now.cb = cb;
	now.arg = arg;
	if (now.local == 0 && now.silent)
		return (struct sts_dns_query *)(void *)&now;
	if (now.local > 0)
		now.local--;
	else
		answer.status = STS_DNS_ABSENT;
	now.mono += now.takes;
	cb(arg, &answer);
	return NULL;
}

static struct sts_address_query *
lookup(void *ctx, const char *host, int64_t deadline, sts_address_cb *cb,
    void *arg)
{
	struct sts_address_answer answer = {
	    .status = now.local-- > 0 ? STS_DNS_LOCAL : STS_DNS_ABSENT};

	(void)ctx;
	(void)host;
	(void)deadline;
	now.asked++;
	cb(arg, &answer);
	return NULL;
}

static void
cancel(void *ctx, struct sts_dns_query *query)
{
	(void)ctx;
	assert_ptr_equal(query, &now);
	now.cancelled++;
}

static void
keep(void *arg, const struct sts_dns_answer *answer)
{
	(void)arg;
	now.told++;
	now.status = answer->status;
}

static void
keep_address(void *arg, const struct sts_address_answer *answer)
{
	(void)arg;
	now.told++;
	now.status = answer->status;
}

static int
setup(void **state)
{
	static const struct sts_clock_ops clock_ops = {
	    .mono = mono, .timer = set, .cancel = forget};
	static const struct sts_dns_ops dns_ops = {
	    .txt = ask, .mx = ask, .tlsa = ask, .cancel = cancel};
	static const struct sts_addresses_ops address_ops = {.lookup = lookup};

	(void)state;
	now.mono = 1000;
	now.timer = NULL;
	now.local = 0;
	now.silent = false;
	now.takes = 0;
	now.asked = now.told = now.cancelled = 0;
	patient = sts_patient_new((struct sts_dns){&dns_ops, NULL},
	    (struct sts_addresses){&address_ops, NULL},
	    (struct sts_clock){&clock_ops, NULL});
	return patient != NULL ? 0 : -1;
}

static int
teardown(void **state)
{
	(void)state;
	assert_null(now.timer);
	sts_patient_free(patient);
	return 0;
}

static struct sts_dns_query *
begin(void)
{
	struct sts_dns dns = sts_patient_dns(patient);

	return dns.ops->txt(dns.ctx, "a.example", now.mono + 5000, keep, NULL);
}

static void
at_once(void **state)
{
	(void)state;
	assert_null(begin());
	assert_int_equal(now.told, 1);
	assert_int_equal(now.status, STS_DNS_ABSENT);
	assert_int_equal(now.asked, 1);
}

/* Each try has the whole time of a question. */
static void
until_there_is_room(void **state)
{
	(void)state;
	now.local = 3;
	assert_non_null(begin());
	assert_int_equal(now.told, 0);
	turn();
	turn();
	assert_int_equal(now.told, 0);
	turn();
	assert_int_equal(now.told, 1);
	assert_int_equal(now.asked, 4);
	assert_int_equal(now.mono, 4000);
	assert_int_equal(now.deadline, 9000);
}

static void
a_minute_at_most(void **state)
{
	(void)state;
	now.local = 1000;
	assert_non_null(begin());
	while (now.timer != NULL)
		turn();
	assert_int_equal(now.told, 1);
	assert_int_equal(now.status, STS_DNS_LOCAL);
	assert_in_range(now.asked, 60, 63);
}

/* What took its time was no full house: it would take that again. */
static void
slow_failure(void **state)
{
	(void)state;
	now.local = 1000;
	now.takes = 4000;
	assert_null(begin());
	assert_int_equal(now.told, 1);
	assert_int_equal(now.asked, 1);
}

static void
cancelled(void **state)
{
	struct sts_dns dns = sts_patient_dns(patient);
	struct sts_dns_query *query;

	(void)state;
	now.local = 1;
	now.silent = true;
	query = begin();
	dns.ops->cancel(dns.ctx, query); /* while it waits for its turn */
	assert_int_equal(now.cancelled, 0);
	query = begin();
	dns.ops->cancel(dns.ctx, query); /* while it is asked */
	assert_int_equal(now.cancelled, 1);
	now.local = 1;
	query = begin();
	turn();
	dns.ops->cancel(dns.ctx, query);
	assert_int_equal(now.cancelled, 2);
	assert_int_equal(now.told, 0);
}

/* Who is late is asked once more, and has the same time again. */
static void
late(void **state)
{
	struct sts_dns_answer answer = {.status = STS_DNS_TIMEOUT};

	(void)state;
	now.silent = true;
	assert_non_null(begin());
	now.mono += 5000;
	now.cb(now.arg, &answer);
	assert_int_equal(now.told, 0);
	turn();
	assert_int_equal(now.asked, 2);
	assert_int_equal(now.deadline, now.mono + 5000);
	now.cb(now.arg, &answer);
	assert_int_equal(now.told, 1);
	assert_int_equal(now.status, STS_DNS_TIMEOUT);
}

/* An answer that comes later. */
static void
later(void **state)
{
	struct sts_dns_answer answer = {.status = STS_DNS_FOUND};

	(void)state;
	now.silent = true;
	assert_non_null(begin());
	now.cb(now.arg, &answer);
	assert_int_equal(now.told, 1);
	assert_int_equal(now.status, STS_DNS_FOUND);
}

static void
addresses(void **state)
{
	struct sts_addresses of = sts_patient_addresses(patient);

	(void)state;
	now.local = 1;
	assert_non_null(of.ops->lookup(
	    of.ctx, "a.example", now.mono + 5000, keep_address, NULL));
	turn();
	assert_int_equal(now.told, 1);
	assert_int_equal(now.asked, 2);
	now.local = 1;
	of.ops->cancel(of.ctx, of.ops->lookup(of.ctx, "a.example",
				   now.mono + 5000, keep_address, NULL));
	assert_int_equal(now.told, 1);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
	    T(at_once),
	    T(until_there_is_room),
	    T(a_minute_at_most),
	    T(slow_failure),
	    T(cancelled),
	    T(late),
	    T(later),
	    T(addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
