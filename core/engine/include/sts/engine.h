/* SPDX-License-Identifier: ISC */
#ifndef STS_ENGINE_H
#define STS_ENGINE_H

#include "sts/clock.h"
#include "sts/dns.h"
#include "sts/http.h"
#include "sts/log.h"
#include "sts/policy.h"
#include "sts/shared.h"

/* The world, injected. All of it outlives the engine. */
struct sts_deps {
	struct sts_clock clock;
	struct sts_dns dns;
	struct sts_http http;
	struct sts_store store;
	struct sts_shared shared; /* no ops: alone. Else store looks there */
	const struct sts_log *log;
	uint32_t (*random)(void *ctx); /* jitter; NULL: none */
	void *random_ctx;
};

/* Times in seconds but for the _ms. sts_engine_defaults() fills it. */
struct sts_engine_config {
	int64_t lookup_timeout_ms; /* the longest an asker waits: 10 s */
	int64_t dns_timeout_ms;    /* one TXT question: 5 s */
	int64_t fetch_timeout_ms;  /* one HTTPS fetch: 60 s */
	int64_t refresh_interval;  /* at most max_age/2: 86400 */
	int64_t txt_min, txt_max;  /* clamp of the TXT check: 60, 3600 */
	int64_t negative_min, negative_max; /* clamp: 60, 3600 */
	int64_t backoff_id, backoff_max;    /* per id: 300 doubling to 3600 */
	int64_t backoff_domain;             /* floor per domain, any id: 30 */
	size_t domains_max;                 /* domains held in memory: 20000 */
	size_t fetches_max;                 /* flights at once: 256 */
	size_t fetches_zone_max;            /* under one parent zone: 32 */
	int on_dns_error_defer; /* 0: none (RFC 8461 s3.3); 1: temporary */
	int64_t shared_wait_ms; /* for the shared level, at most: 10 */
	int shared_verify;      /* fetch what was taken from a peer, at once */
};

enum sts_answer_kind { STS_ANSWER_NONE, STS_ANSWER_POLICY, STS_ANSWER_TEMP };

/* Lives until the callback returns. */
struct sts_answer {
	enum sts_answer_kind kind;
	const char *state;  /* static: "fresh", "check-due", ... (README.md) */
	const char *reason; /* why none or temporary: "no-record", ... */
	const char *detail; /* more, may be "": "http-404" */
	const struct sts_policy *policy; /* POLICY only; mode none is one too */
	const char *id;                  /* POLICY only */
	int64_t fetched, expires;        /* POLICY only; wall seconds */
};

typedef void sts_answer_cb(void *arg, const struct sts_answer *answer);

struct sts_engine;
struct sts_ask;

void sts_engine_defaults(struct sts_engine_config *config);
/* NULL: out of memory. Starts the background sweep. */
struct sts_engine *sts_engine_new(
    const struct sts_deps *deps, const struct sts_engine_config *config);
/* Every open question is answered temporary. */
void sts_engine_free(struct sts_engine *engine);
/* Takes effect for what is asked from now on (SIGHUP). */
void sts_engine_configure(
    struct sts_engine *engine, const struct sts_engine_config *config);
void sts_engine_use_dns(struct sts_engine *engine, struct sts_dns dns);

/*
 * Which policy holds for the domain (as sts_domain_parse() made it)? The
 * callback comes exactly once, lookup_timeout at the latest, often inside the
 * call. Returns a handle for cancel, or NULL when the callback has run.
 */
struct sts_ask *sts_engine_ask(struct sts_engine *engine, const char *domain,
    sts_answer_cb *cb, void *arg);
/* Before refusing mail: TXT first, if a minute old; deadline in mono ms. */
struct sts_ask *sts_engine_recheck(struct sts_engine *engine,
    const char *domain, int64_t deadline, sts_answer_cb *cb, void *arg);
void sts_engine_cancel(struct sts_engine *engine, struct sts_ask *ask);

/* Mail was refused for policy: read the TXT past every hold, and tell the
 * policy only after such a check (APP-3) until mail was delivered. */
void sts_engine_refused(struct sts_engine *engine, const char *domain);
void sts_engine_delivered(struct sts_engine *engine, const char *domain);
/* Is it so, and would a delivery end it? */
bool sts_engine_is_refused(struct sts_engine *engine, const char *domain);

#endif
