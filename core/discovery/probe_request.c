/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cert_look.h"
#include "probe_impl.h"

#define SHARES 3
/* Who is patient waits for room so long at most, in milliseconds. */
#define ROOM_WAIT 60000

static void start(struct sts_probe_request *req);

static int64_t
now(const struct sts_prober *p)
{
	return p->clock.ops->mono(p->clock.ctx);
}

static void
let_in(void *arg)
{
	struct sts_prober *p = arg;
	struct sts_probe_request *req, *next;

	p->wake = NULL;
	/* Nothing in here calls back: start() leaves that to the timer. */
	for (req = TAILQ_FIRST(&p->open);
	     req != NULL && p->connected < p->total_max; req = next) {
		next = TAILQ_NEXT(req, link);
		if (req->stage == STS_PROBE_WAITING)
			start(req);
	}
}

/* Who waits is looked at from the loop, not under somebody's callback. */
static void
wake(struct sts_prober *p)
{
	if (p->wake == NULL && !p->closing)
		p->wake = p->clock.ops->timer(p->clock.ctx, now(p), let_in, p);
}

/* Let go of everything. */
static void
detach(struct sts_probe_request *req)
{
	struct sts_prober *p = req->prober;

	sts_probe_disconnect(req);
	p->clock.ops->cancel(p->clock.ctx, req->timer);
	p->clock.ops->cancel(p->clock.ctx, req->share);
	if (req->query != NULL)
		req->addresses.ops->cancel(req->addresses.ctx, req->query);
	TAILQ_REMOVE(&p->open, req, link);
	if (req->gone != NULL)
		*req->gone = true;
	wake(p);
}

static void
discard(struct sts_probe_request *req)
{
	if (req->seen != NULL)
		sts_cert_chain_free(req->seen->chain, STS_CERT_CHAIN);
	free(req->seen);
	free(req);
}

void
sts_probe_cancel(struct sts_probe_request *req)
{
	detach(req);
	discard(req);
}

static void
finish(struct sts_probe_request *req)
{
	static const char *const words[] = {[STS_PROBE_GOOD] = "good",
	    [STS_PROBE_DEFECT] = "defect",
	    [STS_PROBE_UNREACHABLE] = "unreachable",
	    [STS_PROBE_SLOW] = "slow",
	    [STS_PROBE_LOCAL] = "untried"};
	struct sts_probe_answer *best = &req->best;
	char host[STS_DOMAIN_SIZE];

	if (req->seen != NULL && req->seen->tls != NULL)
		best->seen = req->seen;

	sts_log(req->prober->log,
	    best->status == STS_PROBE_LOCAL ? STS_LOG_INFO : STS_LOG_DEBUG,
	    "probe", "host=%s status=%s result=%s detail=\"%s\"",
	    sts_str_escape(sts_str(req->host), host, sizeof(host)),
	    words[best->status], best->result[0] != '\0' ? best->result : "-",
	    best->detail);
	detach(req);
	req->cb(req->arg, best);
	discard(req);
}

/*
 * What says most about the host: good; not known; too slow for us; TLS is
 * broken; not reached.
 * One address that we could not look at may be the good one, and so may one
 * that was too slow: a mail server waits longer.
 */
static int
rank(enum sts_probe_status status)
{
	static const int ranks[] = {[STS_PROBE_GOOD] = 4,
	    [STS_PROBE_LOCAL] = 3,
	    [STS_PROBE_SLOW] = 2,
	    [STS_PROBE_DEFECT] = 1,
	    [STS_PROBE_UNREACHABLE] = 0};

	return ranks[status];
}

static void
keep(struct sts_probe_request *req, enum sts_probe_status status,
    const char *result, const char *detail)
{
	struct sts_probe_answer *best = &req->best;

	if (req->tried && rank(status) <= rank(best->status))
		return;
	req->tried = true;
	best->status = status;
	best->result = result;
	sts_str_escape(sts_str(detail), best->detail, sizeof(best->detail));
	if (req->at < req->n_addr)
		best->addr = req->addr[req->at];
}

