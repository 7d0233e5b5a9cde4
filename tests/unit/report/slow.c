/* SPDX-License-Identifier: ISC */
#include "slow.h"

#include <stdlib.h>
#include <string.h>

static struct held_call *
hold(struct slow *s, struct sts_str key)
{
	struct held_call *call = &s->held[s->n_held++];

	assert_true(s->n_held <= SLOW_MAX);
	assert_true(key.n < sizeof(call->key));
	memset(call, 0, sizeof(*call));
	memcpy(call->key, key.p, key.n);
	return call;
}

static void
slow_store_get(void *ctx, enum sts_bucket bucket, struct sts_str key,
    int64_t deadline, sts_store_get_cb *cb, void *arg)
{
	struct slow *s = ctx;
	struct held_call *call;

	assert_int_equal(bucket, STS_BUCKET_REPORT);
	assert_true(deadline > s->f.mono && deadline <= s->f.mono + 10000);
	s->gets++;
	if (s->get_fails) {
		cb(arg, STS_STORE_FAILED, NULL);
	} else if (s->hold_gets) {
		call = hold(s, key);
		call->kind = HELD_GET;
		call->got = cb;
		call->arg = arg;
	} else {
		s->f.store.ops->get(
		    s->f.store.ctx, bucket, key, deadline, cb, arg);
	}
}

static void
slow_store_put(void *ctx, enum sts_bucket bucket,
    const struct sts_store_item *item, int64_t deadline, sts_store_done_cb *cb,
    void *arg)
{
	struct slow *s = ctx;
	struct held_call *call;

	assert_int_equal(bucket, STS_BUCKET_REPORT);
	s->puts++;
	if (s->put_err == STS_OK)
		s->f.store.ops->put(
		    s->f.store.ctx, bucket, item, deadline, NULL, NULL);
	if (!s->hold_puts) {
		cb(arg, s->put_err);
		return;
	}
	call = hold(s, item->key);
	call->kind = HELD_PUT;
	call->done = cb;
	call->arg = arg;
}

static void
slow_store_del(void *ctx, enum sts_bucket bucket, struct sts_str key,
    int64_t deadline, sts_store_done_cb *cb, void *arg)
{
	struct slow *s = ctx;

	s->f.store.ops->del(s->f.store.ctx, bucket, key, deadline, cb, arg);
}

static void
slow_store_walk(void *ctx, enum sts_bucket bucket, struct sts_str after,
    size_t limit, int64_t deadline, sts_store_each_cb *each,
    sts_store_done_cb *done, void *arg)
{
	struct slow *s = ctx;

	s->f.store.ops->walk(
	    s->f.store.ctx, bucket, after, limit, deadline, each, done, arg);
}

static const struct sts_store_ops ops = {.get = slow_store_get,
    .put = slow_store_put,
    .del = slow_store_del,
    .walk = slow_store_walk};

void
slow_init(struct slow *s)
{
	memset(s, 0, sizeof(*s));
	fixture_init(&s->f, MEMORY);
	s->store = (struct sts_store){&ops, s};
	sts_counters_defaults(&s->config);
	slow_restart(s);
}

void
slow_restart(struct slow *s)
{
	sts_counters_free(s->counters);
	s->counters = sts_counters_new(
	    s->store, fixture_clock(&s->f), &s->f.log, &s->config);
	assert_non_null(s->counters);
}

void
slow_fini(struct slow *s)
{
	sts_counters_free(s->counters);
	slow_let_all_go(s);
	fixture_fini(&s->f);
}

void
slow_let_go(struct slow *s)
{
	struct held_call call = s->held[0];

	assert_true(s->n_held > 0);
	s->n_held--;
	memmove(s->held, s->held + 1, s->n_held * sizeof(call));
	if (call.kind == HELD_PUT)
		call.done(call.arg, s->put_err);
	else
		s->f.store.ops->get(s->f.store.ctx, STS_BUCKET_REPORT,
		    sts_str(call.key), FAR, call.got, call.arg);
}

void
slow_let_all_go(struct slow *s)
{
	while (s->n_held > 0)
		slow_let_go(s);
}

static void
added(void *arg, enum sts_err err)
{
	struct slow *s = arg;

	s->told[err]++;
}

void
slow_add(struct slow *s, const char *domain)
{
	struct sts_tls_result r = success();

	r.domain = domain;
	sts_counters_add(s->counters, &r, added, s);
}

struct look {
	enum sts_err err;
	uint64_t sessions;
	unsigned calls;
};

static void
got_tally(void *arg, enum sts_err err, const struct sts_tally *tally)
{
	struct look *look = arg;

	look->calls++;
	look->err = err;
	assert_int_equal(err == STS_OK, tally != NULL);
	if (tally == NULL)
		return;
	check_sums(tally);
	look->sessions = sessions(tally);
}

static struct look
look_at(struct slow *s, int64_t day, const char *domain)
{
	struct look look = {STS_OK, 0, 0};

	sts_counters_get(s->counters, day, domain, got_tally, &look);
	assert_int_equal(look.calls, 1);
	return look;
}

uint64_t
slow_sessions(struct slow *s, int64_t day, const char *domain)
{
	struct look look = look_at(s, day, domain);

	assert_int_equal(look.err, STS_OK);
	return look.sessions;
}

enum sts_err
slow_get(struct slow *s, int64_t day, const char *domain)
{
	return look_at(s, day, domain).err;
}

struct sts_counters_stats
slow_stats(struct slow *s)
{
	struct sts_counters_stats stats;

	sts_counters_stats(s->counters, &stats);
	return stats;
}

void
slow_put_row(struct slow *s, const char *key, const char *text)
{
	put_bytes(&s->f, STS_BUCKET_REPORT, sts_str(key), sts_str(text), FAR);
}
