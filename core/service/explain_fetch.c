/* SPDX-License-Identifier: ISC */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "explain.h"

/* The steps of a fetch; each has what it took of the whole. */
enum { ADDRESS, TCP, TLS, HTTP, WHOLE };

static const char *const names[] = {
    [ADDRESS] = "address", [TCP] = "tcp", [TLS] = "tls", [HTTP] = "http"};

struct fetch {
	struct sts_steps *steps;
	const struct sts_http_answer *answer;
	const struct sts_http_trace *trace;
	int ends; /* where it failed, or WHOLE */
	int64_t rest;
	char detail[2 * STS_HTTP_DETAIL];
};

static int
where(const struct sts_http_answer *answer, const struct sts_http_trace *trace)
{
	if (answer->status == STS_HTTP_OK)
		return WHOLE;
	if (answer->code > 0)
		return HTTP;
	if (strncmp(answer->detail, "dns", 3) == 0 ||
	    strcmp(answer->detail, "address-refused") == 0 ||
	    (trace->lookup_ms < 0 && !trace->proxy))
		return ADDRESS;
	if (trace->connect_ms < 0)
		return TCP;
	if (trace->tls_ms < 0 || answer->status == STS_HTTP_WEBPKI)
		return TLS;
	return HTTP;
}

/* What a detail of the fetcher means, where that is not plain. */
static const char *
meaning(const struct fetch *fetch)
{
	static const struct {
		const char *detail, *text;
	} known[] = {
	    {"dns", "DNS failed or gave no address in time"},
	    {"dns-absent", "the name has no address"},
	    {"dns-bogus", "DNSSEC says that the answer is forged (bogus)"},
	    {"address-refused", "the address guard lets none of them through"},
	    {"connect", "no connection"},
	    {"no-route", "there is no way to it from here"},
	    {"timeout", "not done in time"},
	    {"tls-handshake", "the handshake failed"},
	    {"busy", "our own limit: too many fetches there at once"},
	    {"media-type", "the media type is not text/plain"},
	    {"content-encoding", "the body is compressed"},
	    {"too-large", "more than 64 KiB"},
	    {"truncated", "cut off before its end"},
	    {"empty-reply", "closed without a word"},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(known[i].detail, fetch->answer->detail) == 0)
			return known[i].text;
	return fetch->detail;
}

/* The step that it ends at, or one that was never reached. */
static void
not_done(struct fetch *fetch, int step, const char *section)
{
	if (step == fetch->ends)
		sts_step(fetch->steps, names[step], STS_STEP_NO, fetch->rest,
		    section, "%s", meaning(fetch));
	else
		sts_step(fetch->steps, names[step], STS_STEP_SKIP, 0, section,
		    "not reached");
}

static void
spend(struct fetch *fetch, int64_t ms)
{
	if (ms > 0)
		fetch->rest -= ms < fetch->rest ? ms : fetch->rest;
}

/* THR-7: all addresses, and what the guard did not let through. */
static void
tell_address(struct fetch *fetch)
{
	const struct sts_http_trace *trace = fetch->trace;
	char list[STS_STEP_TEXT - 40] = "";
	size_t i, n = 0;

	for (i = 0; i < trace->n_address; i++) {
		n += (size_t)snprintf(list + n, sizeof(list) - n, "%s%s",
		    i > 0 ? ", " : "", trace->address[i].text);
		if (n >= sizeof(list))
			n = sizeof(list) - 1;
	}
	if (fetch->ends == ADDRESS)
		not_done(fetch, ADDRESS, STS_RFC_FETCH);
	else if (trace->proxy)
		sts_step(fetch->steps, "address", STS_STEP_SKIP, 0,
		    STS_RFC_FETCH, "the proxy resolves the name and dials");
	else
		sts_step(fetch->steps, "address", STS_STEP_OK, trace->lookup_ms,
		    STS_RFC_FETCH, "%s", list);
	for (i = 0; i < trace->n_address; i++)
		if (trace->address[i].refused != NULL)
			sts_note(fetch->steps, STS_STEP_NO, "",
			    "%s is refused: %s", trace->address[i].text,
			    trace->address[i].refused);
	if (fetch->ends != ADDRESS)
		spend(fetch, trace->lookup_ms);
}

static void
tell_tcp(struct fetch *fetch)
{
	const struct sts_http_trace *trace = fetch->trace;

	if (fetch->ends <= TCP) {
		not_done(fetch, TCP, STS_RFC_FETCH);
	} else {
		sts_step(fetch->steps, "tcp", STS_STEP_OK, trace->connect_ms,
		    STS_RFC_FETCH, "connected%s%s",
		    trace->peer[0] != '\0' ? " to " : "", trace->peer);
		spend(fetch, trace->wait_ms);
		spend(fetch, trace->connect_ms);
	}
	if (trace->wait_ms > 0)
		sts_note(fetch->steps, STS_STEP_INFO, "",
		    "waited %" PRId64 " ms for room among our own fetches",
		    trace->wait_ms);
}

