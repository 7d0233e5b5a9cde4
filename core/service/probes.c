/* SPDX-License-Identifier: ISC */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lru.h"
#include "probes.h"

#define YOUNG_MS                                                     \
	10000 /* a try that no doubt undoes: who doubts is not rated \
	       */

struct sts_probe_wait {
	LIST_ENTRY(sts_probe_wait) link;
	sts_probed_cb *cb;
	void *arg;
};

LIST_HEAD(waits, sts_probe_wait);

struct host {
	struct sts_lru_node lru; /* first */
	struct sts_probes *probes;
	struct sts_probe_request *request;
	bool open; /* a try is under way, or its end is being told */
	struct waits waits;
	struct sts_probed probed;
	char name[];
};

struct sts_probes {
	struct sts_probes_config config;
	struct sts_lru hosts;
	struct sts_probes_stats stats;
};

static int64_t
now(const struct sts_probes *probes)
{
	return probes->config.clock.ops->mono(probes->config.clock.ctx);
}

struct sts_probes *
sts_probes_new(const struct sts_probes_config *config)
{
	struct sts_probes *probes = calloc(1, sizeof(*probes));

	if (probes == NULL)
		return NULL;
	probes->config = *config;
	if (sts_lru_init(&probes->hosts, config->hosts_max, config->seed) !=
	    STS_OK) {
		free(probes);
		return NULL;
	}
	return probes;
}

static void
free_waits(struct waits *waits)
{
	struct sts_probe_wait *wait, *next;

	for (wait = LIST_FIRST(waits); wait != NULL; wait = next) {
		next = LIST_NEXT(wait, link);
		free(wait);
	}
}

static void
forget(struct sts_probes *probes, struct host *host)
{
	sts_lru_del(&probes->hosts, &host->lru);
	probes->stats.hosts--;
	probes->stats.memory -= sizeof(*host) + strlen(host->name) + 1;
	free(host);
}

void
sts_probes_free(struct sts_probes *probes)
{
	struct host *host;

	if (probes == NULL)
		return;
	while (
	    (host = (struct host *)TAILQ_FIRST(&probes->hosts.list)) != NULL) {
		if (host->request != NULL)
			probes->config.probing.ops->cancel(
			    probes->config.probing.ctx, host->request);
		free_waits(&host->waits);
		forget(probes, host);
	}
	sts_lru_fini(&probes->hosts);
	free(probes);
}

static bool
is_idle(const struct sts_lru_node *node)
{
	return !((const struct host *)node)->open;
}

/* NULL: no memory, or no room. */
static struct host *
find_or_make(struct sts_probes *probes, const char *name)
{
	struct host *host = (struct host *)sts_lru_find(&probes->hosts, name);
	struct sts_lru_node *oldest;
	size_t size = strlen(name) + 1;

	if (host != NULL)
		return host;
	if (!sts_lru_room(&probes->hosts, is_idle, &oldest)) {
		if (oldest == NULL)
			return NULL;
		forget(probes, (struct host *)oldest);
	}
	host = calloc(1, sizeof(*host) + size);
	if (host == NULL)
		return NULL;
	host->probes = probes;
	LIST_INIT(&host->waits);
	memcpy(host->name, name, size);
	sts_lru_add(&probes->hosts, &host->lru, host->name);
	probes->stats.hosts++;
	probes->stats.memory += sizeof(*host) + size;
	return host;
}

static void
count(struct sts_probes_stats *stats, enum sts_probe_status status)
{
	switch (status) {
	case STS_PROBE_GOOD:
		stats->good++;
		return;
	case STS_PROBE_DEFECT:
		stats->defect++;
		return;
	case STS_PROBE_UNREACHABLE:
	case STS_PROBE_SLOW:
		stats->unreachable++;
		return;
	case STS_PROBE_LOCAL:
		stats->local++;
		return;
	}
}

/* Those who ask from within wait for the next try. */
static void
tell(struct host *host, const struct sts_probed *probed)
{
	struct sts_probe_wait *wait, copy;
	struct waits waits = LIST_HEAD_INITIALIZER(waits);

	while ((wait = LIST_FIRST(&host->waits)) != NULL) {
		LIST_REMOVE(wait, link);
		LIST_INSERT_HEAD(&waits, wait, link);
	}
	while ((wait = LIST_FIRST(&waits)) != NULL) {
		LIST_REMOVE(wait, link);
		copy = *wait;
		free(wait);
		copy.cb(copy.arg, probed);
	}
}

static void
write_address(const struct sockaddr_storage *addr, char out[INET6_ADDRSTRLEN])
{
	const void *octets = &((const struct sockaddr_in *)addr)->sin_addr;

	if (addr->ss_family == AF_INET6)
		octets = &((const struct sockaddr_in6 *)addr)->sin6_addr;
	if (addr->ss_family == 0 ||
	    inet_ntop(addr->ss_family, octets, out, INET6_ADDRSTRLEN) == NULL)
		out[0] = '\0';
}

