/* SPDX-License-Identifier: ISC */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client_impl.h"
#include "tests.h"

static void
hung_service_costs_the_silence(void **state)
{
	struct script t = {.text = "", .hold = 1};
	char line[64];
	int64_t took;

	(void)state;
	assert_int_equal(ask_script(&t, 300, 5000, line, sizeof(line), &took),
	    STS_REPLY_TEMP);
	assert_string_equal(line, "");
	assert_in_range(took, 299, 300 + SLACK_MS);
}

/* Octets that never make a line are no sign of life. */
static void
drip_costs_the_silence(void **state)
{
	static char text[600];
	struct script t = {.text = text, .n = sizeof(text), .step_ms = 10};
	char line[1024];
	int64_t took;

	(void)state;
	memset(text, 'x', sizeof(text));
	memcpy(text, "STS1 pong ", 10);
	assert_int_equal(ask_script(&t, 300, 5000, line, sizeof(line), &took),
	    STS_REPLY_TEMP);
	assert_string_equal(line, "");
	assert_in_range(took, 299, 300 + SLACK_MS);
}

static void
slow_octets_in_time_are_an_answer(void **state)
{
	struct script t = {.text = "STS1 ok\n", .n = 8, .step_ms = 5};
	char line[64];

	(void)state;
	assert_int_equal(
	    ask_script(&t, 5000, 9000, line, sizeof(line), NULL), STS_REPLY_OK);
}

static void
progress_keeps_it_alive(void **state)
{
	struct script t = {.text = "STS1 wait\n",
	    .n = 10,
	    .repeat_ms = 100,
	    .times = 24,
	    .after = "STS1 none a.example state=negative reason=no-record\n"};
	char line[64];
	int64_t took;

	(void)state;
	assert_int_equal(ask_script(&t, 2000, 9000, line, sizeof(line), &took),
	    STS_REPLY_NONE);
	assert_true(took >= 2400);
	assert_string_equal(
	    line, "STS1 none a.example state=negative reason=no-record");
}

static void
progress_ends_at_the_total(void **state)
{
	struct script t = {
	    .text = "STS1 wait\n", .n = 10, .repeat_ms = 50, .times = 1000};
	char line[64];
	int64_t took;

	(void)state;
	assert_int_equal(ask_script(&t, 600, 700, line, sizeof(line), &took),
	    STS_REPLY_TEMP);
	assert_string_equal(line, "STS1 temp - reason=timeout");
	assert_in_range(took, 699, 700 + SLACK_MS);
}

/* It was there a moment ago: that is not the same as no answer at all. */
static void
silence_after_progress(void **state)
{
	struct script t = {.text = "STS1 wait\n", .n = 10, .hold = 1};
	char line[64];
	int64_t took;

	(void)state;
	assert_int_equal(ask_script(&t, 300, 5000, line, sizeof(line), &took),
	    STS_REPLY_TEMP);
	assert_in_range(took, 299, 300 + SLACK_MS);
	assert_string_equal(line, "STS1 temp - reason=fell-silent");
}

static void
closed_after_progress(void **state)
{
	struct script t = {.text = "STS1 wait\nSTS1 none a.exa", .n = 24};
	char line[64];

	(void)state;
	assert_int_equal(ask_script(&t, 5000, 9000, line, sizeof(line), NULL),
	    STS_REPLY_TEMP);
	assert_string_equal(line, "STS1 temp - reason=fell-silent");
}

/* Some of these write to a closed connection: SIGPIPE would end the test. */
static void
closed_at_once(void **state)
{
	struct script t = {.deaf = 1};
	struct server *s = server_start(server_path(), &t);
	char line[64];
	int i;

	(void)state;
	for (i = 0; i < 2000; i++) {
		assert_int_equal(
		    ask_at(server_path(), 1500, 5000, line, sizeof(line)),
		    STS_REPLY_TEMP);
		assert_string_equal(line, "");
	}
	server_stop(s);
}

static void
no_service_there(void **state)
{
	char far[256];
	char line[64];
	int before = open_descriptors();
	const char *paths[] = {"", "/", "/nonexistent/query.sock", "/dev/null",
	    "/etc/passwd", far};
	size_t i;

	(void)state;
	memset(far, 'x', sizeof(far));
	far[0] = '/';
	far[sizeof(far) - 1] = '\0';
	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		int64_t start = now_ms();

		assert_int_equal(
		    ask_at(paths[i], 1500, 5000, line, sizeof(line)),
		    STS_REPLY_TEMP);
		assert_string_equal(line, "");
		assert_true(now_ms() - start < SLACK_MS);
	}
	assert_int_equal(open_descriptors(), before);
}

static int
listening(const char *path)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(to.sun_path, sizeof(to.sun_path), "%s", path);
	unlink(path);
	assert_int_equal(bind(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	assert_int_equal(listen(fd, 0), 0);
	return fd;
}

/* Nobody accepts and the queue is full: connect() says EAGAIN. */
static void
full_backlog_costs_the_silence(void **state)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	int fd = listening(server_path());
	int64_t start;
	char line[64];
	int queued;

	(void)state;
	snprintf(to.sun_path, sizeof(to.sun_path), "%s", server_path());
	queued = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	assert_int_equal(
	    connect(queued, (struct sockaddr *)&to, sizeof(to)), 0);
	start = now_ms();
	assert_int_equal(ask_at(server_path(), 300, 5000, line, sizeof(line)),
	    STS_REPLY_TEMP);
	assert_in_range(now_ms() - start, 280, 300 + SLACK_MS);
	close(queued);
	close(fd);
	unlink(server_path());
}

