/* SPDX-License-Identifier: ISC */
/* The real stsgated: signals, activation, notification. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>

#include "process.h"

#define ANSWER 4096

/* A question that is open: the name server takes packets, says nothing. */
static int
open_question(struct process *p)
{
	int fd = process_connect(p, "q.sock");

	process_write(fd, "STS1 policy dead.example progress\n");
	process_wait_for(fd, "STS1 wait\n");
	return fd;
}

static void
test_sigterm(void **state)
{
	struct process *p = process_start(false, NULL, 0);
	int fd = open_question(p), idle = process_connect(p, "q.sock");

	(void)state;
	process_write(fd, "STS1 ping\nSTS1 pi");
	kill(p->pid, SIGTERM);
	process_wait_for(fd, "STS1 temp dead.example reason=stopping\n"
			     "STS1 pong " STS_VERSION "\n");
	assert_int_equal(process_read_all(fd), 0);
	assert_int_equal(process_read_all(idle), 0);
	assert_int_equal(process_end(p), 0);
	assert_false(process_exists(p, "q.sock"));
	assert_false(process_exists(p, "a.sock"));
	process_free(p);
}

/* No question is lost by a reload, and the old one's answer comes. */
static void
test_sighup(void **state)
{
	struct process *p = process_start(false, NULL, 0);
	int fd = open_question(p), i;

	(void)state;
	for (i = 0; i < 3; i++) {
		kill(p->pid, SIGHUP);
		process_wait_log(p, "reloaded file=");
	}
	process_wait_for(
	    fd, "STS1 none dead.example state=dns-failed reason=dns-timeout\n");
	close(fd);
	process_config(p, "lookup_timeout = never\n");
	kill(p->pid, SIGHUP);
	process_wait_log(p, "config-bad file=");
	process_wait_log(p, "line=10 text=\"lookup_timeout");
	process_config(p, "query_socket_mode = 0600\n");
	kill(p->pid, SIGHUP);
	process_wait_log(p, "config-needs-restart key=query_socket_mode");
	fd = process_connect(p, "q.sock");
	process_write(fd, "STS1 ping\n");
	process_wait_for(fd, "STS1 pong " STS_VERSION "\n");
	close(fd);
	kill(p->pid, SIGINT);
	assert_int_equal(process_end(p), 0);
	process_free(p);
}

/* The store outlives kill -9; the sockets it leaves are taken over. */
static void
test_sigkill(void **state)
{
	struct process *p = process_start(false, NULL, 0);
	int fd;

	(void)state;
	kill(p->pid, SIGKILL);
	assert_int_equal(process_end(p), -1);
	assert_true(process_exists(p, "q.sock"));
	process_again(p);
	fd = process_connect(p, "q.sock");
	process_write(fd, "STS1 ping\n");
	process_wait_for(fd, "STS1 pong " STS_VERSION "\n");
	close(fd);
	kill(p->pid, SIGTERM);
	assert_int_equal(process_end(p), 0);
	process_free(p);
}

static void
activation(const char *names, const char *query, const char *admin)
{
	struct process *p = process_start(false, names, 2);
	int fd = process_connect(p, admin);

	process_write(fd, "STS1 purge a.example\n");
	process_wait_for(fd, "STS1 error not-found "
			     "text=nothing%20is%20known%20of%20this%20"
			     "domain\n");
	close(fd);
	fd = process_connect(p, query);
	process_write(fd, "STS1 list\n");
	process_wait_for(fd, "STS1 error verb "
			     "text=no%20such%20verb%20on%20this%20socket\n");
	close(fd);
	assert_false(process_exists(p, "q.sock"));
	kill(p->pid, SIGTERM);
	assert_int_equal(process_end(p), 0);
	/* They belong to who made them. */
	assert_true(process_exists(p, query));
	process_free(p);
}

static void
test_activation(void **state)
{
	(void)state;
	activation("admin:query", "given1", "given0");
	activation("query:admin", "given0", "given1");
	activation("stsgated.socket:stsgated.socket", "given0", "given1");
	activation("", "given0", "given1");
}

