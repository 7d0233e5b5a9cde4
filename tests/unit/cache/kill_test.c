/* SPDX-License-Identifier: ISC */
/*
 * Acknowledged means committed: a child puts and tells through a pipe what was
 * acknowledged; it is killed with SIGKILL at a random moment; all it told of
 * must be in the file afterwards, or something that it put later.
 */
#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixture.h"

#define ROUNDS 30
#define KEYS   64
#define OPEN   24 /* puts under way at once */

struct child {
	struct fixture *f;
	int out;
	uint32_t next; /* number of the next put; key and value tell it */
};

struct sent {
	struct child *child;
	uint32_t number;
};

/* Sizes differ, so that pages are split and overflow pages used. */
static size_t
value_of(uint32_t number, char *value)
{
	size_t i, n = 4 + number * 37 % 6000;

	memcpy(value, &number, sizeof(number));
	for (i = 4; i < n; i++)
		value[i] = (char)(number + i);
	return n;
}

static void put_next(struct child *child);

static void
acknowledged(void *arg, enum sts_err err)
{
	struct sent *sent = arg;
	struct child *child = sent->child;

	if (err != STS_OK || write(child->out, &sent->number,
				 sizeof(sent->number)) != sizeof(sent->number))
		_exit(1);
	free(sent);
	put_next(child);
}

static void
put_next(struct child *child)
{
	static char value[8192];
	char key[16];
	struct sent *sent = malloc(sizeof(*sent));
	struct sts_store_item item = {.expiry = INT64_MAX};

	if (sent == NULL)
		_exit(1);
	*sent = (struct sent){child, child->next++};
	snprintf(key, sizeof(key), "k%u", sent->number % KEYS);
	item.key = sts_str(key);
	item.value = (struct sts_str){value, value_of(sent->number, value)};
	child->f->store.ops->put(child->f->store.ctx, STS_BUCKET_POLICY, &item,
	    FAR, acknowledged, sent);
}

static void
child_main(struct fixture *f, int out, uint32_t first)
{
	struct child child = {f, out, first};
	int i;

	fixture_open(f);
	for (i = 0; i < OPEN; i++)
		put_next(&child);
	event_base_dispatch(f->base);
	_exit(1);
}

/* Let it live until so many were told of; note the last for each key. */
static uint32_t
listen_and_kill(int in, pid_t pid, unsigned wanted, uint32_t last[KEYS])
{
	uint32_t number, top = 0;
	unsigned told = 0;
	int status;

	while (read(in, &number, sizeof(number)) == sizeof(number)) {
		last[number % KEYS] = number;
		top = number > top ? number : top;
		if (++told == wanted)
			assert_int_equal(kill(pid, SIGKILL), 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_true(told >= wanted);
	return top;
}

static void
check_all(struct fixture *f, const uint32_t last[KEYS])
{
	char key[16], value[8192];
	struct got got;
	uint32_t number;
	int i;

	for (i = 0; i < KEYS; i++) {
		if (last[i] == 0)
			continue;
		snprintf(key, sizeof(key), "k%d", i);
		if (get_bytes(f, STS_BUCKET_POLICY, sts_str(key), &got) !=
		    STS_STORE_FOUND)
			fail_msg("%s: put %u was acknowledged, and lost", key,
			    last[i]);
		memcpy(&number, got.value, sizeof(number));
		if (number < last[i])
			fail_msg("%s: %u was acknowledged, %u is there", key,
			    last[i], number);
		assert_int_equal(number % KEYS, i);
		assert_int_equal(got.n, value_of(number, value));
		assert_memory_equal(got.value, value, got.n);
		got_free(&got);
	}
}

static void
kill_loses_nothing_acknowledged(void **state_)
{
	uint32_t last[KEYS] = {0}, first = KEYS;
	struct fixture f;
	int round, pipes[2];
	pid_t pid;

	(void)state_;
	fixture_init(&f, LMDB);
	srandom(8461);
	for (round = 0; round < ROUNDS; round++) {
		fixture_close(&f);
		assert_int_equal(pipe(pipes), 0);
		pid = fork();
		assert_true(pid >= 0);
		if (pid == 0) {
			close(pipes[0]);
			child_main(&f, pipes[1], first);
		}
		close(pipes[1]);
		first = 1 +
			listen_and_kill(pipes[0], pid,
			    (unsigned)(1 + random() % 400), last) +
			10 * OPEN;
		close(pipes[0]);
		fixture_open(&f);
		assert_string_equal(state(&f), "ok");
		check_all(&f, last);
	}
	fixture_fini(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(kill_loses_nothing_acknowledged),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
