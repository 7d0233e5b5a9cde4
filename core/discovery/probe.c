/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "probe_impl.h"

enum sts_err
sts_prober_new(struct event_base *base, const struct sts_probe_config *config,
    struct sts_addresses addresses, struct sts_clock clock,
    const struct sts_log *log, struct sts_prober **out)
{
	struct sts_prober *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return STS_ENOMEM;
	p->base = base;
	p->addresses = addresses;
	p->clock = clock;
	p->log = log;
	p->guard = config->guard;
	p->total_max = config->total_max;
	p->per_address_max = config->per_address_max;
	p->port = config->port;
	p->patient = config->patient;
	TAILQ_INIT(&p->open);
	if ((p->ca_file = strdup(config->ca_file)) == NULL ||
	    (p->helo = strdup(config->helo)) == NULL) {
		sts_prober_free(p);
		return STS_ENOMEM;
	}
	*out = p;
	return STS_OK;
}

void
sts_prober_free(struct sts_prober *p)
{
	struct sts_probe_request *req;
	struct sts_probe_answer answer = {
	    .status = STS_PROBE_LOCAL, .result = "", .detail = "closing"};

	if (p == NULL)
		return;
	p->closing = true;
	while ((req = TAILQ_FIRST(&p->open)) != NULL) {
		sts_probe_cb *cb = req->cb;
		void *arg = req->arg;

		sts_probe_cancel(req);
		cb(arg, &answer);
	}
	p->clock.ops->cancel(p->clock.ctx, p->wake);
	SSL_CTX_free(p->ctx);
	free(p->ca_file);
	free(p->helo);
	free(p);
}

static struct sts_probe_request *
probe(
    void *ctx, const char *host, int64_t deadline, sts_probe_cb *cb, void *arg)
{
	return sts_probe(ctx, host, deadline, cb, arg);
}

static struct sts_probe_request *
probe_at(void *ctx, const char *host, const struct sockaddr_storage *addr,
    int64_t deadline, sts_probe_cb *cb, void *arg)
{
	return sts_probe_at(ctx, host, addr, deadline, cb, arg);
}

static void
cancel(void *ctx, struct sts_probe_request *request)
{
	(void)ctx;
	sts_probe_cancel(request);
}

struct sts_probing
sts_prober_probing(struct sts_prober *p)
{
	static const struct sts_probing_ops ops = {probe, probe_at, cancel};

	return (struct sts_probing){&ops, p};
}

void
sts_prober_use(struct sts_prober *p, struct sts_addresses addresses)
{
	p->addresses = addresses;
}
