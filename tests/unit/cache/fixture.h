/* SPDX-License-Identifier: ISC */
#ifndef CACHE_FIXTURE_H
#define CACHE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>
#include <cmocka.h>

#include "sts/cache.h"

#define WALL_START 1700000000
#define MONO_START 5000
#define FAR        INT64_MAX
#define LINES_MAX  64
struct event_base;
enum backend { MEMORY, LMDB, TWO, BACKENDS };

struct sts_timer {
	struct sts_timer *next;
	int64_t at;
	void (*fn)(void *arg);
	void *arg;
};

/* A store, the clock whose hands the test turns, and what was logged. */
struct fixture {
	struct event_base *base;
	struct sts_store store;
	struct second *second; /* of TWO */
	bool open;
	enum backend backend;
	char dir[64];
	int64_t wall, mono;
	struct sts_timer *timers;
	bool poor, spare; /* no memory for a timer but that which fires */
	struct sts_log log;
	char *lines[LINES_MAX];
	size_t n_lines;
	size_t owed;  /* done callbacks not yet seen */
	size_t fails; /* those that were not STS_OK */
	enum sts_err last;
};

void fixture_init(struct fixture *f, enum backend backend);
/* Closes; fails for every log line that the test did not take. */
void fixture_fini(struct fixture *f);
struct sts_clock fixture_clock(struct fixture *f);
void fixture_open(struct fixture *f);
void fixture_close(struct fixture *f);
/* The oldest line must begin with the word and hold the text. */
void took(struct fixture *f, const char *word, const char *text);
/* Turn the clock, firing timers on the way. */
void turn(struct fixture *f, int64_t ms);
/* Run the loop until no done callback is owed. */
void settle(struct fixture *f);
const char *state(struct fixture *f);
/* Run the loop until it is so. */
void await_state(struct fixture *f, const char *state);

/* An answer to get; the value is a copy. */
struct got {
	unsigned calls;
	enum sts_store_status status;
	char *value;
	size_t n;
	int64_t expiry;
};

enum sts_store_status get_bytes(struct fixture *f, enum sts_bucket bucket,
    struct sts_str key, struct got *out);
void got_free(struct got *got);
/* The done callback is counted in owed, fails and last. */
void put_bytes(struct fixture *f, enum sts_bucket bucket, struct sts_str key,
    struct sts_str value, int64_t expiry);
void put(struct fixture *f, const char *key, const char *value);
void del(struct fixture *f, const char *key);
void assert_found(struct fixture *f, const char *key, const char *value);
void
assert_status(struct fixture *f, const char *key, enum sts_store_status status);
/* "a b c" of the bucket's keys, and what done said. */
enum sts_err walked(struct fixture *f, enum sts_bucket bucket,
    const char *after, size_t limit, char *out, size_t size);

void remove_dir(struct fixture *f); /* with the files in it */
char *path_of(struct fixture *f, const char *name);

#endif
