/* SPDX-License-Identifier: ISC */
#ifndef REPORT_SLOW_H
#define REPORT_SLOW_H

#include "fixture.h"
#include "results.h"
#include "sts/counters.h"

#define SLOW_MAX 64

/*
 * The fixture's store in memory, but what it says is held back until the test
 * lets it go: a commit takes as long as the test wants.
 */
struct slow {
	struct fixture f;
	struct sts_store store;
	struct held_call {
		enum { HELD_GET, HELD_PUT } kind;
		sts_store_get_cb *got;
		sts_store_done_cb *done;
		void *arg;
		char key[STS_STORE_KEY_MAX + 1];
	} held[SLOW_MAX];
	size_t n_held;
	unsigned gets, puts;
	bool hold_gets, hold_puts;
	enum sts_err put_err; /* nothing is put then */
	bool get_fails;

	struct sts_counters_config config;
	struct sts_counters *counters;
	unsigned told[STS_ENOMEM + 1]; /* answers to slow_add, by error */
};

void slow_init(struct slow *s);
void slow_fini(struct slow *s);
/* Counters anew, over the rows that are there. */
void slow_restart(struct slow *s);
/* Answer one call that is held, the oldest first, or all. */
void slow_let_go(struct slow *s);
void slow_let_all_go(struct slow *s);

/* A success of a domain; the answer is counted in told. */
void slow_add(struct slow *s, const char *domain);
/* Sessions counted; asserts that there is a tally, and its sums. */
uint64_t slow_sessions(struct slow *s, int64_t day, const char *domain);
enum sts_err slow_get(struct slow *s, int64_t day, const char *domain);
struct sts_counters_stats slow_stats(struct slow *s);
/* As it stands in the store. */
void slow_put_row(struct slow *s, const char *key, const char *text);

#endif
