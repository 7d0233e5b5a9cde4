/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "entry.h"
#include "bounds.h"
#include "op.h"
#include "state.h"

struct sts_op {
	TAILQ_ENTRY(sts_op) link;
	struct sts_engine *engine; /* NULL: dropped */
	sts_store_get_cb *got;
	sts_store_done_cb *done;
	sts_store_each_cb *each;
	sts_lease_cb *leased;
	void *arg;
	bool calling; /* the store's function has not returned */
	bool ran;
};

static struct sts_op *
op_new(struct sts_engine *engine, sts_store_get_cb *got,
    sts_store_done_cb *done, void *arg)
{
	struct sts_op *op = calloc(1, sizeof(*op));

	if (op == NULL)
		return NULL;
	op->engine = engine;
	op->got = got;
	op->done = done;
	op->arg = arg;
	op->calling = true;
	TAILQ_INSERT_TAIL(&engine->ops, op, link);
	return op;
}

/* Take it out of the engine's list; returns whether anyone waits. */
static bool
op_take(struct sts_op *op)
{
	bool wanted = op->engine != NULL;

	op->ran = true;
	if (wanted)
		TAILQ_REMOVE(&op->engine->ops, op, link);
	op->engine = NULL;
	return wanted;
}

static void
op_end(struct sts_op *op)
{
	if (!op->calling)
		free(op);
}

/* The store's function returned: forget what has run. */
static struct sts_op *
op_called(struct sts_op *op)
{
	op->calling = false;
	if (!op->ran)
		return op;
	free(op);
	return NULL;
}

static void
on_got(
    void *arg, enum sts_store_status status, const struct sts_store_item *item)
{
	struct sts_op *op = arg;
	struct sts_engine *engine = op->engine;

	if (op_take(op)) {
		sts_engine_enter(engine);
		op->got(op->arg, status, item);
		sts_engine_leave(engine);
	}
	op_end(op);
}

static void
on_done(void *arg, enum sts_err err)
{
	struct sts_op *op = arg;
	struct sts_engine *engine = op->engine;

	if (op_take(op) && op->done != NULL) {
		sts_engine_enter(engine);
		op->done(op->arg, err);
		sts_engine_leave(engine);
	}
	op_end(op);
}

static void
on_leased(void *arg, enum sts_lease_status status)
{
	struct sts_op *op = arg;
	struct sts_engine *engine = op->engine;

	if (op_take(op)) {
		sts_engine_enter(engine);
		op->leased(op->arg, status);
		sts_engine_leave(engine);
	}
	op_end(op);
}

static int
on_each(void *arg, const struct sts_store_item *item)
{
	struct sts_op *op = arg;

	return op->engine == NULL ? 1 : op->each(op->arg, item);
}

static int64_t
deadline(struct sts_engine *engine, int64_t ms)
{
	return sts_engine_mono(engine) + ms;
}

struct sts_op *
sts_op_get(struct sts_engine *engine, const char *domain, sts_store_get_cb *got,
    void *arg)
{
	struct sts_store *store = &engine->deps.store;
	struct sts_op *op = op_new(engine, got, NULL, arg);

	if (op == NULL) {
		got(arg, STS_STORE_FAILED, NULL);
		return NULL;
	}
	store->ops->get(store->ctx, STS_BUCKET_POLICY, sts_str(domain),
	    deadline(engine, STS_STORE_GET_MS), on_got, op);
	return op_called(op);
}

/* NULL: no memory. Else the text that the item points to, to be freed. */
static char *
make_item(const char *domain, const struct sts_held *held, bool share,
    struct sts_store_item *item)
{
	char *text = NULL;

	*item = (struct sts_store_item){
	    .key = sts_str(domain), .expiry = held->expires + STS_KEEP_EXPIRED};
	if (share) {
		item->fetched = held->fetched;
		item->checked = held->checked;
		item->ends = held->expires;
	}
	if (sts_entry_encode(domain, held, &text, &item->value.n) != STS_OK)
		return NULL;
	item->value.p = text;
	return text;
}

