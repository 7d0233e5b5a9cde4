/* SPDX-License-Identifier: ISC */
/*
 * A day of results, counted through LMDB and acknowledged, then every report
 * built. bench_report [RESULTS [DOMAINS]]; prints one JSON object. The file
 * lies in TMPDIR.
 */
#include <event2/event.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "sts/cache.h"
#include "sts/counters.h"
#include "sts/report.h"

#define WINDOW      512 /* results that wait for their commit at once */
#define DAY         20000
#define SECONDS_MAX 30
#define MIB_MAX     64
#define MIB         (1024.0 * 1024.0)

static const char policy[] = "version: STSv1\r\nmode: testing\r\n"
			     "mx: mx1.bench.example\r\n"
			     "mx: mx2.bench.example\r\nmax_age: 604800\r\n";

struct bench {
	struct event_base *base;
	struct sts_counters *counters;
	unsigned long results, domains;
	unsigned long sent, done;
	uint64_t chance;
	unsigned long built, sessions, failed;
	size_t octets; /* of reports */
	char after[STS_DOMAIN_SIZE];
};

static void
must(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "bench_report: %s\n", what);
	exit(1);
}

static int64_t
wall(void *ctx)
{
	(void)ctx;
	return (int64_t)DAY * 86400 + 1000;
}