/* A signal while we wait, and SIGPIPE at its default: neither is seen. */
static void
nothing(int signo)
{
	(void)signo;
}

static void
signals_do_not_matter(void **state)
{
	struct script t = {.text = "", .hold = 1};
	struct sigaction old;
	struct sigaction sa = {.sa_handler = nothing};
	pid_t parent = getpid();
	pid_t child;
	char line[64];
	int64_t took;

	(void)state;
	sigaction(SIGUSR1, &sa, &old);
	child = fork();
	if (child == 0) {
		for (;;) {
			if (kill(parent, SIGUSR1) != 0 || getppid() != parent)
				_exit(0);
			usleep(1000);
		}
	}
	assert_int_equal(ask_script(&t, 300, 5000, line, sizeof(line), &took),
	    STS_REPLY_TEMP);
	assert_in_range(took, 299, 300 + SLACK_MS);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	sigaction(SIGUSR1, &old, NULL);
}

/* With 0 to 2 closed, the connection must not become one of them. */
static void
low_descriptors_stay_free(void **state)
{
	struct script t = {.text = "STS1 ok\n", .n = 8, .hold = 1};
	const char *path = server_path();
	struct server *s = server_start(path, &t);
	pid_t child = fork();
	int status;

	(void)state;
	if (child == 0) {
		int fd;

		close(0);
		close(1);
		close(2);
		fd = sts_client_connect(path, sts_client_now() + 1500);
		_exit(fd >= 3 && fcntl(0, F_GETFD) < 0 &&
			      fcntl(2, F_GETFD) < 0 &&
			      fcntl(fd, F_GETFD) == FD_CLOEXEC
			  ? 0
			  : 1);
	}
	waitpid(child, &status, 0);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	server_stop(s);
}

#define SILENT "STS1 temp - reason=fell-silent"

/* The answer of the second question counts; without it there is none. */
static void
two_questions(void **state)
{
	static const struct {
		const char *text, *second, *line;
		enum sts_reply_kind kind;
	} cases[] = {
	    {"STS1 temp a reason=x\n", "STS1 ok\n", "STS1 ok", STS_REPLY_OK},
	    {"STS1 wait\nSTS1 yes\n", "STS1 wait\nSTS1 no\n", "STS1 no",
		STS_REPLY_NO},
	    {"STS1 ok\n", "", SILENT, STS_REPLY_TEMP},
	    {"STS1 ok\n", "STS1 ok", SILENT, STS_REPLY_TEMP},
	    {"STS1 ok\nSTS1 ok\n", "STS1 ok\n", "", STS_REPLY_TEMP},
	    {"STS1 ok", "STS1 ok\n", "", STS_REPLY_TEMP},
	};
	struct sts_client_config config = {.socket = server_path(),
	    .silence_ms = 5000,
	    .total_ms = 9000,
	    .first = "verdict a -"};
	char line[64];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct script t = {.text = cases[i].text,
		    .n = strlen(cases[i].text),
		    .second = cases[i].second};
		struct server *s = server_start(server_path(), &t);

		assert_int_equal(
		    sts_client_ask(&config, "ping", line, sizeof(line)),
		    cases[i].kind);
		assert_string_equal(line, cases[i].line);
		server_stop(s);
	}
}

static void
bad_questions_are_not_asked(void **state)
{
	static char big[STS_CLIENT_LINE + 1];
	static const char *bad[] = {
	    "", "policy a\nrefused b", "policy \303\251", big};
	struct sts_client_config config = {"/nonexistent", 100, 100, NULL};
	char line[8];
	size_t i;

	(void)state;
	memset(big, 'x', sizeof(big) - 1);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(
		    sts_client_ask(&config, bad[i], line, sizeof(line)),
		    STS_REPLY_TEMP);
		assert_string_equal(line, "");
	}
	assert_int_equal(
	    sts_client_ask(&config, "ping", line, 0), STS_REPLY_TEMP);
}

int
trouble(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(hung_service_costs_the_silence),
	    cmocka_unit_test(drip_costs_the_silence),
	    cmocka_unit_test(slow_octets_in_time_are_an_answer),
	    cmocka_unit_test(progress_keeps_it_alive),
	    cmocka_unit_test(progress_ends_at_the_total),
	    cmocka_unit_test(silence_after_progress),
	    cmocka_unit_test(closed_after_progress),
	    cmocka_unit_test(closed_at_once),
	    cmocka_unit_test(no_service_there),
	    cmocka_unit_test(full_backlog_costs_the_silence),
	    cmocka_unit_test(signals_do_not_matter),
	    cmocka_unit_test(low_descriptors_stay_free),
	    cmocka_unit_test(two_questions),
	    cmocka_unit_test(bad_questions_are_not_asked),
	};

	return cmocka_run_group_tests_name("trouble", tests, NULL, NULL);
}
