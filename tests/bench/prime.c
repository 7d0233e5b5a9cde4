/* SPDX-License-Identifier: ISC */
/*
 * Puts a live policy into a store, in the form that the engine reads: so the
 * service has it without DNS or HTTPS. bench_prime DIR DOMAIN
 */
#include <event2/event.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "sts/cache.h"

#define DAY 86400

static const char policy[] = "version: STSv1\r\nmode: enforce\r\n"
			     "mx: mail.good.example\r\nmx: *.good.example\r\n"
			     "max_age: 604800\r\n";

static int64_t
now(void *ctx)
{
	(void)ctx;
	return time(NULL);
}

/* Nothing here needs to end in time: a timer never fires. */
static struct sts_timer *
timer(void *ctx, int64_t at, void (*fn)(void *arg), void *arg)
{
	(void)at;
	(void)fn;
	(void)arg;
	return ctx;
}

static void
cancel(void *ctx, struct sts_timer *t)
{
	(void)ctx;
	(void)t;
}

static void
done(void *arg, enum sts_err err)
{
	*(enum sts_err *)arg = err;
}

static int
entry(char *buf, size_t size, const char *domain, int64_t t)
{
	return snprintf(buf, size,
	    "stsgate-policy 1\ndomain %s\nid 20260101T000000\n"
	    "fetched %" PRId64 "\nexpires %" PRId64 "\nrefresh %" PRId64
	    "\ntxt %" PRId64 "\nused %" PRId64 "\nlost 0\ntext %zu\n\n%s",
	    domain, t, t + 7 * DAY, t + DAY, t + DAY, t, strlen(policy),
	    policy);
}

int
main(int argc, char **argv)
{
	static const struct sts_clock_ops ops = {now, now, timer, cancel};
	struct sts_clock clock = {&ops, &clock};
	struct event_base *base = event_base_new();
	enum sts_err err = STS_ETEMP;
	struct sts_store store;
	struct sts_store_item item = {0};
	char text[2048];
	int n;

	if (argc != 3 || base == NULL) {
		fprintf(stderr, "usage: bench_prime DIR DOMAIN\n");
		return 64;
	}
	n = entry(text, sizeof(text), argv[2], now(NULL));
	if (n < 0 || (size_t)n >= sizeof(text) ||
	    sts_cache_lmdb(base, argv[1], clock, NULL, &store) != STS_OK)
		return 1;
	item.key = sts_str(argv[2]);
	item.value = (struct sts_str){text, (size_t)n};
	item.expiry = now(NULL) + 7 * DAY;
	store.ops->put(
	    store.ctx, STS_BUCKET_POLICY, &item, INT64_MAX, done, &err);
	store.ops->close(store.ctx);
	event_base_free(base);
	if (err != STS_OK)
		fprintf(stderr, "bench_prime: %s\n", sts_err_name(err));
	return err == STS_OK ? 0 : 1;
}
