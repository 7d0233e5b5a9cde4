/* SPDX-License-Identifier: ISC */
#include "world.h"

static int64_t
wall(void *ctx)
{
	return 1700000000 + ((struct world *)ctx)->mono / 1000;
}

static int64_t
mono(void *ctx)
{
	return ((struct world *)ctx)->mono;
}

/* Timers never fire here; the handle is only counted. */
static struct sts_timer *
timer(void *ctx, int64_t at, void (*fn)(void *arg), void *arg)
{
	struct world *world = ctx;

	(void)at;
	(void)fn;
	(void)arg;
	if (world->no_timers)
		return NULL;
	world->timers++;
	return (struct sts_timer *)ctx;
}

static void
cancel_timer(void *ctx, struct sts_timer *old)
{
	if (old != NULL)
		((struct world *)ctx)->timers--;
}

static void
give_dns(const struct world *world, sts_dns_cb *cb, void *arg)
{
	struct sts_str rr = sts_str("v=STSv1; id=a1");
	struct sts_dns_answer answer = {
	    .status = STS_DNS_FOUND, .ttl = 300, .txt = {&rr, 1}};

	if (world->empty)
		answer = (struct sts_dns_answer){
		    .status = STS_DNS_ABSENT, .ttl = 300};
	cb(arg, &answer);
}

static void
give_http(sts_http_cb *cb, void *arg)
{
	struct sts_http_answer answer = {.status = STS_HTTP_OK, .code = 200};

	answer.body = sts_str("version: STSv1\nmode: enforce\n"
			      "max_age: 604800\nmx: mx.example\n");
	cb(arg, &answer);
}

static struct sts_dns_query *
txt(void *ctx, const char *name, int64_t deadline, sts_dns_cb *cb, void *arg)
{
	struct world *world = ctx;

	(void)name;
	(void)deadline;
	world->txt++;
	if (!world->late) {
		give_dns(world, cb, arg);
		return NULL;
	}
	world->dns_cb = cb;
	world->dns_arg = arg;
	return (struct sts_dns_query *)ctx;
}

static void
cancel_txt(void *ctx, struct sts_dns_query *query)
{
	(void)query;
	((struct world *)ctx)->dns_cb = NULL;
}

static struct sts_http_request *
get_policy(
    void *ctx, const char *domain, int64_t deadline, sts_http_cb *cb, void *arg)
{
	struct world *world = ctx;

	(void)domain;
	(void)deadline;
	world->http++;
	if (!world->late) {
		give_http(cb, arg);
		return NULL;
	}
	world->http_cb = cb;
	world->http_arg = arg;
	return (struct sts_http_request *)ctx;
}

static void
cancel_get(void *ctx, struct sts_http_request *request)
{
	(void)request;
	((struct world *)ctx)->http_cb = NULL;
}

static void
store_get(void *ctx, enum sts_bucket bucket, struct sts_str key,
    int64_t deadline, sts_store_get_cb *cb, void *arg)
{
	struct world *world = ctx;

	(void)bucket;
	(void)key;
	(void)deadline;
	if (world->store_late) {
		world->get_cb = cb;
		world->get_arg = arg;
	} else {
		cb(arg, STS_STORE_MISS, NULL);
	}
}

static void
store_put(void *ctx, enum sts_bucket bucket, const struct sts_store_item *item,
    int64_t deadline, sts_store_done_cb *cb, void *arg)
{
	struct world *world = ctx;

	(void)bucket;
	(void)item;
	(void)deadline;
	if (world->store_late) {
		world->put_cb = cb;
		world->put_arg = arg;
	} else {
		cb(arg, STS_OK);
	}
}

static void
store_del(void *ctx, enum sts_bucket bucket, struct sts_str key,
    int64_t deadline, sts_store_done_cb *cb, void *arg)
{
	(void)ctx;
	(void)bucket;
	(void)key;
	(void)deadline;
	cb(arg, STS_OK);
}

static void
store_walk(void *ctx, enum sts_bucket bucket, struct sts_str after,
    size_t limit, int64_t deadline, sts_store_each_cb *each,
    sts_store_done_cb *done, void *arg)
{
	(void)ctx;
	(void)bucket;
	(void)after;
	(void)limit;
	(void)deadline;
	(void)each;
	done(arg, STS_OK);
}

static void
write_line(void *ctx, enum sts_level level, const char *line)
{
	(void)level;
	(void)line;
	((struct world *)ctx)->lines++;
}

struct sts_deps
world_deps(struct world *world)
{
	static const struct sts_clock_ops clock_ops = {
	    wall, mono, timer, cancel_timer};
	static const struct sts_dns_ops dns_ops = {
	    .txt = txt, .mx = txt, .cancel = cancel_txt};
	static const struct sts_http_ops http_ops = {get_policy, cancel_get};
	static const struct sts_store_ops store_ops = {.get = store_get,
	    .put = store_put,
	    .del = store_del,
	    .walk = store_walk};

	world->log = (struct sts_log){write_line, world, STS_LOG_INFO};
	return (struct sts_deps){.clock = {&clock_ops, world},
	    .dns = {&dns_ops, world},
	    .http = {&http_ops, world},
	    .store = {&store_ops, world},
	    .log = &world->log};
}

static bool
answer_net(struct world *world)
{
	sts_dns_cb *dns_cb = world->dns_cb;
	sts_http_cb *http_cb = world->http_cb;

	world->dns_cb = NULL;
	if (dns_cb != NULL) {
		give_dns(world, dns_cb, world->dns_arg);
		return true;
	}
	world->http_cb = NULL;
	if (http_cb != NULL)
		give_http(http_cb, world->http_arg);
	return http_cb != NULL;
}

static bool
answer_store(struct world *world)
{
	sts_store_done_cb *put_cb = world->put_cb;
	sts_store_get_cb *get_cb = world->get_cb;

	world->put_cb = NULL;
	if (put_cb != NULL) {
		put_cb(world->put_arg, STS_OK);
		return true;
	}
	world->get_cb = NULL;
	if (get_cb != NULL)
		get_cb(world->get_arg, STS_STORE_MISS, NULL);
	return get_cb != NULL;
}

void
world_answer(struct world *world)
{
	while (answer_net(world) || answer_store(world))
		continue;
}