/* Our own fault says nothing of the host: what was known of it stays. */
static void
on_probe(void *arg, const struct sts_probe_answer *answer)
{
	struct host *host = arg;
	struct sts_probes *probes = host->probes;
	struct sts_probed probed = {.status = answer->status,
	    .doubted = host->probed.doubted,
	    .made = now(probes)};

	host->request = NULL;
	count(&probes->stats, answer->status);
	snprintf(probed.result, sizeof(probed.result), "%s", answer->result);
	snprintf(probed.detail, sizeof(probed.detail), "%s", answer->detail);
	write_address(&answer->addr, probed.addr);
	probed.until =
	    probed.made + (answer->status == STS_PROBE_GOOD ? STS_PROBE_GOOD_MS
							    : STS_PROBE_BAD_MS);
	if (answer->status != STS_PROBE_LOCAL)
		host->probed = probed;
	host->open = false;
	probes->stats.open--;
	tell(host, &probed);
}

/* False: it has run, and the host may be gone. */
static bool
start(struct host *host, int64_t timeout)
{
	struct sts_probes *probes = host->probes;
	const struct sts_probing *probing = &probes->config.probing;
	struct sts_probe_request *request;

	host->open = true;
	probes->stats.open++;
	probes->stats.started++;
	request = probing->ops->probe(
	    probing->ctx, host->name, now(probes) + timeout, on_probe, host);
	if (request == NULL)
		return false;
	host->request = request;
	return true;
}

static void
refuse(const char *why, sts_probed_cb *cb, void *arg)
{
	struct sts_probed probed = {.status = STS_PROBE_LOCAL};

	snprintf(probed.detail, sizeof(probed.detail), "%s", why);
	cb(arg, &probed);
}

struct sts_probe_wait *
sts_probes_ask(struct sts_probes *probes, const char *name, int64_t least,
    int64_t timeout, sts_probed_cb *cb, void *arg)
{
	struct host *host = find_or_make(probes, name);
	struct sts_probe_wait *wait;

	if (host != NULL && host->probed.until != 0 &&
	    host->probed.until > now(probes) &&
	    host->probed.until - now(probes) >= least) {
		struct sts_probed probed = host->probed;

		cb(arg, &probed);
		return NULL;
	}
	if (host == NULL ||
	    (!host->open && probes->stats.open >= probes->config.open_max)) {
		refuse("busy", cb, arg); // NOLINT(clang-analyzer-unix.Malloc)
		return NULL;
	}
	if ((wait = malloc(sizeof(*wait))) == NULL) {
		refuse("no-memory", cb, arg);
		return NULL;
	}
	wait->cb = cb;
	wait->arg = arg;
	LIST_INSERT_HEAD(&host->waits, wait, link);
	return host->open || start(host, timeout) ? wait : NULL;
}

void
sts_probes_leave(struct sts_probe_wait *wait)
{
	if (wait == NULL)
		return;
	LIST_REMOVE(wait, link);
	free(wait);
}

static void
doubt(struct host *host)
{
	int64_t at = now(host->probes);

	host->probed.doubted = at > 0 ? at : 1;
	if (host->probed.until != 0 && at - host->probed.made >= YOUNG_MS)
		host->probed.until = 0;
}

void
sts_probes_doubt(struct sts_probes *probes, const char *name)
{
	struct host *host = find_or_make(probes, name);

	if (host != NULL)
		doubt(host);
} // NOLINT(clang-analyzer-unix.Malloc)

void
sts_probes_doubt_address(struct sts_probes *probes, const char *addr)
{
	struct sts_lru_node *node = TAILQ_FIRST(&probes->hosts.list);

	for (; node != NULL; node = TAILQ_NEXT(node, link)) {
		struct host *host = (struct host *)node;

		if ((host->probed.status == STS_PROBE_GOOD ||
			host->probed.status == STS_PROBE_SLOW) &&
		    strcmp(host->probed.addr, addr) == 0)
			doubt(host);
	}
}

int64_t
sts_probes_doubted(struct sts_probes *probes, const char *name)
{
	const struct host *host =
	    (const struct host *)sts_map_find(&probes->hosts.map, name);

	if (host == NULL || host->probed.doubted == 0 ||
	    now(probes) - host->probed.doubted >= STS_PROBE_DOUBT_MS)
		return 0;
	return host->probed.doubted;
}

const struct sts_probed *
sts_probes_last(struct sts_probes *probes, const char *name)
{
	const struct host *host =
	    (const struct host *)sts_map_find(&probes->hosts.map, name);

	if (host == NULL || host->open ||
	    (host->probed.made == 0 && host->probed.until == 0) ||
	    now(probes) - host->probed.made >= STS_PROBE_LAST_MS)
		return NULL;
	return &host->probed;
}

void
sts_probes_stats(const struct sts_probes *probes, struct sts_probes_stats *out)
{
	*out = probes->stats;
}