static int64_t
mono(void *ctx)
{
	struct timespec ts;

	(void)ctx;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Nothing here is late: a timer never fires. */
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

static const struct sts_clock_ops clock_ops = {wall, mono, timer, cancel};

static uint64_t
chance(struct bench *b, uint64_t below)
{
	b->chance ^= b->chance << 13;
	b->chance ^= b->chance >> 7;
	b->chance ^= b->chance << 17;
	return b->chance % below;
}

/* One in ten fails, in one of 60 ways. */
static void
make(struct bench *b, struct sts_tls_result *out, char *domain, size_t size)
{
	static const char *const mx[] = {
	    "mx1.bench.example", "mx2.bench.example"};
	static const char *const ours[] = {"192.0.2.1", "2001:db8::1"};
	static const char *const theirs[] = {
	    "198.51.100.1", "198.51.100.2", "198.51.100.3"};
	unsigned i = (unsigned)chance(b, 2);

	(void)snprintf(domain, size, "d%05" PRIu64 ".bench.example",
	    chance(b, b->domains));
	*out = (struct sts_tls_result){.domain = domain,
	    .policy_type = STS_POLICY_STS,
	    .policy = {policy, sizeof(policy) - 1},
	    .result = STS_RESULT_SUCCESS};
	if (chance(b, 10) > 0)
		return;
	out->result = (enum sts_result_type)(1 + chance(b, 5));
	out->mx = sts_str(mx[i]);
	out->helo = out->mx;
	out->sending_ip = sts_str(ours[chance(b, 2)]);
	out->receiving_ip = sts_str(theirs[chance(b, 3)]);
	out->reason = sts_str("X509_V_ERR_CERT_HAS_EXPIRED");
}

static void
counted(void *arg, enum sts_err err)
{
	struct bench *b = arg;

	must(err == STS_OK, sts_err_name(err));
	b->done++;
}

static void
record(struct bench *b)
{
	struct sts_tls_result result;
	char domain[64];

	while (b->done < b->results) {
		while (b->sent < b->results && b->sent < b->done + WINDOW) {
			make(b, &result, domain, sizeof(domain));
			b->sent++;
			sts_counters_add(b->counters, &result, counted, b);
		}
		must(event_base_loop(b->base, EVLOOP_ONCE) == 0, "loop");
	}
}

static void
build(void *arg, enum sts_err err, const struct sts_tally *tally)
{
	const struct sts_reporter_name name = {
	    "Bench", "tls@bench.example", "bench.example", NULL};
	struct bench *b = arg;
	char *json, *gzip;
	size_t n, packed;

	must(err == STS_OK, sts_err_name(err));
	must(sts_report_json(&name, tally, &json, &n) == STS_OK, "json");
	must(sts_report_gzip((struct sts_str){json, n}, &gzip, &packed) ==
		 STS_OK,
	    "gzip");
	free(json);
	free(gzip);
	b->built++;
	b->octets += packed;
	for (size_t i = 0; i < tally->n_policy; i++) {
		b->sessions += tally->policy[i].successful;
		b->failed += tally->policy[i].failed;
	}
}

static void
each(void *arg, const char *domain)
{
	struct bench *b = arg;

	strcpy(b->after, domain);
	sts_counters_get(b->counters, DAY, domain, build, b);
}

static void
listed(void *arg, enum sts_err err)
{
	(void)arg;
	must(err == STS_OK, "list");
}

static void
build_all(struct bench *b)
{
	unsigned long before;

	do {
		before = b->built;
		sts_counters_list(
		    b->counters, DAY, b->after, 100, each, listed, b);
	} while (b->built > before);
}

static double
seconds(void)
{
	return (double)mono(NULL) / 1e3;
}

static void
print(const char *name, double value, const char *unit, double limit)
{
	printf("\"%s\": {\"value\": %.2f, \"unit\": \"%s\", "
	       "\"against\": \"a limit of %.0f %s\", \"ratio\": %.3f, "
	       "\"goal\": 1, \"met\": %s}",
	    name, value, unit, limit, unit, value / limit,
	    value <= limit ? "true" : "false");
}

static void
run(struct bench *b, const char *path)
{
	double from = seconds(), counted_by, built_by;
	struct rusage usage;
	struct stat st;

	record(b);
	counted_by = seconds();
	build_all(b);
	built_by = seconds();
	must(b->sessions + b->failed == b->results, "the sums are wrong");
	must(stat(path, &st) == 0, path);
	getrusage(RUSAGE_SELF, &usage);
	printf("{");
	print("report_count", counted_by - from, "s", SECONDS_MAX);
	printf(", ");
	print("report_build", built_by - counted_by, "s", SECONDS_MAX);
	printf(", ");
	print("report_all", built_by - from, "s", SECONDS_MAX);
	printf(", ");
	print("report_disk", (double)st.st_blocks * 512 / MIB, "MiB", MIB_MAX);
	printf(", ");
	print("report_rss", (double)usage.ru_maxrss / 1024, "MiB", MIB_MAX);
	printf(", \"report_size\": {\"value\": %.0f, \"unit\": \"octets\", "
	       "\"against\": \"nothing: the mean of %lu\", \"ratio\": 1, "
	       "\"goal\": null, \"met\": null}}\n",
	    (double)b->octets / (double)b->built, b->built);
}

int
main(int argc, char **argv)
{
	struct bench b = {.chance = 8460};
	const char *tmp = getenv("TMPDIR");
	char dir[256], path[300];
	struct sts_clock clock = {&clock_ops, &b};
	struct sts_counters_config config;
	struct sts_store store = {NULL, NULL};

	b.results = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000000;
	b.domains = argc > 2 ? strtoul(argv[2], NULL, 10) : 10000;
	must(b.results > 0 && b.domains > 0, "RESULTS, DOMAINS");
	(void)snprintf(dir, sizeof(dir), "%s/sts-bench-XXXXXX",
	    tmp != NULL ? tmp : "/tmp");
	must(mkdtemp(dir) != NULL, dir);
	b.base = event_base_new();
	must(b.base != NULL &&
		 sts_cache_lmdb(b.base, dir, clock, NULL, &store) == STS_OK,
	    "store");
	sts_counters_defaults(&config);
	b.counters = sts_counters_new(store, clock, NULL, &config);
	must(b.counters != NULL, "memory");
	(void)snprintf(path, sizeof(path), "%s/stsgate.mdb", dir);
	run(&b, path);
	sts_counters_free(b.counters);
	store.ops->close(store.ctx);
	event_base_free(b.base);
	unlink(path);
	(void)snprintf(path, sizeof(path), "%s/stsgate.mdb-lock", dir);
	unlink(path);
	(void)snprintf(path, sizeof(path), "%s/stsgate.lock", dir);
	unlink(path);
	must(rmdir(dir) == 0, dir);
	return 0;
}