void
sts_probe_tried(struct sts_probe_request *req, enum sts_probe_status status,
    const char *result, const char *detail)
{
	sts_probe_disconnect(req);
	wake(req->prober); /* for others at this address */
	keep(req, status, result, detail);
	req->at++;
	if (status == STS_PROBE_GOOD || req->at >= req->n_addr ||
	    now(req->prober) >= req->deadline)
		finish(req);
	else
		start(req);
}

/* The address' time is over; or it never had any. */
static void
over(struct sts_probe_request *req)
{
	switch (req->stage) {
	case STS_PROBE_REFUSED:
		sts_probe_tried(req, STS_PROBE_UNREACHABLE, "", req->refused);
		return;
	case STS_PROBE_FAULT:
		sts_probe_tried(req, STS_PROBE_LOCAL, "", "fault");
		return;
	default:
		sts_probe_late(req);
	}
}

static void
on_share(void *arg)
{
	struct sts_probe_request *req = arg;

	req->share = NULL;
	over(req);
}

static bool begin_anew(struct sts_probe_request *req);

static void
on_deadline(void *arg)
{
	struct sts_probe_request *req = arg;

	req->timer = NULL;
	switch (req->stage) {
	case STS_PROBE_LOOKUP:
		keep(req, STS_PROBE_UNREACHABLE, "", "dns-timeout");
		finish(req);
		return;
	case STS_PROBE_WAITING:
		if (now(req->prober) - req->began < ROOM_WAIT &&
		    begin_anew(req))
			return;
		keep(req, STS_PROBE_LOCAL, "", "busy");
		finish(req);
		return;
	default:
		over(req);
	}
}

/* Who is patient has all of its time once there is room. */
static bool
begin_anew(struct sts_probe_request *req)
{
	struct sts_prober *p = req->prober;
	int64_t deadline = now(p) + req->span;
	struct sts_timer *timer = NULL;

	if (p->patient)
		timer = p->clock.ops->timer(
		    p->clock.ctx, deadline, on_deadline, req);
	if (timer == NULL)
		return false;
	p->clock.ops->cancel(p->clock.ctx, req->timer);
	req->timer = timer;
	req->deadline = deadline;
	return true;
}

/* In the order in which they came; until the deadline. */
static void
wait_for_room(struct sts_probe_request *req)
{
	struct sts_prober *p = req->prober;

	if (req->stage != STS_PROBE_WAITING) {
		TAILQ_REMOVE(&p->open, req, link);
		TAILQ_INSERT_TAIL(&p->open, req, link);
	}
	req->stage = STS_PROBE_WAITING;
}

/* Of the time that is left, the next address': not so little, where there are
 * many, that a far host that is well would have no handshake in it. */
static int64_t
share_of(const struct sts_probe_request *req)
{
	int64_t n = (int64_t)(req->n_addr - req->at);

	return (req->deadline - now(req->prober)) / (n < SHARES ? n : SHARES);
}

/*
 * Connect to the next address, or wait for room. The time that is left is
 * shared with the addresses behind it. What fails at once is told by the
 * timer, and without one by the deadline: nothing in here calls back.
 */
static void
start(struct sts_probe_request *req)
{
	struct sts_prober *p = req->prober;
	int64_t share, from = now(p);

	p->clock.ops->cancel(p->clock.ctx, req->share);
	req->share = NULL;
	if (!sts_probe_has_room(req)) {
		wait_for_room(req);
		return;
	}
	if (req->stage == STS_PROBE_WAITING)
		(void)begin_anew(req);
	share = share_of(req);
	TAILQ_REMOVE(&p->open, req, link);
	TAILQ_INSERT_HEAD(&p->open, req, link);
	req->stage = sts_probe_connect(req);
	if (req->stage != STS_PROBE_CONNECT) {
		sts_probe_disconnect(req);
		TAILQ_REMOVE(&p->open, req, link);
		TAILQ_INSERT_TAIL(&p->open, req, link);
		share = 0;
	}
	req->share =
	    p->clock.ops->timer(p->clock.ctx, from + share, on_share, req);
}

