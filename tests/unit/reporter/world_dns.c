/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "world_late.h"

struct sts_dns_query {
	struct world *w;
	struct late *late;
	char domain[STS_DOMAIN_SIZE];
	sts_dns_cb *cb;
	void *arg;
};

/* As the world is when it answers. */
static void
answer(void *arg, bool gone)
{
	struct sts_dns_query *query = arg;
	struct world *w = query->w;
	struct sts_dns_answer found = {.status = w->dns, .ttl = 60};
	char text[1024];
	struct sts_str rr;

	assert_false(gone); /* it was cancelled before */
	if (w->record == NULL && w->dns == STS_DNS_FOUND) {
		found.status = STS_DNS_ABSENT;
	} else if (w->dns == STS_DNS_FOUND) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		(void)snprintf(text, sizeof(text), w->record, query->domain);
#pragma GCC diagnostic pop
		rr = sts_str(text);
		found.txt = (struct sts_txt){&rr, 1};
	}
	query->cb(query->arg, &found);
	free(query);
}

static struct sts_dns_query *
txt(void *ctx, const char *name, int64_t deadline, sts_dns_cb *cb, void *arg)
{
	struct world *w = ctx;
	struct sts_dns_query *query = calloc(1, sizeof(*query));

	assert_non_null(query);
	assert_true(deadline > w->f.mono);
	assert_memory_equal(name, "_smtp._tls.", 11);
	w->queries++;
	query->w = w;
	query->cb = cb;
	query->arg = arg;
	(void)snprintf(query->domain, sizeof(query->domain), "%s", name + 11);
	if (w->slow > 0) {
		query->late = world_late(w, answer, query);
		return query;
	}
	answer(query, false);
	return NULL;
}

static void
cancel(void *ctx, struct sts_dns_query *query)
{
	world_late_cancel(ctx, query->late);
	free(query);
}

const struct sts_dns_ops world_dns_ops = {.txt = txt, .cancel = cancel};
