/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "bounds.h"
#include "domain.h"
#include "flight.h"
#include "op.h"
#include "peer.h"
#include "save.h"

/* No record, or none that is usable: for mail the same (TXT-8). */
static void
absent(struct sts_flight *flight, const char *reason, uint32_t ttl)
{
	const struct sts_engine_config *config = &flight->engine->config;

	flight->unseen = reason;
	flight->txt_after = sts_clamp(ttl, config->txt_min, config->txt_max);
	sts_hold_set(flight->engine, flight->dom, STS_HOLD_NEGATIVE, reason,
	    1000 * sts_clamp(ttl, config->negative_min, config->negative_max));
}

static void
invalid(struct sts_flight *flight, const struct sts_diag *why, uint32_t ttl)
{
	const char *reason = "record-invalid";
	struct sts_dom *dom = flight->dom;

	sts_log(flight->engine->deps.log, STS_LOG_INFO, reason,
	    "domain=%s rule=%s", dom->name, why->rule);
	sts_dom_failure(dom, reason, why->rule);
	absent(flight, reason, ttl);
}

static void
found(struct sts_flight *flight, const struct sts_dns_answer *answer)
{
	const struct sts_engine_config *config = &flight->engine->config;
	struct sts_diags diags;
	const struct sts_diag *why;
	enum sts_err err;

	memset(&diags, 0, sizeof(diags));
	err = sts_record_parse(&answer->txt, flight->id, &diags);
	why = sts_diag_error(&diags);
	if (err == STS_OK) {
		flight->have_id = true;
		flight->txt_after =
		    sts_clamp(answer->ttl, config->txt_min, config->txt_max);
	} else if (why != NULL && strcmp(why->rule, "no-record") != 0) {
		invalid(flight, why, answer->ttl);
	} else {
		absent(flight, "no-record", answer->ttl);
	}
}

/* Nothing was learned of the record. */
static void
failed(struct sts_flight *flight, enum sts_dns_status status)
{
	struct sts_engine *engine = flight->engine;
	struct sts_dom *dom = flight->dom;
	const char *reason = "dns-servfail";

	flight->txt_after = STS_HOLD_DNS_MS / 1000;
	if (status == STS_DNS_LOCAL) {
		sts_engine_complain(engine, "dns-local");
		return;
	}
	engine->stats.txt_failed++;
	if (status == STS_DNS_BOGUS) {
		reason = "dns-bogus";
		engine->stats.txt_bogus++;
		flight->unseen = reason;
		sts_hold_set(
		    engine, dom, STS_HOLD_BOGUS, reason, STS_HOLD_BOGUS_MS);
		sts_log(engine->deps.log, STS_LOG_WARNING, reason, "domain=%s",
		    dom->name);
	} else {
		if (status == STS_DNS_TIMEOUT)
			reason = "dns-timeout";
		sts_hold_set(
		    engine, dom, STS_HOLD_DNS, reason, STS_HOLD_DNS_MS);
		sts_log(engine->deps.log, STS_LOG_INFO, "dns-failed",
		    "domain=%s status=%s", dom->name,
		    sts_dns_status_name(status));
	}
	sts_dom_failure(dom, reason, "");
}

/* Mode none is opting out: done with when the record goes (POL-11). */
static void
opted_out(struct sts_flight *flight, enum sts_dns_status status)
{
	struct sts_dom *dom = flight->dom;

	if (status != STS_DNS_ABSENT || dom->held == NULL ||
	    dom->held->policy->mode != STS_MODE_NONE)
		return;
	sts_log(flight->engine->deps.log, STS_LOG_INFO, "policy-removed",
	    "domain=%s id=%s mode=none", dom->name, dom->held->id);
	sts_dom_unpin(flight->engine, dom);
	sts_dom_hold_policy(dom, NULL);
	(void)sts_op_del(flight->engine, dom->name, NULL, NULL);
}

static bool
want_fetch(const struct sts_flight *flight, bool live)
{
	const struct sts_dom *dom = flight->dom;
	int64_t mono = sts_engine_mono(flight->engine);
	bool changed =
	    !live || strcmp(flight->id, dom->held->id) != 0; /* TXT-12 */

	if ((flight->why & STS_WHY_FETCH) != 0)
		return live || flight->have_id;
	if (live && ((flight->why | flight->due) & STS_WHY_REFRESH) != 0)
		return true;
	return flight->have_id && changed &&
	       sts_fetch_allowed(dom, flight->id, mono);
}

