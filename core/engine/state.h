/* SPDX-License-Identifier: ISC */
#ifndef STS_ENGINE_STATE_H
#define STS_ENGINE_STATE_H

#include <sys/queue.h>

#include "gate.h"
#include "held.h"
#include "sts/map.h"
#include "sts/engine_admin.h"

struct sts_flight;
struct sts_op;
struct sts_sweep;

TAILQ_HEAD(sts_asks, sts_ask);

/* What is answered, and that nobody is asked, until a moment. */
enum sts_hold_kind {
	STS_HOLD_NOT,
	STS_HOLD_NEGATIVE, /* no record, or no usable one */
	STS_HOLD_DNS,      /* SERVFAIL, time-out */
	STS_HOLD_BOGUS,
	STS_HOLD_FAILING, /* a record, but no policy to be had */
	STS_HOLD_LOCAL    /* our own fault */
};

/* What memory knows of a domain. Waits are mono ms; reasons are static. */
struct sts_dom {
	struct sts_map_node node;
	struct sts_engine *engine;
	TAILQ_ENTRY(sts_dom) link; /* in idle or in unsaved */
	bool idle;                 /* may be evicted */
	bool unsaved;              /* the last put failed */
	unsigned saves;            /* puts under way, besides the flight's */
	struct sts_held *held;     /* NULL, or even expired: then none */
	struct sts_flight *flight;
	struct sts_asks asks; /* wait for the flight */
	bool loaded;          /* nothing better is in the store */
	int64_t loaded_at;    /* wall seconds */
	bool load_told;       /* that the stored entry is unreadable */
	int64_t blind_until;  /* before that the store is not tried again */
	enum sts_hold_kind hold;
	int64_t hold_until;
	const char *hold_reason;
	char fail_id[STS_ID_SIZE];
	unsigned fail_count;
	int64_t retry_at; /* for fail_id */
	int64_t floor;    /* for any id */
	const char *last_failure;
	char *last_detail;    /* NULL: "" */
	int64_t refused_next; /* not before that by a refusal alone */
	int64_t recheck_at;   /* till then the last TXT check will do */
	int64_t peer_at;      /* till then a peer's word sets off no fetch */
	int64_t last_used;    /* wall seconds */
	char name[];
};

TAILQ_HEAD(sts_doms, sts_dom);

struct sts_engine {
	struct sts_deps deps;
	struct sts_engine_config config;
	struct sts_map doms;
	struct sts_doms idle;    /* least recently used last */
	struct sts_doms unsaved; /* pinned */
	TAILQ_HEAD(sts_ops, sts_op) ops;
	struct sts_asks ready; /* answered, not called yet */
	struct sts_gate gate_txt, gate_http;
	struct sts_sweep *sweep;
	sts_failure_cb *failure; /* or NULL */
	void *failure_arg;
	int64_t complain_next, blind_next, heard_since;
	unsigned heard; /* announcements followed in the second heard_since */
	unsigned depth; /* of calls into the engine */
	bool draining, closing;
	struct sts_engine_stats stats;
};

/* Around everything that may make answers: the askers' callbacks are called
 * when the outermost leaves, never amid the engine's own work. */
void sts_engine_enter(struct sts_engine *engine);
void sts_engine_leave(struct sts_engine *engine);
int64_t sts_engine_wall(const struct sts_engine *engine);
int64_t sts_engine_mono(const struct sts_engine *engine);
/* One of our own faults, told at most once a minute. */
void sts_engine_complain(struct sts_engine *engine, const char *what);

#endif
