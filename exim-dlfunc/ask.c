/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "ask.h"
#include "exim.h"
#include "sts/client.h"

#define SILENCE_MS 1500
#define TOTAL_MS   12000
#define RESULT_MS  1000

/* One answer at a time; too large for the stack of a mail server. */
static char answer[STS_CLIENT_LINE];
static char patterns[STS_CLIENT_LINE];

static enum sts_reply_kind
ask_after(const struct sts_call *call, const char *first, const char *question,
    int64_t silence_ms)
{
	struct sts_client_config config = {.socket = call->socket,
	    .silence_ms = silence_ms,
	    .total_ms = TOTAL_MS,
	    .first = first};
	enum sts_reply_kind kind;

	answer[0] = '\0';
	if (sts_memo_gone())
		return STS_REPLY_TEMP;
	kind = sts_client_ask(&config, question, answer, sizeof(answer));
	if (kind == STS_REPLY_TEMP && answer[0] == '\0')
		sts_memo_set_gone();
	return kind;
}

static enum sts_reply_kind
ask(const struct sts_call *call, const char *question, int64_t silence_ms)
{
	return ask_after(call, NULL, question, silence_ms);
}

/* "VERB DOMAIN[ HOST] tell progress"; -1 when it does not fit. */
static int
question(char *out, size_t size, const char *verb, const char *domain,
    const char *host)
{
	int n = snprintf(out, size, "%s ", verb);

	if (n < 0 || (size_t)n >= size || domain[0] == '\0' ||
	    sts_client_escape(out, size, domain) != 0)
		return -1;
	if (host != NULL) {
		n = (int)strlen(out);
		snprintf(out + n, size - (size_t)n, " ");
		if (host[0] == '\0' || sts_client_escape(out, size, host) != 0)
			return -1;
	}
	n = (int)strlen(out);
	return snprintf(out + n, size - (size_t)n, " tell progress") <
		       (int)size - n
		   ? 0
		   : -1;
}

/*
 * No answer at all; the one place where on_unavailable has a say. It has none
 * where this delivery was told of a policy, however long ago.
 */
static enum sts_stance
unavailable(const struct sts_call *call)
{
	static bool said;

	if (sts_memo_bound(call->domain))
		return STS_TEMP;
	if (call->deliver && !said) {
		said = true;
		sts_exim_log("no answer from the service at %.100s: going on "
			     "without MTA-STS (on_unavailable=deliver)",
		    call->socket);
	}
	return call->deliver ? STS_NONE : STS_TEMP;
}

static enum sts_stance
temporary(const struct sts_call *call, const char *reason)
{
	struct sts_memo *m = sts_memo_renew(call->domain);

	snprintf(m->reason, sizeof(m->reason), "%s", reason);
	return STS_TEMP;
}

static enum sts_stance
stance_of_mode(void)
{
	char mode[16];

	if (sts_client_value(answer, "mode", mode, sizeof(mode)) != 0)
		return STS_TEMP;
	if (strcmp(mode, "enforce") == 0)
		return STS_ENFORCE;
	if (strcmp(mode, "testing") == 0)
		return STS_TESTING;
	return strcmp(mode, "none") == 0 ? STS_NONE : STS_TEMP;
}

/* The last word, which no value can be. */
static bool
ends_with_tell(void)
{
	const char *last = strrchr(answer, ' ');

	return last != NULL && strcmp(last, " tell") == 0;
}

/* Make a stance of an answer to policy or verdict, and remember it. */
static enum sts_stance
settle(const struct sts_call *call, enum sts_reply_kind kind)
{
	struct sts_memo *m;
	char reason[64];

	if (answer[0] == '\0')
		return unavailable(call);
	if (kind == STS_REPLY_TEMP) {
		if (sts_client_value(
			answer, "reason", reason, sizeof(reason)) != 0)
			reason[0] = '\0';
		return temporary(call, reason);
	}
	if (kind != STS_REPLY_NONE && kind != STS_REPLY_POLICY &&
	    kind != STS_REPLY_MATCH && kind != STS_REPLY_MISMATCH)
		return temporary(call, "not-understood");
	m = sts_memo_renew(call->domain);
	m->mode = kind == STS_REPLY_NONE ? STS_NONE : stance_of_mode();
	sts_client_value(answer, "id", m->id, sizeof(m->id));
	m->tell = ends_with_tell();
	return m->mode;
}

/*
 * The attempt may be the last one, and the mail be returned for a policy that
 * is out of date. A verdict that refuses is given only after a look for a new
 * one (RFC 8461 section 5), so ask for such a verdict first.
 */
static enum sts_reply_kind
ask_for_newest(const struct sts_call *call, const char *text)
{
	char look[STS_NAME_SIZE * 3 + 32];

	if (sts_exim_in_callout() ||
	    question(look, sizeof(look), "verdict", call->domain, "-") != 0)
		return ask(call, text, SILENCE_MS);
	return ask_after(call, look, text, SILENCE_MS);
}

