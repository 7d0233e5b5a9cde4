/* SPDX-License-Identifier: ISC */
#ifndef STS_ENGINE_FLIGHT_H
#define STS_ENGINE_FLIGHT_H

#include "hold.h"
#include "state.h"

enum sts_stage {
	STS_STAGE_LOAD,      /* the store is asked */
	STS_STAGE_PEEK,      /* the other hosts' copy is looked at */
	STS_STAGE_TXT_WAIT,  /* for room among the TXT questions */
	STS_STAGE_TXT,       /* DNS is asked */
	STS_STAGE_LEASE,     /* another host may be at it */
	STS_STAGE_HTTP_WAIT, /* for room among the fetches */
	STS_STAGE_HTTP,      /* the policy host is asked */
	STS_STAGE_PUT        /* the store commits */
};

/*
 * The one look-up that is under way for a domain (single flight): store, TXT,
 * HTTPS, store, in this order. Each step ends by starting the next or by
 * sts_flight_end(), after which the flight is gone.
 */
struct sts_flight {
	struct sts_engine *engine;
	struct sts_dom *dom;
	enum sts_stage stage;
	unsigned why;   /* enum sts_why: what it is made for */
	unsigned due;   /* and what is due besides */
	unsigned again; /* what came too late for this one */
	bool overdue;   /* an asker's deadline passed during the fetch */
	bool peeked;    /* the other hosts' copy is not to be looked at */
	bool alone;     /* what we fetch, we fetch ourselves */
	bool leased;    /* to be given back: nobody else fetches meanwhile */
	bool waited;    /* for another one that does */
	int64_t lease_until;    /* mono: how long another one is waited for */
	struct sts_timer *poll; /* its next look */
	struct sts_op *op;
	struct sts_dns dns; /* the one that was asked */
	struct sts_dns_query *query;
	struct sts_http_request *request;
	struct sts_gate_pass pass;
	int64_t started, waits_since; /* mono; 0: not waiting for us */
	int64_t own_ms;               /* spent on our own account */
	bool have_id;                 /* id is from TXT, else the held one */
	char id[STS_ID_SIZE];         /* read before the fetch (POL-12) */
	const char *unseen;           /* why not; NULL: nobody told us */
	int64_t txt_after;            /* next TXT check, seconds from now */
	struct sts_held *fresh;       /* fetched, being committed */
	bool changed;                 /* its mark, since its put began */
};

/* STS_ENOMEM; there must be none. May end inside the call. */
enum sts_err
sts_flight_start(struct sts_engine *engine, struct sts_dom *dom, unsigned why);
/* See to it that this is done, now; false: no memory. */
bool
sts_flight_force(struct sts_engine *engine, struct sts_dom *dom, unsigned why);
/* The store, or a peer's copy, has been looked at: what else is to be asked? */
void sts_flight_loaded(struct sts_flight *flight);
void sts_flight_end(struct sts_flight *flight);
/* Drop all that is under way; tells nobody. */
void sts_flight_abort(struct sts_flight *flight);
/* Start what the gates have room for. */
bool sts_flight_pump(struct sts_engine *engine);

/* Tell all who wait for the policy that holds. */
void sts_flight_tell(struct sts_flight *flight);

/* The clock of our own waits. */
void sts_flight_waits(struct sts_flight *flight, enum sts_stage stage);
void sts_flight_goes_on(struct sts_flight *flight, enum sts_stage stage);
/* How long others have kept it waiting, ms. */
int64_t sts_flight_foreign_ms(const struct sts_flight *flight);
/* Our own fault at this step; what is known stays. */
void sts_flight_local(struct sts_flight *flight, const char *reason);

void sts_txt_queue(struct sts_flight *flight);
void sts_txt_ask(struct sts_flight *flight);
/* Fetch: see to it that no other host does (peer.h), then queue. */
void sts_fetch_begin(struct sts_flight *flight);
void sts_fetch_queue(struct sts_flight *flight);
void sts_fetch_ask(struct sts_flight *flight);
/* Tell who counts for reports. */
void sts_flight_report(
    const struct sts_flight *flight, const char *reason, const char *detail);
/* Commit flight->fresh, then let it hold. */
void sts_fetch_commit(struct sts_flight *flight);

#endif
