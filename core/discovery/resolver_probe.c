/* SPDX-License-Identifier: ISC */
#include <unbound.h>
#include <unbound-event.h>

#include "resolver_impl.h"

/* All in milliseconds. */
#define PROBE_TIME   5000
#define RETRY_FIRST  1000
#define RETRY_MAX    8000
#define STRIPPED_FOR 300000 /* then it is asked again */
#define DOUBT_EVERY  60000

/* So often without keys, and an upstream that answers else has none to give. */
#define FAILURES_MAX 3

static void fire(void *arg);
static void turn(void *arg);

static int64_t
now(const struct sts_resolver *resolver)
{
	return resolver->clock.ops->mono(resolver->clock.ctx);
}

static enum sts_err
upstream_new(
    struct sts_resolver *resolver, bool validate, struct sts_upstream **out)
{
	return sts_upstream_new(
	    resolver->base, &resolver->servers, validate, resolver->log, out);
}

/* Set the timer anew; without memory the old one stays. */
static bool
rearm(struct sts_resolver *resolver, int64_t at, void (*fn)(void *arg))
{
	struct sts_clock clock = resolver->clock;
	struct sts_timer *timer = clock.ops->timer(clock.ctx, at, fn, resolver);

	if (timer == NULL)
		return false;
	clock.ops->cancel(clock.ctx, resolver->probe.timer);
	resolver->probe.timer = timer;
	return true;
}

static void
probed(
    void *arg, int rcode, void *packet, int n, int sec, char *why, int limited)
{
	struct sts_resolver *resolver = arg;
	struct sts_probe *probe = &resolver->probe;

	(void)sec, (void)why, (void)limited; /* nothing is validated here */
	probe->asking = false;
	probe->is_signed = false;
	probe->status = STS_DNS_SERVFAIL;
	if (rcode == 0 && packet != NULL && n >= 0 &&
	    sts_wire_signed(
		packet, (size_t)n, probe->type, &probe->is_signed) == STS_OK)
		probe->status = STS_DNS_FOUND;
	(void)rearm(resolver, now(resolver), fire);
}

static void
ask(struct sts_resolver *resolver, unsigned type)
{
	struct sts_probe *probe = &resolver->probe;
	int id = 0;

	probe->type = type;
	probe->asking = true;
	probe->status = STS_DNS_TIMEOUT;
	if (ub_resolve_event(probe->upstream->ctx, ".", (int)type, 1, resolver,
		probed, &id) != UB_NOERROR) {
		probe->asking = false;
		probe->status = STS_DNS_LOCAL;
		(void)rearm(resolver, now(resolver), fire);
	}
	probe->id = id;
}

static void
again(struct sts_resolver *resolver)
{
	struct sts_probe *probe = &resolver->probe;
	int64_t wait = STRIPPED_FOR;
	unsigned i;

	if (resolver->dnssec == STS_DNSSEC_ON)
		return; /* until an answer is bogus */
	if (resolver->dnssec == STS_DNSSEC_UNKNOWN) {
		wait = RETRY_FIRST;
		for (i = 1; i < probe->failures && wait < RETRY_MAX; i++)
			wait *= 2;
	}
	if (!rearm(resolver, now(resolver) + wait, turn))
		sts_log(resolver->log, STS_LOG_ERROR, "resolver-probe-stopped",
		    "error=\"out of memory\"");
}

static void
failed(struct sts_resolver *resolver, enum sts_dns_status status)
{
	struct sts_probe *probe = &resolver->probe;

	sts_log(resolver->log,
	    probe->failures == 0 ? STS_LOG_WARNING : STS_LOG_DEBUG,
	    "resolver-probe-failed", "question=\". DNSKEY\" result=%s",
	    status == STS_DNS_TIMEOUT ? "timeout" : "servfail");
	probe->failures++;
	/* What failed is a question of ours: nothing was learned of theirs. */
	if (resolver->dnssec == STS_DNSSEC_UNKNOWN)
		sts_questions_fail(resolver);
	again(resolver);
}

/* From now on this upstream is asked; questions on the old one end there. */
static void
settle(struct sts_resolver *resolver, enum sts_dnssec dnssec,
    struct sts_upstream *upstream)
{
	struct sts_upstream *old = resolver->upstream;

