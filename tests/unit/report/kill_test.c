/* SPDX-License-Identifier: ISC */
/*
 * Acknowledged means committed: a child counts results and tells through a
 * pipe which were acknowledged; it is killed with SIGKILL at a random moment;
 * all it told of must be counted afterwards, and no more than it was given.
 */
#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixture.h"
#include "results.h"
#include "sts/counters.h"

#define ROUNDS  25
#define DOMAINS 16
#define OPEN    24 /* results under way at once */

struct child {
	struct sts_counters *counters;
	int out;
	unsigned next;
};

struct sent {
	struct child *child;
	unsigned char domain;
};

static struct sts_counters *
new_counters(struct fixture *f)
{
	struct sts_counters_config config;
	struct sts_counters *made;

	sts_counters_defaults(&config);
	config.hot_max = DOMAINS / 2; /* some are loaded each time */
	made = sts_counters_new(f->store, fixture_clock(f), &f->log, &config);
	assert_non_null(made);
	return made;
}

static const char *
name(unsigned i, char buf[32])
{
	(void)snprintf(buf, 32, "d%u.example", i % DOMAINS);
	return buf;
}

static void count_next(struct child *child);

static void
acknowledged(void *arg, enum sts_err err)
{
	struct sent *sent = arg;
	struct child *child = sent->child;

	if (err != STS_OK || write(child->out, &sent->domain, 1) != 1)
		_exit(1);
	free(sent);
	count_next(child);
}

/* Of few domains, so that writes are shared. */
static void
count_next(struct child *child)
{
	struct sts_tls_result r =
	    failure(STS_RESULT_CERTIFICATE_EXPIRED, "mx.a.example");
	struct sent *sent = malloc(sizeof(*sent));
	char buf[32];

	if (sent == NULL)
		_exit(1);
	*sent = (struct sent){child, (unsigned char)(random() % DOMAINS)};
	r.domain = name(sent->domain, buf);
	if (child->next++ % 3 > 0)
		r.result = STS_RESULT_SUCCESS;
	sts_counters_add(child->counters, &r, acknowledged, sent);
}

static void
child_main(struct fixture *f, int out)
{
	struct child child = {NULL, out, 0};

	fixture_open(f);
	child.counters = new_counters(f);
	for (int i = 0; i < OPEN; i++)
		count_next(&child);
	event_base_dispatch(f->base);
	_exit(1);
}

static void
listen_and_kill(int in, pid_t pid, unsigned wanted, uint64_t told[DOMAINS])
{
	unsigned char domain;
	unsigned n = 0;
	int status;

	while (read(in, &domain, 1) == 1) {
		told[domain]++;
		if (++n == wanted)
			assert_int_equal(kill(pid, SIGKILL), 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_true(n >= wanted);
}

static void
got_tally(void *arg, enum sts_err err, const struct sts_tally *tally)
{
	uint64_t *sum = arg;

	if (err == STS_ENOENT)
		return;
	assert_int_equal(err, STS_OK);
	check_sums(tally);
	*sum = sessions(tally);
}

/* told: acknowledged since the last look, at which there were so many. */
static void
check_all(
    struct fixture *f, const uint64_t told[DOMAINS], uint64_t before[DOMAINS])
{
	struct sts_counters *counters = new_counters(f);
	uint64_t more = 0;
	char buf[32];

	for (unsigned i = 0; i < DOMAINS; i++) {
		uint64_t sum = 0;

		sts_counters_get(counters, DAY, name(i, buf), got_tally, &sum);
		if (sum < before[i] + told[i])
			fail_msg("%s: %llu were acknowledged, %llu are there",
			    buf, (unsigned long long)(before[i] + told[i]),
			    (unsigned long long)sum);
		more += sum - before[i] - told[i];
		before[i] = sum;
	}
	assert_true(more <= OPEN);
	sts_counters_free(counters);
}

static void
kill_loses_nothing_acknowledged(void **state_)
{
	uint64_t before[DOMAINS] = {0};
	struct fixture f;
	int pipes[2];
	pid_t pid;

	(void)state_;
	fixture_init(&f, LMDB);
	for (int round = 0; round < ROUNDS; round++) {
		uint64_t told[DOMAINS] = {0};

		srandom((unsigned)round);
		fixture_close(&f);
		assert_int_equal(pipe(pipes), 0);
		pid = fork();
		assert_true(pid >= 0);
		if (pid == 0) {
			close(pipes[0]);
			child_main(&f, pipes[1]);
		}
		close(pipes[1]);
		listen_and_kill(
		    pipes[0], pid, (unsigned)(1 + random() % 2000), told);
		close(pipes[0]);
		fixture_open(&f);
		assert_string_equal(state(&f), "ok");
		check_all(&f, told, before);
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
