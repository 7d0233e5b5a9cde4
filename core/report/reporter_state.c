/* SPDX-License-Identifier: ISC */
#include "reporter_state.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEEP     (7 * STS_DAY_SECONDS)
#define MAGIC    "stsgate-sent 1\n"
#define TIME_MAX INT64_C(9999999999999)
#define HEAD_MAX 256 /* octets of all but the texts */
#define IN_MAX   12  /* "in 01234567\n" */

static const char *const names[] = {
    [STS_REPORT_DUE] = "due",
    [STS_REPORT_SENT] = "sent",
    [STS_REPORT_NONE] = "none",
    [STS_REPORT_GIVEN_UP] = "given-up",
};

void
sts_rep_key(int64_t day, const char *domain, char key[STS_REP_KEY])
{
	char date[STS_DAY_TEXT];

	sts_day_text(day, date);
	(void)snprintf(key, STS_REP_KEY, STS_REP_PREFIX "%s/%.*s", date,
	    STS_DOMAIN_MAX, domain);
}

int64_t
sts_rep_expiry(int64_t day)
{
	return (day + 1) * STS_DAY_SECONDS + KEEP;
}

bool
sts_rep_key_parse(
    struct sts_str key, int64_t *day, char domain[STS_DOMAIN_SIZE])
{
	const size_t n = sizeof(STS_REP_PREFIX) - 1;
	char date[STS_DAY_TEXT];

	if (key.n <= STS_REP_DATE || key.n >= STS_REP_KEY ||
	    memcmp(key.p, STS_REP_PREFIX, n) != 0 ||
	    key.p[STS_REP_DATE - 1] != '/')
		return false;
	memcpy(date, key.p + n, STS_DAY_TEXT - 1);
	date[STS_DAY_TEXT - 1] = '\0';
	memcpy(domain, key.p + STS_REP_DATE, key.n - STS_REP_DATE);
	domain[key.n - STS_REP_DATE] = '\0';
	return sts_day_parse(date, day);
}

char *
sts_rep_state_encode(const struct sts_rep_state *state, size_t *size)
{
	size_t max = HEAD_MAX + sizeof(state->id) + sizeof(state->last) +
		     state->n_in * IN_MAX + state->n_mark * (STS_REP_TO + 16);
	char *text = malloc(max);
	size_t n;

	if (text == NULL)
		return NULL;
	n = (size_t)snprintf(text, max,
	    MAGIC "%s %" PRId64 "\nfirst %" PRId64
		  "\ntries %u\nown %d\nid %s\nlast %s\n",
	    names[state->state], state->next, state->first, state->tries,
	    state->own, state->id, state->last);
	for (size_t i = 0; i < state->n_in; i++)
		n += (size_t)snprintf(
		    text + n, max - n, "in %08" PRIx32 "\n", state->in[i]);
	for (size_t i = 0; i < state->n_mark; i++)
		n += (size_t)snprintf(text + n, max - n, "%s %s\n",
		    state->mark[i].accepted ? "accepted" : "refused",
		    state->mark[i].to);
	*size = n;
	return text;
}

/* Cut it off the front, if it is there. */
static bool
take(struct sts_str *rest, const char *word)
{
	size_t n = strlen(word);

	if (rest->n < n || memcmp(rest->p, word, n) != 0)
		return false;
	rest->p += n;
	rest->n -= n;
	return true;
}

/* Without leading zeros, up to the end of the line. */
static bool
take_number(struct sts_str *rest, int64_t max, int64_t *out)
{
	int64_t value = 0;
	size_t i;

	for (i = 0; i < rest->n && rest->p[i] >= '0' && rest->p[i] <= '9';
	     i++) {
		value = value * 10 + (rest->p[i] - '0');
		if (value > max || (i > 0 && rest->p[0] == '0'))
			return false;
	}
	if (i == 0)
		return false;
	rest->p += i;
	rest->n -= i;
	*out = value;
	return take(rest, "\n");
}

