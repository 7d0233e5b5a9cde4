/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conn.h"
#include "lru.h"
#include "sts/tlsrpt.h"
#include "wishes.h"

#define PREFIX    "_smtp._tls."
#define DNS_MS    10000
#define LOOKS_MAX 16 /* at once */
#define LIFE_MIN  60 /* seconds that an answer holds, whatever its TTL */
#define LIFE_MAX  3600

struct wish {
	struct sts_lru_node lru; /* first */
	struct sts_wishes *wishes;
	struct sts_dns dns; /* where it was asked */
	struct sts_dns_query *query;
	bool looking, known, asks;
	int64_t until; /* mono */
	char domain[];
};

struct sts_wishes {
	struct sts_service *service;
	struct sts_lru lru;
	size_t looks;
};

static int64_t
now(const struct sts_wishes *wishes)
{
	const struct sts_clock *clock = &wishes->service->deps.clock;

	return clock->ops->mono(clock->ctx);
}

struct sts_wishes *
sts_wishes_new(struct sts_service *service)
{
	const struct sts_service_deps *deps = &service->deps;
	struct sts_wishes *wishes = calloc(1, sizeof(*wishes));
	uint64_t seed = 0;

	if (wishes == NULL)
		return NULL;
	wishes->service = service;
	if (deps->random != NULL)
		seed = (uint64_t)deps->random(deps->ctx) << 32 |
		       deps->random(deps->ctx);
	if (sts_lru_init(&wishes->lru, service->config.domains_max, seed) ==
	    STS_OK)
		return wishes;
	free(wishes);
	return NULL;
}

static void
forget(struct sts_wishes *wishes, struct wish *wish)
{
	if (wish->query != NULL)
		wish->dns.ops->cancel(wish->dns.ctx, wish->query);
	sts_lru_del(&wishes->lru, &wish->lru);
	free(wish);
}

void
sts_wishes_free(struct sts_wishes *wishes)
{
	struct sts_lru_node *node;

	if (wishes == NULL)
		return;
	while ((node = TAILQ_FIRST(&wishes->lru.list)) != NULL)
		forget(wishes, (struct wish *)node);
	sts_lru_fini(&wishes->lru);
	free(wishes);
}

static bool
is_idle(const struct sts_lru_node *node)
{
	return !((const struct wish *)node)->looking;
}

/* NULL: no memory, or no room. */
static struct wish *
find_or_make(struct sts_wishes *wishes, const char *domain)
{
	struct wish *wish = (struct wish *)sts_lru_find(&wishes->lru, domain);
	struct sts_lru_node *oldest;
	size_t size = strlen(domain) + 1;

	if (wish != NULL)
		return wish;
	if (!sts_lru_room(&wishes->lru, is_idle, &oldest)) {
		if (oldest == NULL)
			return NULL;
		forget(wishes, (struct wish *)oldest);
	}
	wish = calloc(1, sizeof(*wish) + size);
	if (wish == NULL)
		return NULL;
	wish->wishes = wishes;
	memcpy(wish->domain, domain, size);
	sts_lru_add(&wishes->lru, &wish->lru, wish->domain);
	return wish;
}

/* What went wrong is asked again, and says nothing meanwhile. */
static void
on_txt(void *arg, const struct sts_dns_answer *answer)
{
	struct wish *wish = arg;
	int64_t life = LIFE_MIN;
	struct sts_tlsrpt record;

	wish->query = NULL;
	wish->looking = false;
	wish->wishes->looks--;
	wish->known =
	    answer->status == STS_DNS_FOUND || answer->status == STS_DNS_ABSENT;
	wish->asks =
	    answer->status == STS_DNS_FOUND &&
	    sts_tlsrpt_parse(&answer->txt, &record, NULL) != STS_ENOENT;
	if (wish->known && answer->ttl > LIFE_MIN)
		life = answer->ttl < LIFE_MAX ? answer->ttl : LIFE_MAX;
	wish->until = now(wish->wishes) + life * 1000;
}

static void
look(struct wish *wish)
{
	struct sts_wishes *wishes = wish->wishes;
	char name[sizeof(PREFIX) + STS_DOMAIN_MAX];
	struct sts_dns_query *query;
	int n = snprintf(name, sizeof(name), PREFIX "%s", wish->domain);

	wish->known = n > STS_DOMAIN_MAX; /* there can be no such record */
	if (wish->known || wishes->looks >= LOOKS_MAX)
		return;
	wishes->looks++;
	wish->looking = true;
	wish->dns = wishes->service->deps.dns;
	query = wish->dns.ops->txt(
	    wish->dns.ctx, name, now(wishes) + DNS_MS, on_txt, wish);
	if (wish->looking)
		wish->query = query;
}

bool
sts_wishes_may(struct sts_wishes *wishes, const char *domain)
{
	struct wish *wish = find_or_make(wishes, domain);

	if (wish == NULL)
		return true;
	if (!wish->looking && now(wishes) >= wish->until)
		look(wish);
	return !wish->known || wish->asks; /* NOLINT: it is in the table */
}