static void
on_addresses(void *arg, const struct sts_address_answer *answer)
{
	static const char *const why[] = {[STS_DNS_ABSENT] = "dns-absent",
	    [STS_DNS_SERVFAIL] = "dns-servfail",
	    [STS_DNS_TIMEOUT] = "dns-timeout",
	    [STS_DNS_BOGUS] = "dns-bogus",
	    [STS_DNS_LOCAL] = "dns"};
	struct sts_probe_request *req = arg;
	struct sts_prober *p = req->prober;

	req->query = NULL;
	for (size_t i = 0; answer->status == STS_DNS_FOUND && i < answer->n &&
			   i < STS_ADDRESSES_MAX;
	     i++)
		if (sts_guard_permits(
			&p->guard, (const struct sockaddr *)&answer->addr[i]))
			req->addr[req->n_addr++] = answer->addr[i];
	if (req->n_addr > 0) {
		start(req);
		return;
	}
	if (answer->status == STS_DNS_FOUND)
		keep(req, STS_PROBE_UNREACHABLE, "", "address-refused");
	else
		keep(req,
		    answer->status == STS_DNS_LOCAL ? STS_PROBE_LOCAL
						    : STS_PROBE_UNREACHABLE,
		    "", why[answer->status]);
	finish(req);
}

static struct sts_probe_request *
make(struct sts_prober *p, const char *host, int64_t deadline)
{
	struct sts_probe_request *req = calloc(1, sizeof(*req));

	if (req == NULL)
		return NULL;
	req->prober = p;
	req->fd = -1;
	req->began = now(p);
	req->span = deadline - req->began;
	req->deadline = deadline;
	req->addresses = p->addresses;
	req->best.result = "";
	snprintf(req->host, sizeof(req->host), "%s", host);
	req->timer =
	    p->clock.ops->timer(p->clock.ctx, deadline, on_deadline, req);
	if (req->timer == NULL) {
		free(req);
		return NULL;
	}
	TAILQ_INSERT_TAIL(&p->open, req, link);
	return req;
}

/* A request in the making; NULL: there is none, and cb has been told. */
static struct sts_probe_request *
begin(struct sts_prober *p, const char *host, int64_t deadline,
    sts_probe_cb *cb, void *arg)
{
	struct sts_probe_answer local = {
	    .status = STS_PROBE_LOCAL, .result = "", .detail = "request"};
	struct sts_probe_request *req = NULL;

	if (p->closing || strlen(host) >= STS_DOMAIN_SIZE ||
	    (req = make(p, host, deadline)) == NULL) {
		cb(arg, &local);
		return NULL;
	}
	req->cb = cb;
	req->arg = arg;
	return req;
}

struct sts_probe_request *
sts_probe_at(struct sts_prober *p, const char *host,
    const struct sockaddr_storage *addr, int64_t deadline, sts_probe_cb *cb,
    void *arg)
{
	struct sts_address_answer answer = {
	    .status = STS_DNS_FOUND, .addr = addr, .n = 1};
	struct sts_probe_request *req = begin(p, host, deadline, cb, arg);
	bool gone = false;

	if (req == NULL)
		return NULL;
	req->gone = &gone;
	req->seen = calloc(1, sizeof(*req->seen));
	on_addresses(req, &answer);
	if (gone)
		return NULL;
	/* clang-tidy does not see that gone says whether it is freed. */
	req->gone = NULL; // NOLINT(clang-analyzer-unix.Malloc)
	return req;
}

struct sts_probe_request *
sts_probe(struct sts_prober *p, const char *host, int64_t deadline,
    sts_probe_cb *cb, void *arg)
{
	struct sts_probe_request *req = begin(p, host, deadline, cb, arg);
	struct sts_address_query *query;
	bool gone = false;

	if (req == NULL)
		return NULL;
	req->gone = &gone;
	query = req->addresses.ops->lookup(
	    req->addresses.ctx, req->host, deadline, on_addresses, req);
	if (gone)
		return NULL;
	req->gone = NULL;
	if (req->stage == STS_PROBE_LOOKUP)
		req->query = query;
	return req;
}
