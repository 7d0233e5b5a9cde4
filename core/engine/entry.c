/* SPDX-License-Identifier: ISC */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "entry.h"
#include "sts/domain.h"

#define MAGIC    "stsgate-policy "
#define HEAD_MAX 640
#define TIME_MAX (INT64_C(1) << 40) /* far away, and sums do not overflow */

enum sts_err
sts_entry_encode(
    const char *domain, const struct sts_held *held, char **text, size_t *size)
{
	const struct sts_str *body = &held->policy->text;
	char *buf = malloc(HEAD_MAX + body->n);
	int n;

	if (buf == NULL)
		return STS_ENOMEM;
	n = snprintf(buf, HEAD_MAX,
	    MAGIC "1\ndomain %s\nid %s\nfetched %" PRId64 "\nexpires %" PRId64
		  "\nrefresh %" PRId64 "\ntxt %" PRId64 "\nused %" PRId64
		  "\nlost %d\ntext %zu\n\n",
	    domain, held->id, held->fetched, held->expires, held->refresh,
	    held->refused ? 0 : held->txt_next, held->used, held->lost ? 1 : 0,
	    body->n);
	if (n < 0 || n >= HEAD_MAX) {
		free(buf);
		return STS_ENOMEM;
	}
	memcpy(buf + n, body->p, body->n);
	*text = buf;
	*size = (size_t)n + body->n;
	return STS_OK;
}

/* Cut "name value LF" off the front; an empty value is none. */
static bool
take_line(struct sts_str *rest, const char *name, struct sts_str *value)
{
	size_t n = strlen(name);
	const char *end = rest->n > 0 ? memchr(rest->p, '\n', rest->n) : NULL;
	size_t line = end != NULL ? (size_t)(end - rest->p) : 0;

	if (line <= n || memcmp(rest->p, name, n) != 0)
		return false;
	*value = (struct sts_str){rest->p + n, line - n};
	rest->p += line + 1;
	rest->n -= line + 1;
	return true;
}

static bool
take_number(struct sts_str *rest, const char *name, int64_t *out)
{
	struct sts_str value;
	int64_t number = 0;

	if (!take_line(rest, name, &value) || value.n > 13)
		return false;
	for (size_t i = 0; i < value.n; i++) {
		if (value.p[i] < '0' || value.p[i] > '9')
			return false;
		number = number * 10 + (value.p[i] - '0');
	}
	*out = number;
	return number <= TIME_MAX;
}

static bool
take_id(struct sts_str *rest, char id[STS_ID_SIZE])
{
	struct sts_str value;

	if (!take_line(rest, "id ", &value) || value.n > STS_ID_MAX)
		return false;
	for (size_t i = 0; i < value.n; i++) {
		char c = value.p[i];

		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
			(c >= 'A' && c <= 'Z')))
			return false;
	}
	memcpy(id, value.p, value.n);
	id[value.n] = '\0';
	return true;
}

static bool
take_times(struct sts_str *rest, struct sts_entry_head *head)
{
	int64_t lost;

	if (!take_number(rest, "fetched ", &head->fetched) ||
	    !take_number(rest, "expires ", &head->expires) ||
	    !take_number(rest, "refresh ", &head->refresh) ||
	    !take_number(rest, "txt ", &head->txt_next) ||
	    !take_number(rest, "used ", &head->used) ||
	    !take_number(rest, "lost ", &lost) || lost > 1)
		return false;
	head->lost = lost == 1;
	return head->expires > head->fetched &&
	       head->expires - head->fetched <= STS_MAX_AGE_MAX;
}

enum sts_err
sts_entry_head(
    const char *domain, struct sts_str text, struct sts_entry_head *out)
{
	struct sts_entry_head head;
	struct sts_str rest = text;
	struct sts_str value;
	int64_t size;

	if (!take_line(&rest, MAGIC, &value))
		return STS_ESYNTAX;
	if (!sts_str_eq(value, "1"))
		return STS_EINVAL;
	if (!take_line(&rest, "domain ", &value) ||
	    !sts_str_eq(value, domain) || !take_id(&rest, head.id) ||
	    !take_times(&rest, &head) || !take_number(&rest, "text ", &size))
		return STS_ESYNTAX;
	if (rest.n == 0 || rest.p[0] != '\n' || size > STS_POLICY_TEXT_MAX ||
	    rest.n - 1 != (size_t)size)
		return STS_ESYNTAX;
	head.body = (struct sts_str){rest.p + 1, rest.n - 1};
	*out = head;
	return STS_OK;
}

enum sts_err
sts_entry_decode(const char *domain, struct sts_str text, struct sts_held **out)
{
	struct sts_entry_head head;
	struct sts_policy *policy;
	struct sts_held *held;
	enum sts_err err = sts_entry_head(domain, text, &head);

	if (err != STS_OK)
		return err;
	err = sts_policy_parse(head.body, &policy, NULL);
	if (err != STS_OK)
		return err;
	if (head.expires != head.fetched + (int64_t)policy->max_age) {
		sts_policy_free(policy);
		return STS_ESYNTAX;
	}
	held = sts_held_new(policy, head.id);
	if (held == NULL)
		return STS_ENOMEM;
	held->fetched = head.fetched;
	held->expires = head.expires;
	held->refresh = head.refresh;
	held->txt_next = head.txt_next;
	held->refused = head.txt_next == 0 && policy->mode == STS_MODE_ENFORCE;
	held->checked = head.fetched;
	held->used = head.used;
	held->lost = head.lost;
	sts_held_settle(held);
	*out = held;
	return STS_OK;
}
