/* SPDX-License-Identifier: ISC */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "fake.h"

#define ANSWERS 32

static struct {
	const char *ask;
	const char *answer;
} answers[ANSWERS];
static size_t n_answers;
static struct {
	const char *when; /* NULL: nothing will change */
	const char *ask;
	const char *answer;
} change;
static char asked[65536];
static char shown[65536];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int listener;

const char *
service_path(void)
{
	static char path[64];

	if (path[0] == '\0')
		snprintf(path, sizeof(path), "/tmp/sts-exim-%ld.sock",
		    (long)getpid());
	return path;
}

/* The lock is held. */
static void
set_answer(const char *ask, const char *answer)
{
	size_t i;

	for (i = 0; i < n_answers; i++)
		if (strcmp(answers[i].ask, ask) == 0)
			break;
	CHECK(i < ANSWERS);
	answers[i].ask = ask;
	answers[i].answer = answer;
	if (i == n_answers)
		n_answers++;
}

static void
copy_answer(const char *question, char *out, size_t size)
{
	const char *answer = "STS1 error syntax text=unexpected\n";
	size_t best = 0;
	size_t i;

	pthread_mutex_lock(&lock);
	for (i = 0; i < n_answers; i++) {
		size_t n = strlen(answers[i].ask);

		if (n >= best && strncmp(question, answers[i].ask, n) == 0) {
			best = n;
			answer = answers[i].answer;
		}
	}
	snprintf(out, size, "%s", answer);
	strncat(asked, question, sizeof(asked) - strlen(asked) - 1);
	if (change.when != NULL &&
	    strncmp(question, change.when, strlen(change.when)) == 0) {
		set_answer(change.ask, change.answer);
		change.when = NULL;
	}
	pthread_mutex_unlock(&lock);
}

/* An answer that is no whole line is the last one. */
static void
serve_one(int fd)
{
	static char question[65536];
	static char answer[65536];
	FILE *in = fdopen(dup(fd), "r");
	size_t n = 1;

	CHECK(in != NULL);
	answer[0] = '\n';
	while (n > 0 && answer[n - 1] == '\n' &&
	       fgets(question, sizeof(question), in) != NULL) {
		CHECK(strncmp(question, "STS1 ", 5) == 0);
		copy_answer(question + 5, answer, sizeof(answer));
		n = strlen(answer);
		if (send(fd, answer, n, MSG_NOSIGNAL) < 0)
			perror("send");
	}
	fclose(in);
}

static void *
serve(void *arg)
{
	for (;;) {
		int fd = accept(listener, NULL, NULL);

		serve_one(fd);
		close(fd);
	}
	return arg;
}

void
service_start(void)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	pthread_t thread;

	snprintf(to.sun_path, sizeof(to.sun_path), "%s", service_path());
	unlink(to.sun_path);
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CHECK(bind(listener, (struct sockaddr *)&to, sizeof(to)) == 0);
	CHECK(listen(listener, 16) == 0);
	CHECK(pthread_create(&thread, NULL, serve, NULL) == 0);
}

void
service_answer(const char *ask, const char *answer)
{
	pthread_mutex_lock(&lock);
	set_answer(ask, answer);
	pthread_mutex_unlock(&lock);
}

void
service_then(const char *when, const char *ask, const char *answer)
{
	pthread_mutex_lock(&lock);
	change.when = when;
	change.ask = ask;
	change.answer = answer;
	pthread_mutex_unlock(&lock);
}

const char *
service_asked(void)
{
	pthread_mutex_lock(&lock);
	memcpy(shown, asked, sizeof(shown));
	asked[0] = '\0';
	pthread_mutex_unlock(&lock);
	return shown;
}