static enum sts_stance
fetch_policy(const struct sts_call *call)
{
	char text[STS_NAME_SIZE * 3 + 32];
	enum sts_reply_kind kind;
	enum sts_stance stance;
	struct sts_memo *m;

	if (question(text, sizeof(text), "policy", call->domain, NULL) != 0)
		return STS_TEMP;
	kind = ask_for_newest(call, text);
	if (kind == STS_REPLY_MATCH || kind == STS_REPLY_MISMATCH)
		return temporary(call, "not-understood");
	stance = settle(call, kind);
	m = kind == STS_REPLY_POLICY ? sts_memo_find(call->domain) : NULL;
	if (m != NULL && m->mode != STS_TEMP)
		m->has_mx =
		    sts_client_value(answer, "mx", m->mx, sizeof(m->mx)) == 0;
	return stance;
}

enum sts_stance
sts_ask_policy(const struct sts_call *call)
{
	const struct sts_memo *m = sts_memo_find(call->domain);

	return m != NULL ? m->mode : fetch_policy(call);
}

enum sts_stance
sts_ask_patterns(const struct sts_call *call, const char **mx)
{
	const struct sts_memo *m = sts_memo_find(call->domain);
	enum sts_stance stance;

	*mx = "";
	if (m != NULL && (m->mode == STS_NONE || m->mode == STS_TEMP))
		return m->mode;
	if (m == NULL || !m->has_mx) {
		stance = fetch_policy(call);
		if (stance == STS_NONE || stance == STS_TEMP)
			return stance;
		if (sts_client_value(
			answer, "mx", patterns, sizeof(patterns)) != 0)
			return temporary(call, "not-understood");
		*mx = patterns;
		return stance;
	}
	*mx = m->mx;
	return m->mode;
}

/* Is what is remembered enough to answer about this host? */
static bool
knows(const struct sts_memo *m, const char *host)
{
	return m->mode == STS_NONE || m->mode == STS_TEMP ||
	       (m->host[0] != '\0' && strcasecmp(m->host, host) == 0);
}

/* The very name in the policy: no rule is needed to match it, no question. */
static bool
names_it(struct sts_memo *m, const char *host)
{
	if (!m->has_mx || !sts_names_listed(m->mx, host))
		return false;
	snprintf(m->host, sizeof(m->host), "%s", host);
	m->match = true;
	return true;
}

enum sts_stance
sts_ask_verdict(const struct sts_call *call, const char *host, bool *match)
{
	struct sts_memo *m = sts_memo_find(call->domain);
	char text[STS_NAME_SIZE * 6 + 32];
	enum sts_reply_kind kind;
	enum sts_stance stance;

	*match = false;
	if (m != NULL && (knows(m, host) || names_it(m, host))) {
		*match = m->host[0] != '\0' && m->match;
		return m->mode;
	}
	if (question(text, sizeof(text), "verdict", call->domain, host) != 0)
		return STS_TEMP;
	/* By way of a smart host this may be the first question. */
	kind = m == NULL ? ask_for_newest(call, text)
			 : ask(call, text, SILENCE_MS);
	if (kind == STS_REPLY_POLICY)
		return temporary(call, "not-understood");
	*match = kind == STS_REPLY_MATCH;
	stance = settle(call, kind);
	m = sts_memo_find(call->domain);
	if (m != NULL && kind != STS_REPLY_NONE && kind != STS_REPLY_TEMP) {
		snprintf(m->host, sizeof(m->host), "%s", host);
		m->match = *match;
	}
	return stance;
}

enum sts_cover
sts_ask_covers(const struct sts_call *call, const char *host, const char *names)
{
	static char text[STS_CLIENT_LINE];
	int n = snprintf(text, sizeof(text), "covers %s %s", host, names);

	if (names[0] == '\0')
		return STS_COVER_NO;
	if (sts_names_listed(names, host))
		return STS_COVER_YES;
	if (n < 0 || (size_t)n >= sizeof(text))
		return STS_COVER_UNKNOWN;
	switch (ask(call, text, SILENCE_MS)) {
	case STS_REPLY_YES:
		return STS_COVER_YES;
	case STS_REPLY_NO:
		return STS_COVER_NO;
	default:
		return STS_COVER_UNKNOWN;
	}
}

void
sts_ask_result(const struct sts_call *call, const char *words)
{
	char text[STS_NAME_SIZE * 8];
	size_t n;

	snprintf(text, sizeof(text), "result ");
	if (sts_client_escape(text, sizeof(text), call->domain) != 0)
		return;
	n = strlen(text);
	if (snprintf(text + n, sizeof(text) - n, " %s", words) <
	    (int)(sizeof(text) - n))
		ask(call, text, RESULT_MS);
}
