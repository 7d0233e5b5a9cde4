/* SPDX-License-Identifier: ISC */
#include "fetch_impl.h"

void
sts_fetch_admit(struct sts_http_request *req)
{
	struct sts_fetcher *f = req->fetcher;
	enum sts_err err = STS_OK;

	if (f->proxy == NULL)
		err = sts_fetch_take(req);
	if (err == STS_ELIMIT) {
		if (req->stage != STS_FETCH_WAITING) {
			TAILQ_REMOVE(&f->open, req, link);
			TAILQ_INSERT_TAIL(&f->waiting, req, link);
			req->stage = STS_FETCH_WAITING;
		}
		return;
	}
	if (req->stage == STS_FETCH_WAITING) {
		TAILQ_REMOVE(&f->waiting, req, link);
		TAILQ_INSERT_TAIL(&f->open, req, link);
	}
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
