/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "explain.h"

#define SHOWN_RECORDS 8
#define RECORD        200 /* octets of one, escaped */

/* What went wrong with the question for TXT records, or MX records. */
static const char *
dns_text(enum sts_dns_status status)
{
	switch (status) {
	case STS_DNS_SERVFAIL:
		return "DNS failed (SERVFAIL, or an answer we cannot read)";
	case STS_DNS_TIMEOUT:
		return "no answer from DNS in time";
	case STS_DNS_BOGUS:
		return "DNSSEC says that the answer is forged (bogus)";
	case STS_DNS_LOCAL:
		return "our own limit or fault; nothing was learned";
	default:
		return "";
	}
}

static const char *
signed_text(const struct sts_explain *explain, bool secure)
{
	const struct sts_service_deps *deps = &explain->service->deps;
	const char *state = "off";

	if (secure)
		return "signed (DNSSEC)";
	if (deps->resolver_state != NULL)
		state = deps->resolver_state(deps->ctx);
	return strcmp(state, "validating") == 0 ? "not signed (insecure)"
						: "DNSSEC not looked at";
}

static void
tell_records(struct sts_explain *explain, const struct sts_dns_answer *answer)
{
	struct sts_steps *steps = &explain->steps;
	char text[RECORD];
	size_t i;

	for (i = 0; i < answer->txt.n && i < SHOWN_RECORDS; i++)
		sts_note(steps, STS_STEP_INFO, STS_RFC_RECORD, "\"%s\"",
		    sts_str_escape(answer->txt.rr[i], text, sizeof(text)));
	if (answer->txt.n > SHOWN_RECORDS)
		sts_note(steps, STS_STEP_INFO, "", "and %zu records more",
		    answer->txt.n - SHOWN_RECORDS);
}

/* TXT-1 to TXT-6, TXT-11: how the one record is chosen and read. */
static void
tell_record(struct sts_explain *explain, const struct sts_txt *txt)
{
	struct sts_steps *steps = &explain->steps;
	struct sts_diags diags;
	const struct sts_diag *why;
	char text[STS_STEP_TEXT];
	bool none;

	memset(&diags, 0, sizeof(diags));
	explain->have_id = sts_record_parse(txt, explain->id, &diags) == STS_OK;
	if (explain->have_id) {
		sts_step(steps, "record", STS_STEP_OK, 0, STS_RFC_RECORD,
		    "id %s", explain->id);
		sts_note_diags(steps, &diags, NULL);
		return;
	}
	why = sts_diag_error(&diags);
	none = why == NULL || strcmp(why->rule, "no-record") == 0;
	sts_look_none(&explain->fresh, STS_ANSWER_NONE, "negative",
	    none ? "no-record" : "record-invalid", none ? "" : why->rule);
	if (why == NULL)
		sts_step(steps, "record", STS_STEP_NO, 0, STS_RFC_RECORD,
		    "no record");
	else
		sts_step(steps, "record", STS_STEP_NO, 0, why->section, "%s",
		    sts_diag_text(why, text));
	sts_note_diags(steps, &diags, why);
}

/* What an asker would be told who had no policy (RFC 8461 section 3.3). */
static void
conclude(struct sts_explain *explain, enum sts_dns_status status)
{
	bool defers = explain->service->config.dns_error_defers;
	char reason[32];

	snprintf(reason, sizeof(reason), "dns-%s", sts_dns_status_name(status));
	if (status == STS_DNS_ABSENT)
		sts_look_none(&explain->fresh, STS_ANSWER_NONE, "negative",
		    "no-record", "");
	else
		sts_look_none(&explain->fresh,
		    status == STS_DNS_BOGUS || status == STS_DNS_LOCAL || defers
			? STS_ANSWER_TEMP
			: STS_ANSWER_NONE,
		    "dns-failed", reason, "");
}

void
sts_explain_txt(
    struct sts_explain *explain, const struct sts_dns_answer *answer)
{
	const struct sts_clock *clock = &explain->service->deps.clock;
	int64_t ms = clock->ops->mono(clock->ctx) - explain->asked;
	struct sts_steps *steps = &explain->steps;

	if (answer->status == STS_DNS_FOUND) {
		sts_step(steps, "txt", STS_STEP_OK, ms, STS_RFC_RECORD,
		    "%zu TXT record%s, %s, ttl %u", answer->txt.n,
		    answer->txt.n == 1 ? "" : "s",
		    signed_text(explain, answer->secure), answer->ttl);
		tell_records(explain, answer);
		tell_record(explain, &answer->txt);
		return;
	}
	if (answer->status == STS_DNS_ABSENT)
		sts_step(steps, "txt", STS_STEP_NO, ms, STS_RFC_RECORD,
		    "no TXT record at _mta-sts, %s",
		    signed_text(explain, answer->secure));
	else
		sts_step(steps, "txt", STS_STEP_NO, ms,
		    answer->status == STS_DNS_BOGUS ? "RFC 4033 section 5"
						    : STS_RFC_RECORD,
		    "%s", dns_text(answer->status));
	conclude(explain, answer->status);
	sts_step(steps, "record", STS_STEP_SKIP, 0, STS_RFC_RECORD,
	    "no record to read");
}

/* The MX records as they came; without any the domain itself (MX-6). */
static enum sts_step_verdict
mx_step(
    struct sts_explain *explain, char text[STS_STEP_TEXT], const char **section)
{
	*section = "RFC 5321 section 5.1";
	if (explain->mx_status == STS_DNS_ABSENT) {
		snprintf(
		    text, STS_STEP_TEXT, "no MX record: the domain itself");
		return STS_STEP_OK;
	}
	if (explain->mx_status != STS_DNS_FOUND) {
		if (explain->mx_status == STS_DNS_BOGUS)
			*section = "RFC 4033 section 5";
		snprintf(
		    text, STS_STEP_TEXT, "%s", dns_text(explain->mx_status));
		return STS_STEP_NO;
	}
	if (explain->n_mx == 1 && explain->mx_list[0].host[0] == '\0') {
		*section = "RFC 7505 section 3";
		snprintf(text, STS_STEP_TEXT, "null MX: it takes no mail");
		return STS_STEP_NO;
	}
	snprintf(text, STS_STEP_TEXT, "%zu MX record%s, %s", explain->n_mx,
	    explain->n_mx == 1 ? "" : "s",
	    signed_text(explain, explain->mx_secure));
	return STS_STEP_OK;
}

void
sts_explain_mx(struct sts_explain *explain)
{
	char text[STS_STEP_TEXT];
	const char *section;
	enum sts_step_verdict verdict = mx_step(explain, text, &section);

	sts_step(&explain->steps, "mx", verdict, explain->mx_ms, section, "%s",
	    text);
}
