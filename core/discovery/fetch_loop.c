/* SPDX-License-Identifier: ISC */
#include <event2/event.h>
#include <malloc.h>

#include "fetch_impl.h"

/* curl's multi handle on libevent. */

#define TIDY_AFTER 200

static void
drain(struct sts_fetcher *f)
{
	struct sts_http_request *req;
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(f->multi, &left)) != NULL) {
		struct sts_http_answer answer = {0};

		if (message->msg != CURLMSG_DONE ||
		    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE,
			&req) != CURLE_OK ||
		    req == NULL)
			continue;
		sts_fetch_verdict(req, message->data.result, &answer);
		sts_fetch_finish(req, &answer);
		f->untidy++;
	}
}

/*
 * What stays (policies, the resolver's cache) is allocated between what many
 * transfers at once need for a moment: holes of megabytes. This takes 1 ms.
 */
static void
tidy(struct sts_fetcher *f)
{
	if (f->untidy < TIDY_AFTER || !TAILQ_EMPTY(&f->open))
		return;
	f->untidy = 0;
	(void)malloc_trim(0);
}

/* A callback has freed the fetcher if it is doomed. */
static void
leave(struct sts_fetcher *f)
{
	f->busy = false;
	if (f->doomed)
		sts_fetcher_free(f);
}

/* curl lost its footing: nothing in flight says anything of a domain. */
static void
fail_all(struct sts_fetcher *f, CURLMcode rc)
{
	struct sts_http_request *req;

	sts_log(f->log, STS_LOG_ERROR, "fetch-multi", "text=\"%s\"",
	    curl_multi_strerror(rc));
	TAILQ_FOREACH (req, &f->open, link)
		if (req->stage == STS_FETCH_TRANSFER)
			req->stop = STS_FETCH_FAULT;
	sts_fetch_loop_wake(f);
}

static void
act(struct sts_fetcher *f, curl_socket_t fd, int what)
{
	int running;
	CURLMcode rc;

	f->busy = true;
	rc = curl_multi_socket_action(f->multi, fd, what, &running);
	if (rc != CURLM_OK)
		fail_all(f, rc);
	drain(f);
	tidy(f);
	leave(f);
}

static void
on_ready(evutil_socket_t fd, short what, void *arg)
{
	act(arg, fd,
	    (what & EV_READ ? CURL_CSELECT_IN : 0) |
		(what & EV_WRITE ? CURL_CSELECT_OUT : 0));
}

static void
on_timeout(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	act(arg, CURL_SOCKET_TIMEOUT, 0);
}

static void
on_wake(evutil_socket_t fd, short what, void *arg)
{
	struct sts_fetcher *f = arg;

	(void)fd;
	(void)what;
	f->busy = true;
	sts_fetch_wake(f);
	leave(f);
}

static struct event *
watch(struct sts_fetcher *f, curl_socket_t fd, int what)
{
	struct event *ev = event_new(f->base, fd,
	    (short)(EV_PERSIST | (what & CURL_POLL_IN ? EV_READ : 0) |
		    (what & CURL_POLL_OUT ? EV_WRITE : 0)),
	    on_ready, f);

	if (ev != NULL && event_add(ev, NULL) != 0) {
		event_free(ev);
		ev = NULL;
	}
	return ev;
}

static int
on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *old)
{
	struct sts_fetcher *f = arg;
	struct sts_http_request *req = NULL;
	struct event *ev = NULL;

	if (old != NULL)
		event_free(old);
	if (what != CURL_POLL_REMOVE && (ev = watch(f, fd, what)) == NULL &&
	    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &req) == CURLE_OK &&
	    req != NULL) {
		/* -1 would end every transfer; this one cannot go on. */
		req->stop = STS_FETCH_FAULT;
		sts_fetch_loop_wake(f);
	}
	curl_multi_assign(f->multi, fd, ev);
	return 0;
}

static int
on_timer(CURLM *multi, long ms, void *arg)
{
	struct sts_fetcher *f = arg;
	struct timeval tv = {ms / 1000, ms % 1000 * 1000};

	(void)multi;
	if (ms < 0)
		return event_del(f->timer);
	return event_add(f->timer, &tv);
}

void
sts_fetch_loop_wake(struct sts_fetcher *f)
{
	event_active(f->wake, EV_TIMEOUT, 0);
}

enum sts_err
sts_fetch_loop_open(struct sts_fetcher *f)
{
	f->timer = event_new(f->base, -1, 0, on_timeout, f);
	f->wake = event_new(f->base, -1, 0, on_wake, f);
	f->multi = curl_multi_init();
	if (f->timer == NULL || f->wake == NULL || f->multi == NULL)
		return STS_ENOMEM;
	if (curl_multi_setopt(f->multi, CURLMOPT_SOCKETFUNCTION, on_socket) ||
	    curl_multi_setopt(f->multi, CURLMOPT_SOCKETDATA, f) ||
	    curl_multi_setopt(f->multi, CURLMOPT_TIMERFUNCTION, on_timer) ||
	    curl_multi_setopt(f->multi, CURLMOPT_TIMERDATA, f) ||
	    curl_multi_setopt(
		f->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING))
		return STS_EINVAL;
	return STS_OK;
}

void
sts_fetch_loop_close(struct sts_fetcher *f)
{
	/* First curl: it may still call for its sockets and its timer. */
	if (f->multi != NULL)
		curl_multi_cleanup(f->multi);
	if (f->timer != NULL)
		event_free(f->timer);
	if (f->wake != NULL)
		event_free(f->wake);
}
