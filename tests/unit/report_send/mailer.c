/* SPDX-License-Identifier: ISC */
#include "mailer.h"

#include <dirent.h>
#include <errno.h>
#include <event2/event.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "sts/loop.h"

static int
count_files(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	assert_non_null(dir);
	while (readdir(dir) != NULL)
		n++;
	closedir(dir);
	return n;
}

static void
on_line(void *ctx, enum sts_level level, const char *line)
{
	struct mailer *m = ctx;

	if (level == STS_LOG_DEBUG)
		return;
	if (m->expect == NULL ||
	    strncmp(line, m->expect, strlen(m->expect)) != 0)
		fail_msg("unexpected log line: %s", line);
	m->lines++;
}

void
mailer_path(struct mailer *m, const char *name, char path[128])
{
	snprintf(path, 128, "%s/%s", m->folder, name);
}

void
mailer_open(struct mailer *m)
{
	memset(m, 0, sizeof(*m));
	m->files = count_files();
	snprintf(m->folder, sizeof(m->folder), "/tmp/stsgate-mail-XXXXXX");
	assert_non_null(mkdtemp(m->folder));
	m->base = event_base_new();
	m->log = (struct sts_log){on_line, m, STS_LOG_DEBUG};
	m->running_max = 4;
}

void
mailer_script(struct mailer *m, const char *body)
{
	char path[128];
	FILE *file;

	mailer_path(m, "sendmail", path);
	file = fopen(path, "we");
	assert_non_null(file);
	fprintf(file, "#!/bin/sh\ncd %s || exit 99\n%s\n", m->folder, body);
	assert_int_equal(fchmod(fileno(file), 0755), 0);
	assert_int_equal(fclose(file), 0);
}

void
mailer_start(struct mailer *m)
{
	struct sts_sendmail_config config = {.running_max = m->running_max};
	char path[128];

	mailer_path(m, "sendmail", path);
	config.program = path;
	assert_int_equal(sts_sendmail_new(m->base, &config,
			     sts_loop_clock(m->base), &m->log, &m->sendmail),
	    STS_OK);
	m->way = sts_sendmail_sending(m->sendmail);
}

static void
remove_folder(struct mailer *m)
{
	DIR *dir = opendir(m->folder);
	struct dirent *entry;
	char path[sizeof(m->folder) + sizeof(entry->d_name) + 2];

	while ((entry = readdir(dir)) != NULL) {
		snprintf(path, sizeof(path), "%s/%s", m->folder, entry->d_name);
		(void)unlink(path);
	}
	closedir(dir);
	assert_int_equal(rmdir(m->folder), 0);
}

void
mailer_close(struct mailer *m)
{
	sts_sendmail_free(m->sendmail);
	event_base_free(m->base);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
	assert_int_equal(count_files(), m->files);
	remove_folder(m);
}

void
mailer_on_sent(void *arg, enum sts_sent result, const char *why)
{
	struct sent *sent = arg;

	sent->calls++;
	sent->result = result;
	snprintf(sent->why, sizeof(sent->why), "%s", why);
}

int64_t
mailer_in(struct mailer *m, int64_t ms)
{
	struct sts_clock clock = sts_loop_clock(m->base);

	return clock.ops->mono(clock.ctx) + ms;
}

struct sts_send *
mailer_send(
    struct mailer *m, struct sts_str message, int64_t ms, struct sent *sent)
{
	memset(sent, 0, sizeof(*sent));
	return m->way.ops->mail(m->way.ctx, FROM, TO, message, mailer_in(m, ms),
	    mailer_on_sent, sent);
}

static void
on_alarm(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	*(bool *)arg = true;
}

typedef bool until_fn(struct mailer *m, const void *arg);

/* Turns, until it is so; a minute at most. */
static void
run_until(struct mailer *m, until_fn *done, const void *arg)
{
	bool late = false;
	struct event *ev = event_new(m->base, -1, 0, on_alarm, &late);
	struct timeval tv = {60, 0};

	event_add(ev, &tv);
	while (!done(m, arg) && !late)
		event_base_loop(m->base, EVLOOP_NONBLOCK);
	event_free(ev);
	assert_false(late);
}

static bool
was_called(struct mailer *m, const void *arg)
{
	(void)m;
	return ((const struct sent *)arg)->calls > 0;
}

static bool
is_there(struct mailer *m, const void *arg)
{
	char path[128];

	mailer_path(m, arg, path);
	return access(path, F_OK) == 0;
}

static bool
is_alone(struct mailer *m, const void *arg)
{
	siginfo_t info;

	(void)m;
	(void)arg;
	return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0;
}

void
mailer_wait(struct mailer *m, const struct sent *sent)
{
	run_until(m, was_called, sent);
}

void
mailer_wait_file(struct mailer *m, const char *name)
{
	run_until(m, is_there, name);
}

void
mailer_wait_children(struct mailer *m)
{
	run_until(m, is_alone, NULL);
}

void
mailer_once(
    const char *body, struct sts_str message, int64_t ms, struct sent *sent)
{
	struct mailer m;

	mailer_open(&m);
	mailer_script(&m, body);
	mailer_start(&m);
	mailer_send(&m, message, ms, sent);
	mailer_wait(&m, sent);
	mailer_close(&m);
}

char *
mailer_read(struct mailer *m, const char *name, size_t *n)
{
	char path[128], *text = calloc(1, 1 << 22);
	FILE *file;

	mailer_path(m, name, path);
	file = fopen(path, "re");
	assert_non_null(file);
	*n = fread(text, 1, (1 << 22) - 1, file);
	fclose(file);
	return text;
}
