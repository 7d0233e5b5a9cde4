/* SPDX-License-Identifier: ISC */
/* Deadlines, cancelling, freeing, many at once: nothing is left behind. */
#include <event2/event.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "mailer.h"

#define HANGS "touch runs; cat >/dev/null; sleep 1000"

static void
killed_at_the_deadline(void **state)
{
	struct mailer m;
	struct sent sent;

	(void)state;
	mailer_open(&m);
	mailer_script(&m, HANGS);
	mailer_start(&m);
	mailer_send(&m, sts_str(TEXT), 300, &sent);
	mailer_wait(&m, &sent);
	assert_sent(&sent, STS_SENT_RETRY, "timeout");
	mailer_wait_children(&m);
	assert_int_equal(sent.calls, 1);
	mailer_close(&m);
}

/*
 * What a script has started reads an end of file when the pipe is closed, and
 * would take half a message for all of it. So it must be gone, which the other
 * end of a fifo sees.
 */
static void
half_a_message_is_not_taken(void **state)
{
	static const char script[] =
	    "exec 3<&0 4>fifo\n"
	    "{ head -c 10 <&3 >/dev/null; touch runs; sleep 1000; cat; } &\n"
	    "wait";
	struct mailer m;
	struct sent sent;
	char path[128], *big = calloc(1, 200000);
	struct pollfd end = {.events = POLLIN};

	(void)state;
	mailer_open(&m);
	mailer_path(&m, "fifo", path);
	assert_int_equal(mkfifo(path, 0600), 0);
	end.fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	mailer_script(&m, script);
	mailer_start(&m);
	mailer_send(&m, (struct sts_str){big, 200000}, 4000, &sent);
	mailer_wait_file(&m, "runs");
	assert_int_equal(poll(&end, 1, 0), 0);
	mailer_wait(&m, &sent);
	assert_sent(&sent, STS_SENT_RETRY, "timeout");
	assert_int_equal(poll(&end, 1, 60000), 1);
	assert_true(end.revents & POLLHUP);
	close(end.fd);
	mailer_wait_children(&m);
	free(big);
	mailer_close(&m);
}

/* Ended with success, but something of its own has the rest to read. */
static void
left_to_another(void **state)
{
	static const char script[] =
	    "exec 3<&0 4>fifo; { sleep 1000; cat <&3 >in; } & exit 0";
	struct mailer m;
	struct sent sent;
	char path[128], *big = calloc(1, 200000);
	struct pollfd end = {.events = POLLIN};

	(void)state;
	mailer_open(&m);
	mailer_path(&m, "fifo", path);
	assert_int_equal(mkfifo(path, 0600), 0);
	end.fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	mailer_script(&m, script);
	mailer_start(&m);
	mailer_send(&m, (struct sts_str){big, 200000}, 20000, &sent);
	mailer_wait(&m, &sent);
	assert_sent(&sent, STS_SENT_RETRY, "exit 0, message not read");
	assert_int_equal(poll(&end, 1, 60000), 1);
	assert_true(end.revents & POLLHUP);
	close(end.fd);
	free(big);
	mailer_close(&m);
}

/* Exim delivers in the background: that is no business of ours. */
static void
background_lives_on(void **state)
{
	static const char script[] =
	    "cat >/dev/null; { sleep 0.2; touch later; } >/dev/null 2>&1 &";
	struct mailer m;
	struct sent sent;

	(void)state;
	mailer_open(&m);
	mailer_script(&m, script);
	mailer_start(&m);
	mailer_send(&m, sts_str(TEXT), 20000, &sent);
	mailer_wait(&m, &sent);
	assert_sent(&sent, STS_SENT_ACCEPTED, "");
	mailer_wait_file(&m, "later");
	mailer_close(&m);
}

static void
cancel(struct mailer *m, struct sts_send *send)
{
	m->way.ops->cancel(m->way.ctx, send);
}

/* Before it starts, waiting for room, running, and ended but not noticed. */
static void
cancelled_at_each_stage(void **state)
{
	struct mailer m;
	struct sent sent[4];
	struct sts_send *send[4];
	char path[128];
	siginfo_t info;
	int fd;

	(void)state;
	mailer_open(&m);
	mailer_path(&m, "fifo", path);
	assert_int_equal(mkfifo(path, 0600), 0);
	m.running_max = 1;
	mailer_script(&m, HANGS);
	mailer_start(&m);
	cancel(&m, mailer_send(&m, sts_str(TEXT), 20000, &sent[0]));
	send[1] = mailer_send(&m, sts_str(TEXT), 20000, &sent[1]);
	send[2] = mailer_send(&m, sts_str(TEXT), 20000, &sent[2]);
	mailer_wait_file(&m, "runs");
	cancel(&m, send[2]);
	cancel(&m, send[1]);
	mailer_wait_children(&m);
	mailer_script(&m, "cat >/dev/null; touch got; read x <fifo");
	send[3] = mailer_send(&m, sts_str(TEXT), 20000, &sent[3]);
	mailer_wait_file(&m, "got");
	fd = open(path, O_WRONLY | O_CLOEXEC);
	close(fd);
	assert_int_equal(waitid(P_ALL, 0, &info, WEXITED | WNOWAIT), 0);
	cancel(&m, send[3]);
	mailer_wait_children(&m);
	for (int i = 0; i < 4; i++)
		assert_int_equal(sent[i].calls, 0);
	/* The place is free. */
	mailer_script(&m, "cat >/dev/null");
	mailer_send(&m, sts_str(TEXT), 20000, &sent[0]);
	mailer_wait(&m, &sent[0]);
	assert_sent(&sent[0], STS_SENT_ACCEPTED, "");
	mailer_close(&m);
}