static void
test_notify(void **state)
{
	struct process *p = process_start(true, NULL, 0);

	(void)state;
	process_wait_note(p, "WATCHDOG=1");
	kill(p->pid, SIGHUP);
	process_wait_note(p, "RELOADING=1\nMONOTONIC_USEC=");
	process_wait_note(p, "READY=1");
	kill(p->pid, SIGTERM);
	process_wait_note(p, "STOPPING=1");
	assert_int_equal(process_end(p), 0);
	process_free(p);
}

static void
test_bad_start(void **state)
{
	struct process *p = process_start(false, NULL, 0);

	(void)state;
	assert_int_equal(process_run(p, "-t"), 0);
	assert_int_equal(process_run(p, "--version"), 0);
	assert_int_equal(process_run(p, "-x"), 64);
	/* A second one finds the sockets answered. */
	assert_int_equal(process_run(p, "-f"), 1);
	process_wait_log(p, "start-failed query_socket=");
	process_config(p, "nonsense = 1\n");
	assert_int_equal(process_run(p, "-t"), 78);
	process_wait_log(p, "line=10 text=\"nonsense: no such key\"");
	assert_int_equal(process_run(p, "-f"), 78);
	process_config(p, "trust_anchor = /nonexistent/key\n");
	assert_int_equal(process_run(p, "-t"), 0);
	kill(p->pid, SIGHUP);
	process_wait_log(p, "trust_anchor /nonexistent/key cannot be read");
	kill(p->pid, SIGTERM);
	assert_int_equal(process_end(p), 0);
	assert_int_equal(process_run(p, "-f"), 1);
	process_free(p);
}

static void
expect_answer(struct process *p, const char *question, const char *form)
{
	char path[80], answer[200];
	int fd = process_connect(p, "a.sock");

	snprintf(path, sizeof(path), "%s/conf", p->dir);
	snprintf(answer, sizeof(answer), form, path);
	process_write(fd, question);
	process_wait_for(fd, answer);
	close(fd);
}

/* Taken by a start, SIGHUP and reload; a wrong one by none of them. */
static void
test_overrides(void **state)
{
	static const char off[] = "STS1 none a.example state=override "
				  "reason=override-off override=off "
				  "origin=%s:10\n";
	struct process *p = process_start(false, NULL, 0);

	(void)state;
	process_config(p, "override a.example { mode = off }\n");
	kill(p->pid, SIGHUP);
	process_wait_log(p, "override-new domain=a.example override=off");
	expect_answer(p, "STS1 policy a.example\n", off);
	process_config(p, "override a.example { mode = of }\n");
	kill(p->pid, SIGHUP);
	process_wait_log(p, "line=10 text=\"override");
	expect_answer(p, "STS1 reload\n",
	    "STS1 error config text=%s:10:%%20override%%20\"a.example\":%%20"
	    "mode%%20=%%20\"of\":%%20want%%20off,%%20testing%%20or%%20enforce"
	    "\n");
	expect_answer(p, "STS1 policy a.example\n", off);
	assert_int_equal(process_run(p, "-t"), 78);
	assert_int_equal(process_run(p, "-f"), 78);
	process_config(p, "override b.example { mode = off }\n");
	expect_answer(p, "STS1 reload\n", "STS1 ok\n");
	process_wait_log(p, "override-gone domain=a.example");
	process_wait_log(p, "override-new domain=b.example");
	kill(p->pid, SIGTERM);
	assert_int_equal(process_end(p), 0);
	process_again(p);
	process_wait_log(p, "override-new domain=b.example override=off");
	process_wait_log(p, "started version="); /* not READY of a reload */
	kill(p->pid, SIGTERM);
	assert_int_equal(process_end(p), 0);
	process_free(p);
}

/* On the admin socket; a line. */
static void
ask(struct process *p, const char *question, char answer[ANSWER])
{
	int fd = process_connect(p, "a.sock");
	size_t n = 0;

	memset(answer, 0, ANSWER);
	process_write(fd, question);
	while (strchr(answer, '\n') == NULL) {
		ssize_t got = read(fd, answer + n, ANSWER - 1 - n);

		assert_true(got > 0);
		n += (size_t)got;
	}
	close(fd);
}

/* Reports by the other ways: to the collector, and by SMTP. A reload and the
 * end find them in order; the name server never answers, so a result waits. */
