/* SPDX-License-Identifier: ISC */
/*
 * A policy from the shared level against a bare GET of the same key over the
 * same connection, one after the other; and what a policy takes in Redis.
 * usage: bench_shared SOCKET
 */
#include <event2/event.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "impl.h"
#include "reply.h"
#include "sts/loop.h"

#define KEYS   1000
#define ROUNDS 31
#define VALUE  430 /* octets of an entry with a policy of 150 */
#define DAY    86400

struct bench {
	struct event_base *base;
	struct sts_clock clock;
	struct sts_redis *redis;
	struct sts_shared shared;
	char value[VALUE];
	unsigned left;
	double got[ROUNDS], bare[ROUNDS];
	long long octets; /* of all keys in Redis */
};

static void
must(int is, const char *what)
{
	if (is)
		return;
	fprintf(stderr, "bench_shared: %s\n", what);
	exit(1);
}

static uint32_t
no_random(void *ctx)
{
	(void)ctx;
	return 1;
}

static double
now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static struct sts_str
name_of(unsigned i, char buf[32])
{
	return (struct sts_str){
	    buf, (size_t)snprintf(buf, 32, "domain%04u.example", i)};
}

static int64_t
soon(const struct bench *bench)
{
	return bench->clock.ops->mono(bench->clock.ctx) + 1000;
}

static void ask(struct bench *bench);

static void
on_got(
    void *arg, enum sts_store_status status, const struct sts_store_item *item)
{
	struct bench *bench = arg;

	must(status == STS_STORE_FOUND && item->value.n == VALUE,
	    "the shared level has no such policy");
	ask(bench);
}

static void
ask(struct bench *bench)
{
	char name[32];

	if (bench->left == 0) {
		event_base_loopbreak(bench->base);
		return;
	}
	bench->shared.ops->get(bench->shared.ctx, STS_BUCKET_POLICY,
	    name_of(--bench->left, name), soon(bench), on_got, bench);
}

static void ask_bare(struct bench *bench);

static void
on_bare(void *arg, const redisReply *reply)
{
	must(sts_rd_is_string(reply) && reply->len > VALUE, "no such key");
	ask_bare(arg);
}

static void
ask_bare(struct bench *bench)
{
	char name[32], buf[STS_RD_KEY_SIZE];
	struct sts_str argv[2] = {sts_str("GET")};

	if (bench->left == 0) {
		event_base_loopbreak(bench->base);
		return;
	}
	argv[1] =
	    sts_rd_key(bench->redis, 'p', name_of(--bench->left, name), buf);
	must(sts_rd_link_send(&bench->redis->link, argv, 2, on_bare, bench),
	    "GET");
}

/* Microseconds of one answer, of KEYS in a row. */
static double
time_of(struct bench *bench, void (*fn)(struct bench *bench))
{
	double begin = now_us();

	bench->left = KEYS;
	fn(bench);
	event_base_dispatch(bench->base);
	return (now_us() - begin) / KEYS;
}

static void
put_all(struct bench *bench)
{
	int64_t wall = bench->clock.ops->wall(bench->clock.ctx);
	char name[32];
	unsigned i;

	for (i = 0; i < KEYS; i++) {
		struct sts_store_item item = {.key = name_of(i, name),
		    .value = {bench->value, VALUE},
		    .expiry = wall + DAY,
		    .fetched = wall,
		    .checked = wall};

		bench->shared.ops->put(
		    bench->shared.ctx, STS_BUCKET_POLICY, &item);
	}
}

static void measure(struct bench *bench);

static void
on_usage(void *arg, const redisReply *reply)
{
	struct bench *bench = arg;

	must(sts_rd_is(reply, REDIS_REPLY_INTEGER), "MEMORY USAGE");
	bench->octets += reply->integer;
	measure(bench);
}

static void
measure(struct bench *bench)
{
	char name[32], buf[STS_RD_KEY_SIZE];
	struct sts_str argv[3] = {sts_str("MEMORY"), sts_str("USAGE")};

	if (bench->left == 0) {
		event_base_loopbreak(bench->base);
		return;
	}
	argv[2] =
	    sts_rd_key(bench->redis, 'p', name_of(--bench->left, name), buf);
	must(sts_rd_link_send(&bench->redis->link, argv, 3, on_usage, bench),
	    "MEMORY");
}

static void
connect_to(struct bench *bench, const char *path)
{
	struct sts_secrets secrets = {.n = 1};
	struct sts_redis_url url = {.kind = STS_REDIS_UNIX};
	struct sts_redis_config config = {.url = &url,
	    .prefix = "stsgate:1:",
	    .secrets = &secrets,
	    .connect_timeout = 1000,
	    .command_timeout = 1000};
	struct sts_addresses none = {NULL, NULL};
	double begin = now_us();

	snprintf(url.path, sizeof(url.path), "%s", path);
	must(sts_redis_open(bench->base, &config, none, bench->clock, NULL,
		 no_random, NULL, &bench->redis) == STS_OK,
	    "open");
	bench->shared = sts_redis_shared(bench->redis);
	while (strcmp(bench->shared.ops->state(bench->shared.ctx), "ok") != 0) {
		must(now_us() - begin < 5e6, "Redis does not answer");
		event_base_loop(bench->base, EVLOOP_ONCE);
	}
}

static int
less(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
median(double *list)
{
	qsort(list, ROUNDS, sizeof(*list), less);
	return list[ROUNDS / 2];
}

int
main(int argc, char **argv)
{
	struct bench bench = {.base = event_base_new()};
	double ratio[ROUNDS];
	int i;

	must(argc == 2 && bench.base != NULL, "usage: bench_shared SOCKET");
	bench.clock = sts_loop_clock(bench.base);
	memset(bench.value, 'v', VALUE);
	connect_to(&bench, argv[1]);
	put_all(&bench);
	(void)time_of(&bench, ask_bare);
	for (i = 0; i < ROUNDS; i++) {
		bench.got[i] = time_of(&bench, ask);
		bench.bare[i] = time_of(&bench, ask_bare);
		ratio[i] = bench.got[i] / bench.bare[i];
	}
	(void)time_of(&bench, measure);
	printf("{\"got_us\": %.2f, \"bare_us\": %.2f, \"ratio\": %.4f, "
	       "\"octets\": %lld}\n",
	    median(bench.got), median(bench.bare), median(ratio),
	    bench.octets / KEYS);
	sts_redis_close(bench.redis);
	event_base_free(bench.base);
	return 0;
}
