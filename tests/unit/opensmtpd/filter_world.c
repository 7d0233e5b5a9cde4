/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "filter_log.h"
#include "filter_world.h"
#include "service_link.h"

#define BOOK ((size_t)16 << 20)

static int64_t now = 1000000;
static char book[BOOK], page[BOOK];
static size_t written;
static char half[65536];
static size_t half_n;

/* In place of the program's own, which the linker then leaves out. */
int64_t
sts_link_now(void)
{
	return now;
}

static void
note(const char *mark, const char *text)
{
	int n = snprintf(book + written, BOOK - written, "%s %s\n", mark, text);

	assert_true(n > 0 && (size_t)n < BOOK - written);
	written += (size_t)n;
}

void
sts_filter_log(const char *format, ...)
{
	char line[4096];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	note("!", line);
}

static void
asked(const char *question)
{
	note("@", question);
}

const char *
happened(void)
{
	memcpy(page, book, written + 1);
	written = 0;
	book[0] = '\0';
	return page;
}

void
expect(const char *what)
{
	assert_string_equal(happened(), what);
}

size_t
count(const char *begin)
{
	const char *p = book;
	size_t n = 0;

	while (*p != '\0') {
		n += strncmp(p, begin, strlen(begin)) == 0 ? 1 : 0;
		p += strcspn(p, "\n");
		p += *p == '\n' ? 1 : 0;
	}
	return n;
}

static bool
is_hex(const char *p, size_t n)
{
	return n > 0 && strspn(p, "0123456789abcdef") >= n;
}

/* smtpd 6.8 and 7.6 end over anything else (lka_filter.c). */
static void
check_line(const char *line)
{
	const char *p = line, *bar;

	assert_true(strlen(line) < 1024);
	if (strncmp(p, "register|", 9) == 0)
		return;
	assert_int_equal(strncmp(p, "filter-result|", 14), 0);
	p += 14;
	bar = strchr(p, '|');
	assert_non_null(bar);
	assert_true(is_hex(p, (size_t)(bar - p)));
	p = bar + 1;
	bar = strchr(p, '|');
	assert_non_null(bar);
	assert_true(is_hex(p, (size_t)(bar - p)));
	p = bar + 1;
	if (strcmp(p, "proceed") != 0)
		assert_int_equal(strncmp(p, "reject|451 4.7.1 ", 17), 0);
}

static bool
read_filter(struct world *w)
{
	ssize_t n;
	char *end;

	if (w->stalled)
		return false;
	n = recv(w->smtpd, half + half_n, sizeof(half) - half_n, MSG_DONTWAIT);
	if (n <= 0)
		return false;
	half_n += (size_t)n;
	while ((end = memchr(half, '\n', half_n)) != NULL) {
		*end = '\0';
		assert_int_equal(strlen(half), end - half);
		check_line(half);
		note(">", half);
		half_n -= (size_t)(end + 1 - half);
		memmove(half, end + 1, half_n);
	}
	return true;
}

static bool
step_filter(struct world *w)
{
	struct pollfd p[STS_FILTER_FDS];
	nfds_t n = sts_filter_poll(w->filter, p);
	int ready = poll(p, n, 0);

	if (!w->there || (ready <= 0 && sts_filter_next(w->filter) > now))
		return false;
	w->there = sts_filter_run(w->filter, p);
	return true;
}

void
settle(struct world *w)
{
	bool more = true;

	while (more) {
		more = step_filter(w);
		more = service_step() || more;
		more = read_filter(w) || more;
	}
}

void
pass(struct world *w, int64_t ms)
{
	now += ms;
	settle(w);
}

void
say_octets(struct world *w, const char *octets, size_t n)
{
	while (n > 0) {
		ssize_t sent =
		    send(w->smtpd, octets, n, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (sent < 0 && errno == EAGAIN) {
			settle(w);
			w->full = w->stalled;
			if (w->full)
				return;
			continue;
		}
		assert_true(sent > 0);
		octets += sent;
		n -= (size_t)sent;
	}
	settle(w);
}

void
say(struct world *w, const char *format, ...)
{
	char line[8192];
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(line, sizeof(line) - 1, format, args);
	va_end(args);
	line[n] = '\n';
	say_octets(w, line, (size_t)n + 1);
}

void
rcpt(struct world *w, unsigned session, const char *address)
{
	say(w,
	    "filter|0.7|1795473304.077176|smtp-in|rcpt-to|%016x|"
	    "3ccae07a39c9d171|%s",
	    session, address);
}

void
begin(struct world *w, struct sts_filter_config config)
{
	int pair[2];

	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	fcntl(pair[0], F_SETFL, O_NONBLOCK);
	happened();
	half_n = 0;
	w->smtpd = pair[1];
	w->stalled = w->full = false;
	w->there = true;
	service_asked = asked;
	config.socket = service_path();
	config.in = config.out = pair[0];
	w->filter = sts_filter_new(&config);
	assert_non_null(w->filter);
}

void
end(struct world *w)
{
	struct pollfd p[STS_FILTER_FDS];

	sts_filter_poll(w->filter, p);
	sts_filter_free(w->filter);
	close(p[0].fd >= 0 ? p[0].fd : p[1].fd);
	close(w->smtpd);
	service_end();
	expect("");
}