/* The moment from which this id may be fetched, ms from now, 0: is so. */
static int64_t
barred_ms(const struct sts_flight *flight)
{
	const struct sts_dom *dom = flight->dom;
	int64_t mono = sts_engine_mono(flight->engine);
	int64_t until = dom->floor;

	if (strcmp(flight->id, dom->fail_id) == 0 && dom->retry_at > until)
		until = dom->retry_at;
	return until > mono ? until - mono : 0;
}

/* There is a record, but within back-off nothing is fetched (HTT-9). */
static void
barred(struct sts_flight *flight, bool live)
{
	struct sts_dom *dom = flight->dom;
	int64_t ms = barred_ms(flight);

	if (ms == 0)
		return;
	if (live) {
		int64_t at =
		    sts_engine_wall(flight->engine) + (ms + 999) / 1000;

		if (dom->held->txt_next > at &&
		    strcmp(flight->id, dom->held->id) != 0)
			dom->held->txt_next = at;
		sts_held_settle(dom->held);
		return;
	}
	sts_hold_set(flight->engine, dom, STS_HOLD_FAILING,
	    dom->last_failure != NULL ? dom->last_failure
				      : sts_http_status_name(STS_HTTP_FETCH),
	    ms);
}

static void
judge(struct sts_flight *flight)
{
	struct sts_dom *dom = flight->dom;
	int64_t wall = sts_engine_wall(flight->engine);
	bool live = sts_dom_live(dom, wall);

	if (live) {
		dom->held->checked = wall;
		dom->held->txt_next = wall + flight->txt_after;
		sts_held_settle(dom->held);
	}
	if (want_fetch(flight, live)) {
		if (!flight->have_id)
			(void)snprintf(flight->id, sizeof(flight->id), "%s",
			    dom->held->id);
		sts_fetch_begin(flight);
		return;
	}
	if (live && strcmp(flight->id, dom->held->id) == 0)
		sts_peer_tell(dom);
	/* Where a fetch follows, that decides. So it does once a day, and a
	 * record that DNS failed to tell of is no failure to fetch. */
	if (flight->unseen != NULL)
		sts_flight_report(flight, sts_http_status_name(STS_HTTP_FETCH),
		    flight->unseen);
	if (flight->have_id)
		barred(flight, live);
	sts_flight_end(flight);
}

static void
on_txt(void *arg, const struct sts_dns_answer *answer)
{
	struct sts_flight *flight = arg;
	struct sts_engine *engine = flight->engine;
	bool always = ((flight->why | flight->due) & STS_WHY_REFRESH) != 0;

	sts_engine_enter(engine);
	flight->query = NULL;
	sts_gate_leave(&flight->pass, engine->config.fetches_zone_max);
	if (answer->status == STS_DNS_LOCAL && !always) {
		sts_flight_local(flight, "dns-local");
		sts_engine_leave(engine);
		return;
	}
	if (answer->status == STS_DNS_FOUND)
		found(flight, answer);
	else if (answer->status == STS_DNS_ABSENT)
		absent(flight, "no-record", answer->ttl);
	else
		failed(flight, answer->status);
	if (answer->status != STS_DNS_LOCAL)
		flight->dom->recheck_at =
		    sts_engine_mono(engine) + STS_REFUSED_MS;
	opted_out(flight, answer->status);
	judge(flight);
	sts_engine_leave(engine);
}

void
sts_txt_queue(struct sts_flight *flight)
{
	struct sts_engine *engine = flight->engine;

	sts_flight_waits(flight, STS_STAGE_TXT_WAIT);
	if (sts_gate_wait(&engine->gate_txt, &flight->pass, flight->dom->name,
		engine->config.fetches_zone_max) != STS_OK)
		sts_flight_local(flight, "no-memory");
}

void
sts_txt_ask(struct sts_flight *flight)
{
	struct sts_engine *engine = flight->engine;
	struct sts_dns_query *query;
	char name[sizeof("_mta-sts.") + STS_DOMAIN_SIZE];

	(void)snprintf(name, sizeof(name), "_mta-sts.%s", flight->dom->name);
	engine->stats.txt_asked++;
	flight->dns = engine->deps.dns;
	query = flight->dns.ops->txt(flight->dns.ctx, name,
	    sts_engine_mono(engine) + engine->config.dns_timeout_ms, on_txt,
	    flight);
	if (query != NULL)
		flight->query = query;
}