/* HTT-4. The certificate is most of what one wants to see when it failed. */
static void
tell_tls(struct fetch *fetch)
{
	const struct sts_http_trace *trace = fetch->trace;
	char from[32], until[32];

	if (fetch->ends <= TLS) {
		not_done(fetch, TLS, STS_RFC_FETCH);
	} else {
		sts_step(fetch->steps, "tls", STS_STEP_OK, trace->tls_ms,
		    STS_RFC_FETCH, "%s, the certificate is good", trace->tls);
		spend(fetch, trace->tls_ms);
	}
	if (trace->cert.valid_until == 0)
		return;
	sts_note(fetch->steps, STS_STEP_INFO, STS_RFC_FETCH,
	    "for %.160s, by %.60s",
	    trace->cert.names[0] ? trace->cert.names : "no name",
	    trace->cert.issuer[0] ? trace->cert.issuer : "nobody");
	sts_note(fetch->steps, STS_STEP_INFO, STS_RFC_FETCH,
	    "valid from %s until %s",
	    sts_explain_time(trace->cert.valid_from, from),
	    sts_explain_time(trace->cert.valid_until, until));
}

/* HTT-2, HTT-7, HTT-8 */
static void
tell_http(struct fetch *fetch)
{
	const struct sts_http_answer *answer = fetch->answer;
	const struct sts_http_trace *trace = fetch->trace;
	const char *type = trace->media_type[0] ? trace->media_type : "no type";

	if (fetch->ends == WHOLE)
		sts_step(fetch->steps, "http", STS_STEP_OK, fetch->rest,
		    STS_RFC_FETCH, "status 200, %.80s, %zu octets", type,
		    answer->body.n);
	else if (fetch->ends < HTTP || answer->code == 0 ||
		 (answer->code == 200 && answer->status != STS_HTTP_INVALID))
		not_done(fetch, HTTP, STS_RFC_FETCH);
	else if (answer->code == 200)
		sts_step(fetch->steps, "http", STS_STEP_NO, fetch->rest,
		    STS_RFC_POLICY, "status 200, %.80s: %s", type,
		    meaning(fetch));
	else
		sts_step(fetch->steps, "http", STS_STEP_NO, fetch->rest,
		    STS_RFC_FETCH, "status %ld%s", answer->code,
		    answer->code < 300 || answer->code >= 400
			? ", where 200 is wanted"
			: ": no redirect is followed");
}

/* POL-1 to POL-9 */
static void
tell_policy(struct sts_explain *explain, struct sts_str body)
{
	struct sts_steps *steps = &explain->steps;
	struct sts_answer answer = {.kind = STS_ANSWER_POLICY,
	    .state = "fresh",
	    .reason = "",
	    .detail = "",
	    .id = explain->have_id ? explain->id : explain->held.id};
	struct sts_diags diags;
	const struct sts_diag *why;
	char text[STS_STEP_TEXT];
	struct sts_policy *policy = NULL;
	enum sts_err err;

	memset(&diags, 0, sizeof(diags));
	err = sts_policy_parse(body, &policy, &diags);
	why = sts_diag_error(&diags);
	if (err == STS_OK) {
		sts_step(steps, "policy", STS_STEP_OK, 0, STS_RFC_POLICY,
		    "mode %s, %zu mx, max_age %" PRIu32,
		    sts_mode_name(policy->mode), policy->n_mx, policy->max_age);
		answer.policy = policy;
		if (explain->have_id &&
		    !sts_look_copy(&explain->fresh, &answer))
			steps->failed = true;
		sts_policy_free(policy);
	} else if (why == NULL) {
		steps->failed = true;
		return;
	} else {
		sts_step(steps, "policy", STS_STEP_NO, 0, why->section, "%s",
		    sts_diag_text(why, text));
		if (explain->have_id)
			sts_look_none(&explain->fresh, STS_ANSWER_NONE,
			    "failing", sts_http_status_name(STS_HTTP_INVALID),
			    why->rule);
	}
	sts_note_diags(steps, &diags, why);
}

/* Nothing was fetched, since there is nothing to be fetched. */
void
sts_explain_unfetched(struct sts_explain *explain)
{
	static const char *const all[] = {
	    "address", "tcp", "tls", "http", "policy"};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		sts_step(&explain->steps, all[i], STS_STEP_SKIP, 0,
		    i < 4 ? STS_RFC_FETCH : STS_RFC_POLICY,
		    "nothing to be fetched");
}

void
sts_explain_http(
    struct sts_explain *explain, const struct sts_http_answer *answer)
{
	static const struct sts_http_trace none = {.tls = ""};
	struct fetch fetch = {.steps = &explain->steps,
	    .answer = answer,
	    .trace = answer->trace != NULL ? answer->trace : &none};

	fetch.ends = where(answer, fetch.trace);
	fetch.rest = fetch.trace->total_ms;
	sts_str_escape(
	    sts_str(answer->detail), fetch.detail, sizeof(fetch.detail));
	tell_address(&fetch);
	tell_tcp(&fetch);
	tell_tls(&fetch);
	tell_http(&fetch);
	if (answer->status == STS_HTTP_OK) {
		tell_policy(explain, answer->body);
		return;
	}
	sts_step(&explain->steps, "policy", STS_STEP_SKIP, 0, STS_RFC_POLICY,
	    "no policy to read");
	if (!explain->have_id)
		return;
	if (answer->status == STS_HTTP_LOCAL)
		sts_look_none(&explain->fresh, STS_ANSWER_TEMP, "unknown",
		    "fetch-local", answer->detail);
	else
		sts_look_none(&explain->fresh, STS_ANSWER_NONE, "failing",
		    sts_http_status_name(answer->status), answer->detail);
}
