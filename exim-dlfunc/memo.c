/* SPDX-License-Identifier: ISC */
#include <string.h>
#include <strings.h>
#include <time.h>

#include "memo.h"

#define ENTRIES      8
#define ANSWER_LIFE  60 /* seconds */
#define TROUBLE_LIFE 5

/* A module has no other place that lives from call to call. */
static struct {
	struct sts_memo entry[ENTRIES];
	bool forgot; /* a policy that was told */
	int64_t gone_until;
} memo;

/* Seconds, 1 at least. */
static int64_t
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec + 1;
}

static struct sts_memo *
entry_of(const char *domain)
{
	size_t i;

	for (i = 0; i < ENTRIES; i++)
		if (memo.entry[i].at != 0 &&
		    strcasecmp(memo.entry[i].domain, domain) == 0)
			return &memo.entry[i];
	return NULL;
}

struct sts_memo *
sts_memo_find(const char *domain)
{
	struct sts_memo *e = entry_of(domain);
	int64_t life;

	if (e == NULL)
		return NULL;
	life = e->mode == STS_TEMP ? TROUBLE_LIFE : ANSWER_LIFE;
	return now() - e->at < life ? e : NULL;
}

static bool
is_bound(const struct sts_memo *e)
{
	return e->mode == STS_ENFORCE || e->mode == STS_TESTING ||
	       (e->mode == STS_TEMP && e->bound);
}

bool
sts_memo_bound(const char *domain)
{
	const struct sts_memo *e = entry_of(domain);

	return e == NULL ? memo.forgot : is_bound(e);
}

static struct sts_memo *
oldest(void)
{
	struct sts_memo *e = &memo.entry[0];
	size_t i;

	for (i = 1; i < ENTRIES; i++)
		if (memo.entry[i].at < e->at)
			e = &memo.entry[i];
	return e;
}

struct sts_memo *
sts_memo_renew(const char *domain)
{
	struct sts_memo *e = entry_of(domain);

	if (e == NULL) {
		e = oldest();
		memo.forgot = memo.forgot || is_bound(e);
		memset(e, 0, sizeof(*e));
		strncpy(e->domain, domain, sizeof(e->domain) - 1);
	}
	e->bound = is_bound(e);
	e->at = now();
	e->mode = STS_TEMP;
	e->reason[0] = '\0';
	e->id[0] = '\0';
	e->host[0] = '\0';
	e->has_mx = false;
	e->tell = false;
	return e;
}

bool
sts_memo_gone(void)
{
	return now() < memo.gone_until;
}

void
sts_memo_set_gone(void)
{
	memo.gone_until = now() + TROUBLE_LIFE;
}
