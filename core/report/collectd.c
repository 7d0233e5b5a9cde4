/* SPDX-License-Identifier: ISC */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "collectd_impl.h"
#include "datagram.h"

#define OCTETS  ((size_t)16 << 20)
#define DOMAINS 20000
#define TELL_MS 60000

void
sts_collectd_defaults(struct sts_collectd_config *config)
{
	*config = (struct sts_collectd_config){0};
	config->octets_max = OCTETS;
	config->domains_max = DOMAINS;
}

/* Of a gram: its text and what it takes besides. */
static size_t
octets_of(const struct sts_gram *gram)
{
	return gram->n + sizeof(*gram);
}

void
sts_gram_free(struct sts_collectd *c, struct sts_gram *gram)
{
	c->waiting--;
	c->octets -= octets_of(gram);
	free(gram->text);
	free(gram);
}

/* At once, and then once a minute as long as there is something to tell. */
static void
tell(void *arg)
{
	struct sts_collectd *c = arg;

	c->tell = NULL;
	if (c->untold == 0)
		return;
	sts_log(c->log, STS_LOG_WARNING, "collectd-dropped",
	    "results=%" PRIu64 " reason=%s in-all=%" PRIu64, c->untold, c->why,
	    c->dropped);
	c->untold = 0;
	c->tell = c->clock.ops->timer(
	    c->clock.ctx, c->clock.ops->mono(c->clock.ctx) + TELL_MS, tell, c);
}

void
sts_collectd_lost(struct sts_collectd *c, const char *why)
{
	c->dropped++;
	c->untold++;
	c->why = why;
	if (c->tell == NULL)
		tell(c);
}

void
sts_collectd_drop(
    struct sts_collectd *c, struct sts_gram *gram, const char *why)
{
	sts_gram_free(c, gram);
	sts_collectd_lost(c, why);
}

struct sts_collectd *
sts_collectd_new(struct event_base *base, struct sts_dns dns,
    struct sts_clock clock, const struct sts_log *log,
    const struct sts_collectd_config *config)
{
	struct sts_collectd *c = calloc(1, sizeof(*c));
	size_t n = strnlen(config->path, sizeof(c->to.sun_path) - 1);

	if (c == NULL || sts_map_init(&c->wishes, config->domains_max,
			     config->seed) != STS_OK) {
		free(c);
		return NULL;
	}
	c->base = base;
	c->dns = dns;
	c->clock = clock;
	c->log = log;
	c->to.sun_family = AF_UNIX;
	memcpy(c->to.sun_path, config->path, n);
	c->octets_max = config->octets_max;
	c->domains_max = config->domains_max;
	c->fd = -1;
	c->state = "ok";
	TAILQ_INIT(&c->looked);
	STAILQ_INIT(&c->queue);
	return c;
}

void
sts_collectd_use_dns(struct sts_collectd *c, struct sts_dns dns)
{
	c->dns = dns;
}

void
sts_collectd_free(struct sts_collectd *c)
{
	struct sts_gram *gram;
	struct sts_wish *wish;
	uint64_t sent;

	if (c == NULL)
		return;
	do {
		sent = c->sent;
		sts_collectd_flush(c);
	} while (c->sent > sent);
	while ((wish = TAILQ_FIRST(&c->looked)) != NULL)
		sts_wish_end(wish);
	while ((gram = STAILQ_FIRST(&c->queue)) != NULL) {
		STAILQ_REMOVE_HEAD(&c->queue, link);
		sts_collectd_drop(c, gram, "stopped");
	}
	c->clock.ops->cancel(c->clock.ctx, c->tell);
	tell(c);
	c->clock.ops->cancel(c->clock.ctx, c->tell);
	sts_collectd_close(c);
	sts_map_fini(&c->wishes);
	free(c);
}

/* Takes text over. NULL: no memory. */
static struct sts_gram *
make(struct sts_collectd *c, char *text)
{
	struct sts_gram *gram = calloc(1, sizeof(*gram));

	if (gram == NULL) {
		free(text);
		return NULL;
	}
	gram->text = text;
	gram->n = strlen(text);
	c->waiting++;
	c->octets += octets_of(gram);
	return gram;
}

enum sts_err
sts_collectd_add(struct sts_collectd *c, const struct sts_tls_result *result)
{
	struct sts_gram *gram = NULL;
	char name[STS_DOMAIN_SIZE], *text;
	enum sts_err err;

	if (sts_host_parse(sts_str(result->domain), name) != STS_OK ||
	    strcmp(name, result->domain) != 0)
		return STS_EINVAL;
	c->results++;
	err = sts_datagram_policies(result, &text);
	if (err == STS_OK && (gram = make(c, text)) == NULL)
		err = STS_ENOMEM;
	if (err != STS_OK) {
		sts_collectd_lost(c, sts_err_name(err));
		return err;
	}
	if (c->octets > c->octets_max) {
		sts_collectd_drop(c, gram, "queue-full");
		return STS_ELIMIT;
	}
	sts_wish_add(c, name, gram);
	return STS_OK;
}

void
sts_collectd_stats(const struct sts_collectd *c, struct sts_collectd_stats *out)
{
	*out = (struct sts_collectd_stats){.results = c->results,
	    .sent = c->sent,
	    .unasked = c->unasked,
	    .dropped = c->dropped,
	    .waiting = c->waiting,
	    .state = c->state};
}
