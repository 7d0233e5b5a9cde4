/* SPDX-License-Identifier: ISC */
#ifndef REDIS_RIG_H
#define REDIS_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>
#include <string.h>

#include "sts/redis.h"
#include "sts/redis_url.h"
#include "sts/seal.h"

#define MONO_START 5000
#define LINES_MAX  64
#define SOON       (MONO_START + 100000000)

extern const struct sts_secrets rig_secrets, rig_other_secrets;

/* The loop, a clock whose hands the test turns (but the wall is real, as
 * Redis' is), what was logged, and who knows addresses. */
struct rig {
	struct event_base *base;
	struct event *tick;
	int64_t mono, ahead, since;
	struct sts_timer *timers;
	struct sts_log log;
	char *lines[LINES_MAX];
	size_t n_lines;
	unsigned lookups;
	bool v6_first; /* names have ::1 before 127.0.0.1 */
	bool no_name;  /* names are absent */
	uint32_t random;
};

void rig_init(struct rig *rig);
/* Fails for a log line that nobody took, and a timer that is left. */
void rig_fini(struct rig *rig);
/* All but the URL may be NULL or zero. */
struct sts_redis *rig_open(
    struct rig *rig, const char *url, const struct sts_redis_config *config);
void rig_turn(struct rig *rig, int64_t ms);
int64_t rig_wall(struct rig *rig);
/* The oldest line must begin with the word and hold the text. */
void rig_took(struct rig *rig, const char *word, const char *text);
void rig_step(struct rig *rig, const char *what, int line);
int64_t rig_ms(void); /* real */

/* Run the loop until it is so, for 10 s at most. */
#define AWAIT(rig, so)                                  \
	do {                                            \
		(rig)->since = rig_ms();                \
		while (!(so))                           \
			rig_step((rig), #so, __LINE__); \
	} while (0)

const char *state_of(struct sts_redis *redis);
/* Turn and run until it says so. */
void await_state(struct rig *rig, struct sts_redis *redis, const char *state);

struct got {
	unsigned calls;
	enum sts_store_status status;
	char value[256];
	struct sts_store_item item; /* but its text */
};

void on_got(
    void *arg, enum sts_store_status status, const struct sts_store_item *item);
void get(struct sts_redis *redis, const char *key, int64_t deadline,
    struct got *got);
/* Asks, and awaits the answer. */
enum sts_store_status
got(struct rig *rig, struct sts_redis *redis, const char *key, char value[256]);
/* An hour to live; fetched and checked: seconds from now. */
void put(struct rig *rig, struct sts_redis *redis, const char *key,
    const char *value, int64_t fetched, int64_t checked);
struct sts_shared_stats stats_of(struct sts_redis *redis);
void leases(struct sts_redis *redis, size_t limit, sts_shared_lease_cb *each,
    sts_store_done_cb *done, void *arg);
/* All commands have their answers. */
void settle(struct rig *rig, struct sts_redis *redis);
/* Time goes by, and Redis answers what it is asked meanwhile. */
void pass(struct rig *rig, struct sts_redis *redis, int64_t ms);

#endif