static void
test_other_ways(void **state)
{
	struct process *p = process_start(false, NULL, 0);
	char answer[ANSWER];

	(void)state;
	kill(p->pid, SIGTERM);
	assert_int_equal(process_end(p), 0);
	process_config(p, "report_organization = Reporters\n"
			  "report_contact = tls@out.example\n"
			  "report_submission = localhost\n");
	process_again(p);
	process_wait_log(p, "reports=on");
	/* Nobody listens on port 25 here, or does not take it. */
	ask(p, "STS1 report-test \"@b.example progress\n", answer);
	assert_string_equal(answer, "STS1 error refused text=address\n");
	kill(p->pid, SIGTERM);
	assert_int_equal(process_end(p), 0);
	process_config(p, "report_collectd = \"/nowhere/c.sock\"\n");
	process_again(p);
	expect_answer(p, "STS1 result a.example result=success action=sent\n",
	    "STS1 ok\n");
	expect_answer(p, "STS1 reload\n", "STS1 ok\n");
	ask(p, "STS1 stats\n", answer);
	assert_non_null(strstr(answer,
	    "\"collectd\":\"ok\",\"results\":1,\"sent\":0,\"unasked\":0,"
	    "\"dropped\":0,\"waiting\":1}"));
	kill(p->pid, SIGTERM);
	assert_int_equal(process_end(p), 0);
	process_wait_log(p, "collectd-dropped results=1 reason=stopped");
	process_free(p);
}

/* Who reports is still known when the configuration was read anew. */
static void
test_reports_over_a_reload(void **state)
{
	struct process *p = process_start(false, NULL, 0);
	char question[80], answer[ANSWER];
	time_t now = time(NULL);
	struct tm tm;

	(void)state;
	kill(p->pid, SIGTERM);
	assert_int_equal(process_end(p), 0);
	process_config(p, "report_organization = Reporters\n"
			  "report_contact = tls@out.example\n");
	process_again(p);
	expect_answer(p, "STS1 result a.example result=success action=sent\n",
	    "STS1 ok\n");
	expect_answer(p, "STS1 reload\n", "STS1 ok\n");
	strftime(question, sizeof(question),
	    "STS1 report-preview a.example day=%Y-%m-%d\n",
	    gmtime_r(&now, &tm));
	ask(p, question, answer);
	assert_non_null(strstr(answer, "\"organization-name\":\"Reporters\""));
	assert_non_null(strstr(answer, "\"contact-info\":\"tls@out.example\""));
	kill(p->pid, SIGTERM);
	assert_int_equal(process_end(p), 0);
	process_free(p);
}

#ifdef STS_REDIS
/* Out of a cluster takes a restart; all else of that file holds at once. */
static void
test_leaving_a_cluster(void **state)
{
	char secret[80], keys[300];
	struct process *p = process_start(false, NULL, 0);
	FILE *file;

	(void)state;
	kill(p->pid, SIGTERM);
	assert_int_equal(process_end(p), 0);
	snprintf(secret, sizeof(secret), "%s/secret", p->dir);
	umask(077);
	file = fopen(secret, "w");
	assert_non_null(file);
	fputs("0123456789abcdef0123456789abcdef\n", file);
	assert_int_equal(fclose(file), 0);
	snprintf(keys, sizeof(keys),
	    "redis = \"unix:%s/none\"\nredis_secret_file = \"%s\"\n", p->dir,
	    secret);
	process_config(p, keys);
	process_again(p);
	process_config(p, "override a.example { mode = off }\n");
	kill(p->pid, SIGHUP);
	process_wait_log(p, "config-needs-restart key=redis\n");
	process_wait_log(p, "override-new domain=a.example");
	process_wait_log(p, "reloaded file=");
	kill(p->pid, SIGTERM);
	assert_int_equal(process_end(p), 0);
	assert_int_equal(unlink(secret), 0);
	process_free(p);
}
#endif

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_sigterm),
	    cmocka_unit_test(test_sighup),
	    cmocka_unit_test(test_sigkill),
	    cmocka_unit_test(test_activation),
	    cmocka_unit_test(test_notify),
	    cmocka_unit_test(test_bad_start),
	    cmocka_unit_test(test_overrides),
	    cmocka_unit_test(test_reports_over_a_reload),
	    cmocka_unit_test(test_other_ways),
#ifdef STS_REDIS
	    cmocka_unit_test(test_leaving_a_cluster),
#endif
	};

	if (argc != 2)
		return 64;
	process_program = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