	resolver->probe.failures = 0;
	if (resolver->dnssec == dnssec) {
		sts_upstream_retire(upstream);
		again(resolver);
		return;
	}
	resolver->upstream = upstream;
	resolver->dnssec = dnssec;
	sts_upstream_retire(old);
	if (dnssec == STS_DNSSEC_ON)
		sts_log(resolver->log, STS_LOG_INFO, "resolver-dnssec",
		    "state=validating");
	else
		sts_log(resolver->log, STS_LOG_WARNING, "resolver-no-dnssec",
		    "state=stripped error=\"the name servers give no DNSSEC"
		    " signatures: nothing is validated\"");
	again(resolver);
	sts_questions_ask(resolver);
}

/* The keys came with signatures: validate from now on. */
static void
validate(struct sts_resolver *resolver)
{
	struct sts_upstream *upstream = NULL;

	if (resolver->dnssec != STS_DNSSEC_ON &&
	    upstream_new(resolver, true, &upstream) != STS_OK) {
		failed(resolver, STS_DNS_LOCAL);
		return;
	}
	settle(resolver, STS_DNSSEC_ON, upstream);
}

/* The result is there, or the time is up. */
static void
fire(void *arg)
{
	struct sts_resolver *resolver = arg;
	struct sts_probe *probe = &resolver->probe;
	struct sts_upstream *upstream = probe->upstream;

	probe->timer = NULL;
	if (probe->asking)
		(void)ub_cancel(upstream->ctx, probe->id);
	probe->asking = false;
	probe->upstream = NULL;
	if (probe->status == STS_DNS_FOUND && !probe->is_signed) {
		settle(resolver, STS_DNSSEC_STRIPPED, upstream);
		return;
	}
	if (probe->status != STS_DNS_FOUND && probe->type == STS_TYPE_DNSKEY &&
	    probe->failures >= FAILURES_MAX &&
	    rearm(resolver, now(resolver) + PROBE_TIME, fire)) {
		probe->upstream = upstream;
		ask(resolver, STS_TYPE_SOA);
		return;
	}
	sts_upstream_retire(upstream);
	if (probe->status == STS_DNS_FOUND)
		validate(resolver);
	else
		failed(resolver, probe->status);
}

static void
turn(void *arg)
{
	struct sts_resolver *resolver = arg;
	struct sts_probe *probe = &resolver->probe;

	probe->timer = NULL;
	probe->last = now(resolver);
	if (upstream_new(resolver, false, &probe->upstream) != STS_OK) {
		failed(resolver, STS_DNS_LOCAL);
		return;
	}
	if (!rearm(resolver, now(resolver) + PROBE_TIME, fire)) {
		sts_upstream_retire(probe->upstream);
		probe->upstream = NULL;
		failed(resolver, STS_DNS_LOCAL);
		return;
	}
	ask(resolver, STS_TYPE_DNSKEY);
}

enum sts_err
sts_probe_start(struct sts_resolver *resolver)
{
	struct sts_upstream *trial;
	enum sts_err err = upstream_new(resolver, true, &trial);

	/* Only to see now whether the trust anchor can be used. */
	if (err != STS_OK)
		return err;
	sts_upstream_retire(trial);
	resolver->dnssec = STS_DNSSEC_UNKNOWN;
	return rearm(resolver, now(resolver), turn) ? STS_OK : STS_ENOMEM;
}

void
sts_probe_stop(struct sts_resolver *resolver)
{
	struct sts_probe *probe = &resolver->probe;

	resolver->clock.ops->cancel(resolver->clock.ctx, probe->timer);
	if (probe->asking)
		(void)ub_cancel(probe->upstream->ctx, probe->id);
	sts_upstream_retire(probe->upstream);
}

void
sts_probe_want(struct sts_resolver *resolver)
{
	struct sts_probe *probe = &resolver->probe;

	if (resolver->closing || probe->timer != NULL)
		return; /* one is under way or will be */
	if (resolver->dnssec == STS_DNSSEC_ON &&
	    now(resolver) - probe->last < DOUBT_EVERY)
		return;
	(void)rearm(resolver, now(resolver), turn);
}
