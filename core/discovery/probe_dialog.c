/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "probe_impl.h"

static const char no_starttls[] = "starttls-not-supported";

static void on_ready(evutil_socket_t fd, short what, void *arg);

bool
sts_probe_await(struct sts_probe_request *req, short what)
{
	struct event_base *base = req->prober->base;

	if (req->event != NULL)
		event_free(req->event);
	req->event = event_new(base, req->fd, what, on_ready, req);
	return req->event != NULL && event_add(req->event, NULL) == 0;
}

/* No such family here, no route, a firewall of ours: that address is not to be
 * had, others may be. */
static enum sts_probe_stage
refused(struct sts_probe_request *req)
{
	req->refused = "connect";
	switch (errno) {
	case ENETUNREACH:
	case EAFNOSUPPORT:
	case EADDRNOTAVAIL:
		req->refused = "no-route";
		return STS_PROBE_REFUSED;
	case EMFILE:
	case ENFILE:
	case ENOBUFS:
	case ENOMEM:
	case EAGAIN: /* no port left */
		return STS_PROBE_FAULT;
	default:
		return STS_PROBE_REFUSED;
	}
}

enum sts_probe_stage
sts_probe_connect(struct sts_probe_request *req)
{
	struct sockaddr_storage to = req->addr[req->at];
	socklen_t n = sizeof(struct sockaddr_in);

	if (to.ss_family == AF_INET6) {
		((struct sockaddr_in6 *)&to)->sin6_port =
		    htons((uint16_t)req->prober->port);
		n = sizeof(struct sockaddr_in6);
	} else {
		((struct sockaddr_in *)&to)->sin_port =
		    htons((uint16_t)req->prober->port);
	}
	req->fd =
	    socket(to.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (req->fd < 0)
		return refused(req);
	req->prober->connected++;
	memset(&req->reply, 0, sizeof(req->reply));
	if (connect(req->fd, (const struct sockaddr *)&to, n) != 0 &&
	    errno != EINPROGRESS)
		return refused(req);
	return sts_probe_await(req, EV_WRITE) ? STS_PROBE_CONNECT
					      : STS_PROBE_FAULT;
}

void
sts_probe_disconnect(struct sts_probe_request *req)
{
	SSL_free(req->ssl);
	req->ssl = NULL;
	if (req->event != NULL)
		event_free(req->event);
	req->event = NULL;
	if (req->fd >= 0) {
		close(req->fd);
		req->prober->connected--;
	}
	req->fd = -1;
}

void
sts_probe_late(struct sts_probe_request *req)
{
	/* Of many addresses each has too little time to be blamed for it. */
	if (req->stage == STS_PROBE_HANDSHAKE && req->n_addr == 1)
		sts_probe_tried(
		    req, STS_PROBE_DEFECT, "validation-failure", "io-timeout");
	else if (req->stage == STS_PROBE_CONNECT)
		sts_probe_tried(req, STS_PROBE_UNREACHABLE, "", "timeout");
	else
		sts_probe_tried(req, STS_PROBE_SLOW, "", "reply-timeout");
}

/* Lines are short and the buffer is empty: half a line is a broken peer. */
static void
say(struct sts_probe_request *req, enum sts_probe_stage stage, const char *line)
{
	size_t n = strlen(line);

	memset(&req->reply, 0, sizeof(req->reply));
	req->stage = stage;
	if (send(req->fd, line, n, MSG_NOSIGNAL) != (ssize_t)n)
		sts_probe_tried(req, STS_PROBE_UNREACHABLE, "", "io");
	else if (!sts_probe_await(req, EV_READ | EV_PERSIST))
		sts_probe_tried(req, STS_PROBE_LOCAL, "", "fault");
}

static void
on_greeting(struct sts_probe_request *req)
{
	char line[300];

	if (req->reply.code != 220) {
		sts_probe_tried(req, STS_PROBE_UNREACHABLE, "", "greeting");
		return;
	}
	snprintf(line, sizeof(line), "EHLO %s\r\n", req->prober->helo);
	say(req, STS_PROBE_EHLO, line);
}

static void
on_ehlo(struct sts_probe_request *req)
{
	if (req->reply.code / 100 == 4)
		sts_probe_tried(req, STS_PROBE_UNREACHABLE, "", "ehlo");
	else if (req->reply.code != 250)
		sts_probe_tried(req, STS_PROBE_DEFECT, no_starttls, "ehlo");
	else if (!req->reply.starttls)
		sts_probe_tried(
		    req, STS_PROBE_DEFECT, no_starttls, "not-offered");
	else
		say(req, STS_PROBE_STARTTLS, "STARTTLS\r\n");
}

/*
 * What is sent behind the 220 was never protected, and would be taken for
 * part of the protected dialogue.
 */
static void
on_starttls(struct sts_probe_request *req, bool more)
{
	char text[16];

	if (req->reply.code != 220) {
		snprintf(text, sizeof(text), "smtp-%d", req->reply.code);
		sts_probe_tried(req, STS_PROBE_DEFECT, no_starttls, text);
	} else if (more) {
		sts_probe_tried(req, STS_PROBE_DEFECT, "validation-failure",
		    "data-behind-starttls");
	} else if (!sts_probe_tls_begin(req)) {
		sts_probe_tried(req, STS_PROBE_LOCAL, "", "tls");
	} else {
		sts_probe_tls_step(req);
	}
}

/* A whole reply; more: there is something behind it. */
static void
on_reply(struct sts_probe_request *req, bool more)
{
	if (req->stage == STS_PROBE_STARTTLS)
		on_starttls(req, more);
	else if (more)
		sts_probe_tried(req, STS_PROBE_UNREACHABLE, "", "smtp-syntax");
	else if (req->stage == STS_PROBE_GREETING)
		on_greeting(req);
	else
		on_ehlo(req);
}

static void
on_input(struct sts_probe_request *req)
{
	char buf[4096];
	ssize_t n = recv(req->fd, buf, sizeof(buf), 0);
	size_t used;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		sts_probe_tried(req, STS_PROBE_UNREACHABLE, "", "io");
		return;
	}
	switch (sts_probe_read(&req->reply, buf, (size_t)n, &used)) {
	case STS_PROBE_MORE:
		return;
	case STS_PROBE_DONE:
		on_reply(req, used < (size_t)n);
		return;
	case STS_PROBE_BAD:
		sts_probe_tried(req, STS_PROBE_UNREACHABLE, "", "smtp-syntax");
		return;
	}
}

static void
on_connected(struct sts_probe_request *req)
{
	int error = 0;
	socklen_t n = sizeof(error);

	if (getsockopt(req->fd, SOL_SOCKET, SO_ERROR, &error, &n) != 0)
		error = errno;
	if (error != 0) {
		errno = error; /* a router may have said that there is no way */
		if (refused(req) == STS_PROBE_FAULT)
			sts_probe_tried(req, STS_PROBE_LOCAL, "", "fault");
		else
			sts_probe_tried(
			    req, STS_PROBE_UNREACHABLE, "", req->refused);
		return;
	}
	req->stage = STS_PROBE_GREETING;
	if (!sts_probe_await(req, EV_READ | EV_PERSIST))
		sts_probe_tried(req, STS_PROBE_LOCAL, "", "fault");
}

static void
on_ready(evutil_socket_t fd, short what, void *arg)
{
	struct sts_probe_request *req = arg;

	(void)fd;
	(void)what;
	if (req->stage == STS_PROBE_CONNECT)
		on_connected(req);
	else if (req->stage == STS_PROBE_HANDSHAKE)
		sts_probe_tls_step(req);
	else
		on_input(req);
}