/* Printable ASCII up to the end of the line. */
static bool
take_text(struct sts_str *rest, char *out, size_t size)
{
	size_t i;

	for (i = 0; i < rest->n && i < size && rest->p[i] != '\n'; i++) {
		if (rest->p[i] < ' ' || rest->p[i] > '~')
			return false;
		out[i] = rest->p[i];
	}
	if (i == rest->n || i == size)
		return false;
	out[i] = '\0';
	rest->p += i + 1;
	rest->n -= i + 1;
	return true;
}

static bool
take_state(struct sts_str *rest, enum sts_report_state *state, int64_t *next)
{
	if (!take(rest, MAGIC))
		return false;
	for (size_t i = STS_REPORT_DUE; i <= STS_REPORT_GIVEN_UP; i++)
		if (take(rest, names[i]) && take(rest, " ")) {
			*state = (enum sts_report_state)i;
			return take_number(rest, TIME_MAX, next);
		}
	return false;
}

bool
sts_rep_state_peek(
    struct sts_str text, enum sts_report_state *state, int64_t *next)
{
	return take_state(&text, state, next);
}

static bool
take_head(struct sts_str *rest, struct sts_rep_state *out)
{
	int64_t tries, own;

	if (!take_state(rest, &out->state, &out->next) ||
	    !take(rest, "first ") ||
	    !take_number(rest, TIME_MAX, &out->first) ||
	    !take(rest, "tries ") || !take_number(rest, INT32_MAX, &tries) ||
	    !take(rest, "own ") || !take_number(rest, 1, &own) ||
	    !take(rest, "id ") || !take_text(rest, out->id, sizeof(out->id)) ||
	    !take(rest, "last ") ||
	    !take_text(rest, out->last, sizeof(out->last)))
		return false;
	out->tries = (unsigned)tries;
	out->own = own != 0;
	return true;
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Eight digits, and the end of the line. */
static bool
take_hex(struct sts_str *rest, uint32_t *out)
{
	*out = 0;
	for (size_t i = 0; i < 8; i++) {
		int digit = i < rest->n ? hex_digit(rest->p[i]) : -1;

		if (digit < 0)
			return false;
		*out = *out << 4 | (uint32_t)digit;
	}
	rest->p += 8;
	rest->n -= 8;
	return take(rest, "\n");
}

static bool
take_parts(struct sts_str *rest, struct sts_rep_state *out)
{
	for (out->n_in = 0; take(rest, "in "); out->n_in++)
		if (out->n_in == STS_REP_HOSTS ||
		    !take_hex(rest, &out->in[out->n_in]))
			return false;
	return true;
}

bool
sts_rep_state_decode(struct sts_str text, struct sts_rep_state *out)
{
	if (!take_head(&text, out) || !take_parts(&text, out))
		return false;
	for (out->n_mark = 0; text.n > 0; out->n_mark++) {
		struct sts_rep_mark *mark = &out->mark[out->n_mark];

		if (out->n_mark == STS_REP_MARKS)
			return false;
		mark->accepted = take(&text, "accepted ");
		if ((!mark->accepted && !take(&text, "refused ")) ||
		    !take_text(&text, mark->to, sizeof(mark->to)))
			return false;
	}
	return true;
}

const struct sts_rep_mark *
sts_rep_state_mark(const struct sts_rep_state *state, const char *to)
{
	for (size_t i = 0; i < state->n_mark; i++)
		if (strcmp(state->mark[i].to, to) == 0)
			return &state->mark[i];
	return NULL;
}

bool
sts_rep_state_set(struct sts_rep_state *state, const char *to, bool accepted)
{
	struct sts_rep_mark *mark = &state->mark[state->n_mark];

	if (state->n_mark == STS_REP_MARKS || strlen(to) >= STS_REP_TO)
		return false;
	mark->accepted = accepted;
	memcpy(mark->to, to, strlen(to) + 1);
	state->n_mark++;
	return true;
}

bool
sts_rep_state_accepted(const struct sts_rep_state *state)
{
	for (size_t i = 0; i < state->n_mark; i++)
		if (state->mark[i].accepted)
			return true;
	return false;
}

bool
sts_rep_state_in(const struct sts_rep_state *state, uint32_t part)
{
	for (size_t i = 0; i < state->n_in; i++)
		if (state->in[i] == part)
			return true;
	return false;
}