struct sts_op *
sts_op_put(struct sts_engine *engine, const char *domain,
    const struct sts_held *held, bool share, sts_store_done_cb *done, void *arg)
{
	struct sts_store *store = &engine->deps.store;
	struct sts_op *op = op_new(engine, NULL, done, arg);
	struct sts_store_item item;
	char *text;

	if (op == NULL) {
		done(arg, STS_ENOMEM);
		return NULL;
	}
	text = make_item(domain, held, share, &item);
	if (text == NULL) {
		on_done(op, STS_ENOMEM);
		return op_called(op);
	}
	store->ops->put(store->ctx, STS_BUCKET_POLICY, &item,
	    deadline(engine, STS_STORE_PUT_MS), on_done, op);
	free(text);
	return op_called(op);
}

struct sts_op *
sts_op_del(struct sts_engine *engine, const char *domain,
    sts_store_done_cb *done, void *arg)
{
	struct sts_store *store = &engine->deps.store;
	struct sts_op *op = op_new(engine, NULL, done, arg);

	if (op == NULL) {
		if (done != NULL)
			done(arg, STS_ENOMEM);
		return NULL;
	}
	store->ops->del(store->ctx, STS_BUCKET_POLICY, sts_str(domain),
	    deadline(engine, STS_STORE_PUT_MS), on_done, op);
	return op_called(op);
}

struct sts_op *
sts_op_walk(struct sts_engine *engine, const char *after, size_t limit,
    sts_store_each_cb *each, sts_store_done_cb *done, void *arg)
{
	struct sts_store *store = &engine->deps.store;
	struct sts_op *op = op_new(engine, NULL, done, arg);

	if (op == NULL) {
		done(arg, STS_ENOMEM);
		return NULL;
	}
	op->each = each;
	store->ops->walk(store->ctx, STS_BUCKET_POLICY, sts_str(after), limit,
	    deadline(engine, STS_STORE_PUT_MS), on_each, on_done, op);
	return op_called(op);
}

struct sts_op *
sts_op_peek(struct sts_engine *engine, const char *domain,
    sts_store_get_cb *got, void *arg)
{
	struct sts_shared *shared = &engine->deps.shared;
	struct sts_op *op = op_new(engine, got, NULL, arg);

	if (op == NULL) {
		got(arg, STS_STORE_FAILED, NULL);
		return NULL;
	}
	shared->ops->get(shared->ctx, STS_BUCKET_POLICY, sts_str(domain),
	    deadline(engine, engine->config.shared_wait_ms), on_got, op);
	return op_called(op);
}

struct sts_op *
sts_op_lease(struct sts_engine *engine, const char *domain,
    sts_lease_cb *leased, void *arg)
{
	struct sts_shared *shared = &engine->deps.shared;
	struct sts_op *op = op_new(engine, NULL, NULL, arg);

	if (op == NULL) {
		leased(arg, STS_LEASE_NONE);
		return NULL;
	}
	op->leased = leased;
	shared->ops->lease(shared->ctx, sts_str(domain),
	    engine->config.fetch_timeout_ms + STS_LEASE_SPARE_MS,
	    deadline(engine, engine->config.shared_wait_ms), on_leased, op);
	return op_called(op);
}

void
sts_op_tell(
    struct sts_engine *engine, const char *domain, const struct sts_held *held)
{
	struct sts_shared *shared = &engine->deps.shared;
	struct sts_store_item item;
	char *text = make_item(domain, held, true, &item);

	item.expiry = item.ends;
	if (text != NULL)
		shared->ops->put(shared->ctx, STS_BUCKET_POLICY, &item);
	free(text);
}

void
sts_op_drop(struct sts_op *op)
{
	if (op == NULL || op->engine == NULL)
		return;
	TAILQ_REMOVE(&op->engine->ops, op, link);
	op->engine = NULL;
}

void
sts_op_fail_all(struct sts_engine *engine)
{
	struct sts_op *op;

	while ((op = TAILQ_FIRST(&engine->ops)) != NULL) {
		sts_op_drop(op);
		if (op->got != NULL)
			op->got(op->arg, STS_STORE_FAILED, NULL);
		else if (op->done != NULL)
			op->done(op->arg, STS_ETEMP);
	}
}
