/* SPDX-License-Identifier: ISC */
#include "fetch_impl.h"

/*
 * The engine takes all of a fetch for the other side's time and allows for a
 * second of ours in it: a request waits no longer for room, or our limit would
 * make a domain late and its policy void. And what is BEGUN so long ago, such
 * as by slow DNS, that the engine's own patience may end (10 s, of which TXT
 * may have taken 5) gets no room any more. Milliseconds. For reports nobody
 * waits.
 */
#define PATIENCE 1000
#define BEGUN    4000

static bool
patient(const struct sts_http_request *req)
{
	return req->kind->patient || req->fetcher->patient;
}

static bool
until(struct sts_http_request *req, int64_t at)
{
	if (!patient(req) && at > req->began + BEGUN)
		at = req->began + BEGUN;
	return sts_fetch_until(req, at < req->deadline ? at : req->deadline);
}

/* False: no memory for its timer. */
static bool
enqueue(struct sts_http_request *req)
{
	struct sts_fetcher *f = req->fetcher;
	int64_t now = f->clock.ops->mono(f->clock.ctx);

	if (!until(req, patient(req) ? req->deadline : now + PATIENCE))
		return false;
	TAILQ_REMOVE(&f->open, req, link);
	TAILQ_INSERT_TAIL(&f->waiting, req, link);
	req->stage = STS_FETCH_WAITING;
	req->waits_since = now;
	return true;
}

static bool
dequeue(struct sts_http_request *req)
{
	struct sts_fetcher *f = req->fetcher;

	TAILQ_REMOVE(&f->waiting, req, link);
	TAILQ_INSERT_TAIL(&f->open, req, link);
	req->trace.wait_ms =
	    f->clock.ops->mono(f->clock.ctx) - req->waits_since;
	return sts_fetch_until(req, req->deadline);
}

void
sts_fetch_admit(struct sts_http_request *req)
{
	struct sts_fetcher *f = req->fetcher;
	enum sts_err err = STS_OK;
	bool waits = req->stage == STS_FETCH_WAITING;

	if (f->proxy == NULL)
		err = sts_fetch_take(req);
	if (err == STS_ELIMIT && (waits || enqueue(req)))
		return;
	if (waits && !dequeue(req))
		err = STS_ENOMEM;
	/* Perhaps the full address is the only good one. */
	if (req->left_out && !until(req, req->deadline))
		err = STS_ENOMEM;
	req->stage = STS_FETCH_TRANSFER;
	if (err != STS_OK || !sts_fetch_start(req)) {
		req->stop = STS_FETCH_FAULT;
		sts_fetch_loop_wake(f);
	}
}

static struct sts_http_request *
first_fault(struct sts_fetcher *f)
{
	struct sts_http_request *req;

	TAILQ_FOREACH (req, &f->open, link)
		if (req->stop == STS_FETCH_FAULT)
			return req;
	return NULL;
}

void
sts_fetch_wake(struct sts_fetcher *f)
{
	struct sts_http_request *req, *next;

	/* A callback may end any other request, so begin anew each time. */
	while ((req = first_fault(f)) != NULL)
		sts_fetch_answer(req, STS_HTTP_LOCAL, "fault");
	for (req = TAILQ_FIRST(&f->waiting); req != NULL; req = next) {
		next = TAILQ_NEXT(req, link);
		sts_fetch_admit(req);
	}
}
