/* SPDX-License-Identifier: ISC */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "world_impl.h"

/* Answers that are still to be given, in the order of the questions. */
static struct later {
	void (*give)(struct later *later);
	char name[64];
	void (*cb)(void);
	void *arg;
} queue[512];
static size_t n_queue, at_queue;

static void
later(void (*give)(struct later *later), const char *name, void (*cb)(void),
    void *arg)
{
	struct later *item = &queue[n_queue++];

	world.questions++;

	assert_true(n_queue < sizeof(queue) / sizeof(queue[0]));
	item->give = give;
	(void)snprintf(item->name, sizeof(item->name), "%s", name);
	item->cb = cb;
	item->arg = arg;
}

static void
give_txt(struct later *item)
{
	struct name *entry = world_name(item->name);
	struct sts_str rr[4];
	struct sts_dns_answer answer = {.status = entry->status};
	size_t i;

	for (i = 0; i < entry->n_text; i++)
		rr[i] = sts_str(entry->text[i]);
	answer.txt = (struct sts_txt){rr, entry->n_text};
	if (answer.status == STS_DNS_FOUND && entry->n_text == 0)
		answer.status = STS_DNS_ABSENT;
	((sts_dns_cb *)(void *)item->cb)(item->arg, &answer);
}

static void
give_mx(struct later *item)
{
	bool bad = said.mx_bad.host[0] != '\0';
	struct sts_dns_answer answer = {
	    .status = said.mx_status  ? said.mx_status
		      : said.n_mx > 0 ? STS_DNS_FOUND
		      : bad           ? STS_DNS_SERVFAIL
				      : STS_DNS_ABSENT,
	    .mx_bad = bad ? &said.mx_bad : NULL,
	    .n_mx_bad = bad,
	    .secure = world.validates && !world.mx_unsigned,
	    .mx = said.mx,
	    .n_mx = said.n_mx};

	((sts_dns_cb *)(void *)item->cb)(item->arg, &answer);
}

static void
give_tlsa(struct later *item)
{
	struct name *entry = world_name(item->name);
	struct sts_dns_answer answer = {.status = entry->status,
	    .secure = world.validates,
	    .tlsa = entry->tlsa,
	    .n_tlsa = entry->n_tlsa};

	((sts_dns_cb *)(void *)item->cb)(item->arg, &answer);
}

static void
give_addresses(struct later *item)
{
	struct name *entry = world_name(item->name);
	struct sts_address_answer answer = {.status = entry->status,
	    .addr = entry->addr,
	    .n = entry->n_addr,
	    .secure = world.validates && !world.hosts_unsigned,
	    .canonical = entry->canonical[0] ? entry->canonical : NULL};

	world.open--;
	((sts_address_cb *)(void *)item->cb)(item->arg, &answer);
}

static void
give_http(struct later *item)
{
	((sts_http_cb *)(void *)item->cb)(item->arg, &said.http);
}

static void
give_probe(struct later *item)
{
	static struct sts_probe_seen seen;
	struct sts_probe_answer answer = {
	    .status = STS_PROBE_GOOD, .result = "success"};
	int days = 90;
	size_t i;

	for (i = 0; i < NAMES; i++)
		if (strcmp(said.probes[i].address, item->name) == 0) {
			answer = said.probes[i].answer;
			days = said.probes[i].days;
		}
	memset(&seen, 0, sizeof(seen));
	seen.tls = "TLSv1.3";
	seen.n_chain = 2;
	(void)snprintf(seen.cert.names, sizeof(seen.cert.names), "seen");
	seen.cert.valid_until = NOW + (int64_t)days * DAY + 1;
	if (world.life > 0)
		seen.cert.valid_from = seen.cert.valid_until - world.life * DAY;
	for (i = 0; i < 2; i++) {
		seen.chain[i].der[1] = sts_str("key");
		memset(seen.chain[i].sha256[1], i == 0 ? 0x11 : 0x33, 32);
		memset(seen.chain[i].sha512[1], 0x11, 64);
	}
	answer.seen =
	    days > 0 || answer.status == STS_PROBE_GOOD ? &seen : NULL;
	((sts_probe_cb *)(void *)item->cb)(item->arg, &answer);
}

static struct sts_dns_query *
ask_txt(
    void *ctx, const char *name, int64_t deadline, sts_dns_cb *cb, void *arg)
{
	(void)ctx;
	assert_int_equal(deadline, 5000);
	later(give_txt, name, (void (*)(void))(void *)cb, arg);
	return NULL;
}

static struct sts_dns_query *
ask_mx(void *ctx, const char *name, int64_t deadline, sts_dns_cb *cb, void *arg)
{
	(void)ctx;
	(void)deadline;
	later(give_mx, name, (void (*)(void))(void *)cb, arg);
	return NULL;
}

static struct sts_dns_query *
ask_tlsa(
    void *ctx, const char *name, int64_t deadline, sts_dns_cb *cb, void *arg)
{
	(void)ctx;
	(void)deadline;
	later(give_tlsa, name, (void (*)(void))(void *)cb, arg);
	return NULL;
}

static struct sts_address_query *
lookup(void *ctx, const char *host, int64_t deadline, sts_address_cb *cb,
    void *arg)
{
	(void)ctx;
	(void)deadline;
	world.lookups++;
	if (++world.open > world.most)
		world.most = world.open;
	later(give_addresses, host, (void (*)(void))(void *)cb, arg);
	return NULL;
}

static struct sts_http_request *
get(void *ctx, const char *domain, int64_t deadline, sts_http_cb *cb, void *arg)
{
	(void)ctx;
	assert_int_equal(deadline, 20000);
	later(give_http, domain, (void (*)(void))(void *)cb, arg);
	return NULL;
}

static struct sts_probe_request *
probe_at(void *ctx, const char *host, const struct sockaddr_storage *addr,
    int64_t deadline, sts_probe_cb *cb, void *arg)
{
	char text[STS_TRACE_ADDRESS];

	(void)ctx;
	(void)host;
	(void)deadline;
	world.probes++;
	assert_non_null(inet_ntop(AF_INET,
	    &((const struct sockaddr_in *)addr)->sin_addr, text, sizeof(text)));
	later(give_probe, text, (void (*)(void))(void *)cb, arg);
	return NULL;
}

static int64_t
wall(void *ctx)
{
	(void)ctx;
	return NOW;
}

static int64_t
mono(void *ctx)
{
	(void)ctx;
	return 0;
}

static bool
validates(void *ctx)
{
	return ((struct world *)ctx)->validates;
}

struct sts_check_deps
world_net(void)
{
	static const struct sts_clock_ops clock_ops = {
	    .wall = wall, .mono = mono};
	static const struct sts_dns_ops dns_ops = {
	    .txt = ask_txt, .mx = ask_mx, .tlsa = ask_tlsa};
	static const struct sts_addresses_ops address_ops = {.lookup = lookup};
	static const struct sts_http_ops http_ops = {.get = get};
	static const struct sts_probing_ops probing_ops = {
	    .probe_at = probe_at};
	n_queue = at_queue = 0;
	return (struct sts_check_deps){.clock = {&clock_ops, NULL},
	    .dns = {&dns_ops, NULL},
	    .addresses = {&address_ops, NULL},
	    .http = {&http_ops, NULL},
	    .probing = {world.no_probe ? NULL : &probing_ops, NULL},
	    .validates = validates,
	    .ctx = &world};
}

void
world_run(void)
{
	for (; at_queue < n_queue; at_queue++)
		queue[at_queue].give(&queue[at_queue]);
	n_queue = at_queue = 0;
}
