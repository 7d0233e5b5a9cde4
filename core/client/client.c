/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "client_impl.h"
#include "sts/client.h"

static const char version[] = "STS1 ";
static const char interim[] = "STS1 wait";
static const char timeout[] = "STS1 temp - reason=timeout";
static const char fell_silent[] = "STS1 temp - reason=fell-silent";

struct exchange {
	int fd;
	int64_t silence_ms;
	int64_t silent; /* the service is gone when this has come */
	int64_t total;
	bool waited; /* it is there, and at work */
	char *line;
	size_t size;
	size_t have; /* octets in line */
};

static int64_t
later(int64_t now, int64_t ms)
{
	return ms > INT64_MAX - now ? INT64_MAX : now + ms;
}

static int64_t
deadline(const struct exchange *x)
{
	return x->silent < x->total ? x->silent : x->total;
}

static bool
askable(const char *question)
{
	size_t n = strlen(question);
	size_t i;

	for (i = 0; i < n; i++)
		if (question[i] < ' ' || question[i] > '~')
			return false;
	return n > 0 && n + sizeof(version) <= STS_CLIENT_LINE;
}

static int
send_question(struct exchange *x, const char *question)
{
	struct iovec part[] = {
	    {.iov_base = (void *)version, .iov_len = sizeof(version) - 1},
	    {.iov_base = (void *)question, .iov_len = strlen(question)},
	    {.iov_base = (void *)"\n", .iov_len = 1},
	};
	struct msghdr msg = {.msg_iov = part, .msg_iovlen = 3};

	while (msg.msg_iovlen > 0) {
		ssize_t n = sendmsg(x->fd, &msg, MSG_NOSIGNAL);

		if (n < 0 && errno == EAGAIN &&
		    sts_client_wait(x->fd, POLLOUT, deadline(x)) == 0)
			continue;
		if (n < 0 && errno != EINTR)
			return -1;
		for (; n > 0 && (size_t)n >= msg.msg_iov->iov_len;
		     msg.msg_iovlen--)
			n -= (ssize_t)msg.msg_iov++->iov_len;
		if (n > 0) {
			msg.msg_iov->iov_base =
			    (char *)msg.msg_iov->iov_base + n;
			msg.msg_iov->iov_len -= (size_t)n;
		}
	}
	return 0;
}

/* Take what is there, or -1. A line longer than the room is no answer. */
static int
receive(struct exchange *x)
{
	for (;;) {
		ssize_t n;

		if (x->have == x->size ||
		    sts_client_wait(x->fd, POLLIN, deadline(x)) != 0)
			return -1;
		n = recv(x->fd, x->line + x->have, x->size - x->have, 0);
		if (n > 0) {
			x->have += (size_t)n;
			return 0;
		}
		if (n == 0 || (errno != EINTR && errno != EAGAIN))
			return -1;
	}
}

/*
 * End the first line at its LF or CR LF; its octets with that end, 0 while it
 * is not whole. A NUL in it leaves "", which is no answer.
 */
static size_t
cut_line(struct exchange *x, size_t from)
{
	char *end = memchr(x->line + from, '\n', x->have - from);
	size_t n;

	if (end == NULL)
		return 0;
	n = (size_t)(end - x->line);
	*end = '\0';
	if (strlen(x->line) < n)
		x->line[0] = '\0';
	else if (n > 0 && end[-1] == '\r')
		end[-1] = '\0';
	return n + 1;
}

/* Take lines until one is not interim: the answer, and nothing after it. */
static int
take_answer(struct exchange *x)
{
	size_t seen = 0;

	for (;;) {
		size_t n = cut_line(x, seen);

		if (n == 0) {
			seen = x->have;
			if (receive(x) != 0)
				return -1;
			continue;
		}
		if (strcmp(x->line, interim) != 0)
			return n == x->have ? 0 : -1;
		x->waited = true;
		x->have -= n;
		memmove(x->line, x->line + n, x->have);
		seen = 0;
		x->silent = later(sts_client_now(), x->silence_ms);
	}
}

/*
 * A service that said it is at work was there: a question it did not answer
 * in time is told from one that nobody took.
 */
static void
no_answer(struct exchange *x)
{
	const char *why = sts_client_now() >= x->total ? timeout : fell_silent;

	x->line[0] = '\0';
	if (x->waited && strlen(why) < x->size)
		memcpy(x->line, why, strlen(why) + 1);
}

/* Not both at once: the service would look into both at once. */
static int
ask_first(struct exchange *x, const char *question)
{
	if (send_question(x, question) != 0 || take_answer(x) != 0)
		return -1;
	x->waited = true;
	x->have = 0;
	x->silent = later(sts_client_now(), x->silence_ms);
	return 0;
}

static enum sts_reply_kind
exchange(struct exchange *x, const struct sts_client_config *config,
    const char *question)
{
	const char *first = config->first;
	enum sts_reply_kind kind = STS_REPLY_TEMP;
	bool answered = false;

	if (!askable(question) || (first != NULL && !askable(first)))
		return STS_REPLY_TEMP;
	x->fd = sts_client_connect(config->socket, deadline(x));
	if (x->fd < 0)
		return STS_REPLY_TEMP;
	if ((first == NULL || ask_first(x, first) == 0) &&
	    send_question(x, question) == 0 && take_answer(x) == 0) {
		kind = sts_client_kind(x->line);
		answered = kind != STS_REPLY_TEMP ||
			   strncmp(x->line, "STS1 temp ", 10) == 0;
	}
	if (!answered)
		no_answer(x);
	close(x->fd);
	return kind;
}

enum sts_reply_kind
sts_client_ask(const struct sts_client_config *config,
    const char *verb_and_args, char *line, size_t size)
{
	int64_t now = sts_client_now();
	struct exchange x = {.silence_ms = config->silence_ms,
	    .silent = later(now, config->silence_ms),
	    .total = later(now, config->total_ms),
	    .line = line,
	    .size = size < STS_CLIENT_LINE ? size : STS_CLIENT_LINE};
	enum sts_reply_kind kind;
	int error = errno;

	if (size == 0)
		return STS_REPLY_TEMP;
	line[0] = '\0';
	kind = exchange(&x, config, verb_and_args);
	errno = error;
	return kind;
}
