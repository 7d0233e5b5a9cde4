/* SPDX-License-Identifier: ISC */
#ifndef STS_SCENARIO_PLAYER_H
#define STS_SCENARIO_PLAYER_H

#include <sys/queue.h>

#include "sts/engine_admin.h"

#define WORDS_MAX 64
#define NAME_SIZE 300

/* One asker of the script and what it was told. */
struct asker {
	TAILQ_ENTRY(asker) link;
	char name[NAME_SIZE];
	struct sts_ask *ask;
	bool answered, consumed;
	int64_t asked_at, took; /* ms */
	enum sts_answer_kind kind;
	char state[64], reason[64], detail[128], mode[16], id[64];
	int64_t age, left; /* seconds */
	char text[1024];   /* the policy's octets */
};

struct line {
	TAILQ_ENTRY(line) link;
	char text[STS_LOG_LINE + 64]; /* "WARNING event key=value ..." */
};

/* Questions that no "count" has accounted for yet. */
struct counter {
	TAILQ_ENTRY(counter) link;
	char domain[NAME_SIZE];
	unsigned txt, http;
};

struct player {
	const char *file;
	unsigned number; /* of the script's line */
	size_t n;
	char *word[WORDS_MAX];
	struct sts_engine *engine; /* made at the first need */
	struct sts_engine_config config;
	struct sts_log log;
	bool has_random;
	uint32_t random;
	TAILQ_HEAD(, asker) askers;
	TAILQ_HEAD(, line) lines;
	TAILQ_HEAD(, counter) counters;
};

extern struct player player;

/* Say file:line and what is wrong, and end the program with 1. */
void fail(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));
void *need(void *p); /* ends the program when NULL */

struct sts_engine *engine(void);
/* Engine gone; crash: as by kill -9, nobody is answered any more. */
void engine_stop(bool crash);
struct counter *counter(const char *domain);
struct asker *asker_new(const char *name);
struct asker *asker_find(const char *name);
void on_answer(void *arg, const struct sts_answer *answer);

/* The value of key=value among the words from first on, or NULL. */
const char *option(size_t first, const char *key);
/* "500ms", "10s", "5m", "2h", "3d", in ms. */
int64_t duration(const char *text);
long number(const char *text);

void run_command(void);

/* expect.c, expect_admin.c: what is told is compared with the words. */
void check_asker(struct asker *asker, size_t first);
void expect_answer(void);
void expect_text(void);
void expect_log(void);
void expect_logs(void);
void expect_count(void);
void expect_nothing_left(bool at_end);
void do_purge(void);
void do_show(void);
void do_list(void);
void expect_stats(void);
void expect_failure(void);
void on_failure(void *arg, const char *domain, const struct sts_policy *held,
    const char *reason, const char *detail);

#endif
