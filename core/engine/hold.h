/* SPDX-License-Identifier: ISC */
#ifndef STS_ENGINE_HOLD_H
#define STS_ENGINE_HOLD_H

#include "state.h"

/* Why a flight is made; see flight.h. */
enum sts_why {
	STS_WHY_ASKED = 0,
	STS_WHY_TXT = 1,      /* read the TXT past every hold (APP-3) */
	STS_WHY_FETCH = 2,    /* and fetch past every back-off (the admin) */
	STS_WHY_REFRESH = 4,  /* fetch whatever TXT says (HTT-12) */
	STS_WHY_SWEEP = 8,    /* only if a refresh is due */
	STS_WHY_REFUSED = 16, /* the policy that is loaded is to be marked */
	STS_WHY_PEER = 32     /* another host has something newer */
};

/* What is due of a live policy: STS_WHY_TXT, STS_WHY_REFRESH or 0. */
unsigned sts_due(const struct sts_dom *dom, int64_t wall, int64_t mono);
/* Clocks that were wrong may have left times that cannot be. */
void sts_due_mend(struct sts_engine *engine, struct sts_dom *dom);

/* Answer by kind and reason for ms. */
void sts_hold_set(struct sts_engine *engine, struct sts_dom *dom,
    enum sts_hold_kind kind, const char *reason, int64_t ms);
bool sts_hold_on(const struct sts_dom *dom, int64_t mono);

/* May the policy of this id be fetched (HTT-9)? */
bool sts_fetch_allowed(const struct sts_dom *dom, const char *id, int64_t mono);
/* A fetch for the id failed; returns for how many seconds it is off. */
int64_t sts_fetch_backoff(
    struct sts_engine *engine, struct sts_dom *dom, const char *id);
void sts_fetch_forgive(struct sts_dom *dom);

/* When a policy fetched now is to be refreshed, seconds after the fetch. */
int64_t sts_refresh_after(const struct sts_engine *engine, int64_t max_age);
int64_t sts_clamp(int64_t value, int64_t least, int64_t most);

#endif