/* Who waits for room at its deadline was kept by us. */
static void
no_room_by_the_deadline(void **state)
{
	struct mailer m;
	struct sent first, second;

	(void)state;
	mailer_open(&m);
	m.running_max = 1;
	m.expect = "sendmail result=local";
	mailer_script(&m, HANGS);
	mailer_start(&m);
	mailer_send(&m, sts_str(TEXT), 20000, &first);
	mailer_wait_file(&m, "runs");
	mailer_send(&m, sts_str(TEXT), 50, &second);
	mailer_wait(&m, &second);
	assert_sent(&second, STS_SENT_LOCAL, "busy");
	assert_int_equal(first.calls, 0);
	sts_sendmail_free(m.sendmail);
	m.sendmail = NULL;
	assert_sent(&first, STS_SENT_LOCAL, "closing");
	mailer_close(&m);
}

/* Each says how many it sees at once. */
static void
many_at_once(void **state)
{
	static const char script[] = "touch on.$$; ls on.* | wc -l >>counts; "
				     "cat >/dev/null; sleep 0.02\n"
				     "rm on.$$";
	struct mailer m;
	struct sent sent[30];
	char *counts, *p;
	long most = 0, lines = 0;
	size_t n;

	(void)state;
	mailer_open(&m);
	m.running_max = 3;
	mailer_script(&m, script);
	mailer_start(&m);
	for (int i = 0; i < 30; i++)
		mailer_send(&m, sts_str(TEXT), 20000, &sent[i]);
	for (int i = 0; i < 30; i++) {
		mailer_wait(&m, &sent[i]);
		assert_sent(&sent[i], STS_SENT_ACCEPTED, "");
	}
	counts = mailer_read(&m, "counts", &n);
	for (p = counts; *p != '\0'; lines++) {
		long seen = strtol(p, &p, 10);

		most = seen > most ? seen : most;
		p += *p == '\n';
	}
	assert_int_equal(lines, 30);
	assert_true(most >= 2 && most <= 3);
	free(counts);
	mailer_close(&m);
}

/* Somebody else's child is somebody else's to wait for. */
static void
children_of_others(void **state)
{
	struct mailer m;
	struct sent sent;
	int status = 0;
	pid_t pid = fork();

	(void)state;
	if (pid == 0)
		_exit(3);
	mailer_open(&m);
	mailer_script(&m, "cat >/dev/null; exit 75");
	mailer_start(&m);
	mailer_send(&m, sts_str(TEXT), 20000, &sent);
	mailer_wait(&m, &sent);
	assert_sent(&sent, STS_SENT_RETRY, "exit 75");
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WEXITSTATUS(status), 3);
	mailer_close(&m);
}

struct freeing {
	struct mailer *m;
	unsigned calls;
	enum sts_sent result;
};

static void
on_freeing(void *arg, enum sts_sent result, const char *why)
{
	struct freeing *freeing = arg;
	struct sts_sendmail *sendmail = freeing->m->sendmail;
	struct sent late = {.calls = 0};

	(void)why;
	freeing->calls++;
	freeing->result = result;
	if (sendmail == NULL) {
		/* Nothing is taken any more. */
		assert_null(
		    mailer_send(freeing->m, sts_str(TEXT), 20000, &late));
		assert_sent(&late, STS_SENT_LOCAL, "closing");
		return;
	}
	freeing->m->sendmail = NULL;
	sts_sendmail_free(sendmail);
}

/* By its end, by its deadline, by a start that fails. */
static void
freed_by_a_callback(void **state)
{
	static const char *const script[] = {
	    "cat >/dev/null", "cat; sleep 1000", NULL};
	static const enum sts_sent want[] = {
	    STS_SENT_ACCEPTED, STS_SENT_RETRY, STS_SENT_LOCAL};

	(void)state;
	for (int i = 0; i < 3; i++) {
		struct mailer m;
		struct freeing f[3];

		mailer_open(&m);
		m.running_max = 1;
		m.expect = "sendmail result=local";
		if (script[i] != NULL)
			mailer_script(&m, script[i]);
		mailer_start(&m);
		for (int j = 0; j < 3; j++) {
			f[j] = (struct freeing){.m = &m};
			m.way.ops->mail(m.way.ctx, FROM, TO, sts_str(TEXT),
			    mailer_in(&m, i == 1 && j == 0 ? 1000 : 20000),
			    on_freeing, &f[j]);
		}
		while (f[0].calls == 0)
			event_base_loop(m.base, EVLOOP_ONCE);
		assert_int_equal(f[0].result, want[i]);
		for (int j = 1; j < 3; j++)
			assert_int_equal(f[j].result, STS_SENT_LOCAL);
		for (int j = 0; j < 3; j++)
			assert_int_equal(f[j].calls, 1);
		mailer_close(&m);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(killed_at_the_deadline),
	    cmocka_unit_test(half_a_message_is_not_taken),
	    cmocka_unit_test(left_to_another),
	    cmocka_unit_test(background_lives_on),
	    cmocka_unit_test(cancelled_at_each_stage),
	    cmocka_unit_test(no_room_by_the_deadline),
	    cmocka_unit_test(many_at_once),
	    cmocka_unit_test(children_of_others),
	    cmocka_unit_test(freed_by_a_callback),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests_name("sendmail ends", tests, NULL, NULL);
}
