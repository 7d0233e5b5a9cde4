/* SPDX-License-Identifier: ISC */
/*
 * What stands at _smtp._tls of the domains that results are of. The table is
 * bounded; who was looked up longest ago goes first.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collectd_impl.h"
#include "datagram.h"
#include "sts/tlsrpt.h"

#define PREFIX   "_smtp._tls."
#define DNS_MS   30000
#define LIFE_MIN 60 /* seconds that an answer holds, whatever its TTL */
#define LIFE_MAX 3600
/* Octets of a record: the table may hold one of each domain. */
#define RECORD_MAX 4096

static int64_t
now(const struct sts_collectd *c)
{
	return c->clock.ops->mono(c->clock.ctx);
}

/* The domain's answer is known: it is sent, or there is nobody to tell. */
static void
go_on(struct sts_wish *wish, struct sts_gram *gram)
{
	struct sts_collectd *c = wish->collectd;
	char *text;
	size_t n = 0;

	if (wish->record == NULL) {
		c->unasked++;
		sts_gram_free(c, gram);
		return;
	}
	text = sts_datagram(wish->domain,
	    (struct sts_str){wish->record, wish->n_record}, gram->text, &n);
	if (text == NULL) {
		sts_collectd_drop(c, gram, "no-memory");
		return;
	}
	c->octets += n - gram->n;
	free(gram->text);
	gram->text = text;
	gram->n = n;
	if (c->octets > c->octets_max)
		sts_collectd_drop(c, gram, "queue-full");
	else
		sts_collectd_send(c, gram);
}

/* All who waited. What was known before holds where DNS fails. */
static void
release(struct sts_wish *wish, const char *trouble)
{
	struct sts_gram *gram;

	while ((gram = STAILQ_FIRST(&wish->waiting)) != NULL) {
		STAILQ_REMOVE_HEAD(&wish->waiting, link);
		if (wish->known)
			go_on(wish, gram);
		else
			sts_collectd_drop(wish->collectd, gram, trouble);
	}
}

/* NULL, or why it cannot be kept. */
static const char *
keep(struct sts_wish *wish, const struct sts_dns_answer *answer)
{
	struct sts_tlsrpt found;
	char *copy = NULL;

	if (answer->status == STS_DNS_FOUND &&
	    sts_tlsrpt_parse(&answer->txt, &found, NULL) == STS_OK) {
		if (found.text.n > RECORD_MAX)
			return "record-too-long";
		copy = malloc(found.text.n);
		if (copy == NULL)
			return "no-memory";
		memcpy(copy, found.text.p, found.text.n);
		wish->n_record = found.text.n;
	}
	free(wish->record);
	wish->record = copy;
	wish->known = true;
	return NULL;
}

static void
on_txt(void *arg, const struct sts_dns_answer *answer)
{
	struct sts_wish *wish = arg;
	int64_t life = LIFE_MIN;
	const char *trouble = "dns";

	if (answer->status == STS_DNS_FOUND || answer->status == STS_DNS_ABSENT)
		trouble = keep(wish, answer);
	wish->query = NULL;
	wish->looking = false;
	wish->until = now(wish->collectd); /* or it is asked anew */
	if (trouble == NULL) {
		if (answer->ttl > LIFE_MIN)
			life = answer->ttl < LIFE_MAX ? answer->ttl : LIFE_MAX;
		wish->until += life * 1000;
	}
	release(wish, trouble);
}

static void
look(struct sts_wish *wish)
{
	static const struct sts_dns_answer none = {.status = STS_DNS_ABSENT};
	struct sts_collectd *c = wish->collectd;
	char name[sizeof(PREFIX) + STS_DOMAIN_MAX];
	struct sts_dns_query *query;

	wish->looking = true;
	wish->dns = c->dns;
	if (snprintf(name, sizeof(name), PREFIX "%s", wish->domain) >
	    STS_DOMAIN_MAX) {
		on_txt(wish, &none);
		return;
	}
	TAILQ_REMOVE(&c->looked, wish, link);
	TAILQ_INSERT_TAIL(&c->looked, wish, link);
	query = wish->dns.ops->txt(
	    wish->dns.ctx, name, now(c) + DNS_MS, on_txt, wish);
	if (query != NULL)
		wish->query = query;
}

/* Nobody waits for it. */
static void
forget(struct sts_wish *wish)
{
	struct sts_collectd *c = wish->collectd;

	TAILQ_REMOVE(&c->looked, wish, link);
	sts_map_del(&c->wishes, &wish->node);
	free(wish->record);
	free(wish);
}

/* NULL: no memory, or all of the table is being looked up. */
static struct sts_wish *
make(struct sts_collectd *c, const char *domain)
{
	struct sts_wish *oldest = TAILQ_FIRST(&c->looked);
	struct sts_wish *wish;

	if (c->wishes.n >= c->domains_max) {
		if (oldest == NULL || oldest->looking)
			return NULL;
		forget(oldest);
	}
	if ((wish = calloc(1, sizeof(*wish))) == NULL)
		return NULL;
	wish->collectd = c;
	STAILQ_INIT(&wish->waiting);
	memcpy(wish->domain, domain, strlen(domain) + 1);
	sts_map_add(&c->wishes, &wish->node, wish->domain);
	TAILQ_INSERT_TAIL(&c->looked, wish, link);
	return wish;
}

void
sts_wish_add(struct sts_collectd *c, const char *domain, struct sts_gram *gram)
{
	struct sts_wish *wish =
	    (struct sts_wish *)sts_map_find(&c->wishes, domain);

	if (wish == NULL && (wish = make(c, domain)) == NULL) {
		sts_collectd_drop(c, gram, "domains");
		return;
	}
	STAILQ_INSERT_TAIL(&wish->waiting, gram, link);
	if (!wish->looking && wish->known && now(c) < wish->until)
		release(wish, NULL);
	else if (!wish->looking)
		look(wish);
}

void
sts_wish_end(struct sts_wish *wish)
{
	if (wish->query != NULL)
		wish->dns.ops->cancel(wish->dns.ctx, wish->query);
	wish->known = false;
	release(wish, "stopped");
	forget(wish);
}
