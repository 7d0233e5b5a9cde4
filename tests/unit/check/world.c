/* SPDX-License-Identifier: ISC */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "world.h"

#define NAMES 64

struct world world;

/* What is said of a name. */
static struct name {
	char name[64];
	enum sts_dns_status status;
	char text[4][512];
	size_t n_text;
	struct sockaddr_storage addr[2];
	size_t n_addr;
	char canonical[64];
	struct sts_tlsa tlsa[2];
	unsigned char data[2][64];
	size_t n_tlsa;
} names[NAMES];

static struct sts_mx mx[2];
static size_t n_mx;

static struct probe {
	char address[STS_TRACE_ADDRESS];
	struct sts_probe_answer answer;
	int days;
} probes[NAMES];

static struct sts_http_answer http;
static struct sts_http_trace trace;

/* Answers that are still to be given, in the order of the questions. */
static struct later {
	void (*give)(struct later *later);
	char name[64];
	void (*cb)(void);
	void *arg;
} queue[512];
static size_t n_queue, at_queue;

static struct name *
name_of(const char *name)
{
	size_t i = 0;

	while (names[i].name[0] != '\0' && strcmp(names[i].name, name) != 0)
		assert_true(++i < NAMES);
	(void)snprintf(names[i].name, sizeof(names[i].name), "%s", name);
	return &names[i];
}

void
world_gone(const char *name)
{
	struct name *entry = name_of(name);

	memset(entry, 0, sizeof(*entry));
	(void)snprintf(entry->name, sizeof(entry->name), "%s", name);
	entry->status = STS_DNS_ABSENT;
}

void
world_fails(const char *name, enum sts_dns_status status)
{
	world_gone(name);
	name_of(name)->status = status;
}

void
world_txt_more(const char *name, const char *text)
{
	struct name *entry = name_of(name);

	assert_true(entry->n_text < 4);
	(void)snprintf(entry->text[entry->n_text++], 512, "%s", text);
	entry->status = STS_DNS_FOUND;
}

void
world_txt(const char *name, const char *text)
{
	name_of(name)->n_text = 0;
	world_txt_more(name, text);
}

static void
set_mx(size_t i, const char *text)
{
	char *host;

	mx[i].preference = (uint16_t)strtoul(text, &host, 10);
	(void)snprintf(mx[i].host, sizeof(mx[i].host), "%s",
	    *host == ' ' ? host + 1 : host);
	n_mx = i + 1;
}

void
world_mx(const char *first, const char *second)
{
	n_mx = 0;
	if (first != NULL)
		set_mx(0, first);
	if (second != NULL)
		set_mx(1, second);
}

void
world_host(const char *name, const char *address, const char *canonical)
{
	struct name *entry = name_of(name);
	struct sockaddr_in *in =
	    (struct sockaddr_in *)&entry->addr[entry->n_addr++];

	assert_true(entry->n_addr <= 2);
	in->sin_family = AF_INET;
	assert_int_equal(inet_pton(AF_INET, address, &in->sin_addr), 1);
	entry->status = STS_DNS_FOUND;
	if (canonical != NULL)
		(void)snprintf(entry->canonical, sizeof(entry->canonical), "%s",
		    canonical);
}

void
world_tlsa(const char *name, unsigned usage, unsigned matching, bool fits)
{
	struct name *entry = name_of(name);
	size_t i = entry->n_tlsa++;

	assert_true(i < 2);
	memset(entry->data[i], fits ? 0x11 : 0x22, 64);
	entry->tlsa[i] = (struct sts_tlsa){(uint8_t)usage, 1, (uint8_t)matching,
	    {(char *)entry->data[i], matching == 1 ? 32 : 64}};
	entry->status = STS_DNS_FOUND;
}

void
world_http(enum sts_http_status status, long code, const char *detail)
{
	http.status = status;
	http.code = code;
	(void)snprintf(http.detail, sizeof(http.detail), "%s", detail);
}

void
world_policy(const char *body)
{
	world_http(STS_HTTP_OK, 200, "");
	http.body = sts_str(body);
}

void
world_probe(const char *address, enum sts_probe_status status,
    const char *result, const char *detail, int days)
{
	size_t i = 0;

	while (probes[i].address[0] != '\0' &&
	       strcmp(probes[i].address, address) != 0)
		assert_true(++i < NAMES);
	(void)snprintf(
	    probes[i].address, sizeof(probes[i].address), "%s", address);
	probes[i].answer.status = status;
	probes[i].answer.result = result;
	(void)snprintf(probes[i].answer.detail, sizeof(probes[i].answer.detail),
	    "%s", detail);
	probes[i].days = days;
}

static void
later(void (*give)(struct later *later), const char *name, void (*cb)(void),
    void *arg)
{
	struct later *item = &queue[n_queue++];

	assert_true(n_queue < sizeof(queue) / sizeof(queue[0]));
	item->give = give;
	(void)snprintf(item->name, sizeof(item->name), "%s", name);
	item->cb = cb;
	item->arg = arg;
}

static void
give_txt(struct later *item)
{
	struct name *entry = name_of(item->name);
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
	struct sts_dns_answer answer = {
	    .status = n_mx > 0 ? STS_DNS_FOUND : STS_DNS_ABSENT,
	    .secure = world.validates,
	    .mx = mx,
	    .n_mx = n_mx};

	((sts_dns_cb *)(void *)item->cb)(item->arg, &answer);
}

static void
give_tlsa(struct later *item)
{
	struct name *entry = name_of(item->name);
	struct sts_dns_answer answer = {.status = entry->status,
	    .secure = world.validates,
	    .tlsa = entry->tlsa,
	    .n_tlsa = entry->n_tlsa};

	((sts_dns_cb *)(void *)item->cb)(item->arg, &answer);
}

static void
give_addresses(struct later *item)
{
	struct name *entry = name_of(item->name);
	struct sts_address_answer answer = {.status = entry->status,
	    .addr = entry->addr,
	    .n = entry->n_addr,
	    .secure = world.validates,
	    .canonical = entry->canonical[0] ? entry->canonical : NULL};

	world.open--;
	((sts_address_cb *)(void *)item->cb)(item->arg, &answer);
}

static void
give_http(struct later *item)
{
	((sts_http_cb *)(void *)item->cb)(item->arg, &http);
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
		if (strcmp(probes[i].address, item->name) == 0) {
			answer = probes[i].answer;
			days = probes[i].days;
		}
	memset(&seen, 0, sizeof(seen));
	seen.tls = "TLSv1.3";
	seen.n_chain = 2;
	(void)snprintf(seen.cert.names, sizeof(seen.cert.names), "seen");
	seen.cert.valid_until = NOW + (int64_t)days * DAY + 1;
	for (i = 0; i < 2; i++) {
		seen.chain[i].der[1] = sts_str("key");
		memset(seen.chain[i].sha256[1], i == 0 ? 0x11 : 0x33, 32);
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

static void
make_checker(void)
{
	static const struct sts_clock_ops clock_ops = {
	    .wall = wall, .mono = mono};
	static const struct sts_dns_ops dns_ops = {
	    .txt = ask_txt, .mx = ask_mx, .tlsa = ask_tlsa};
	static const struct sts_addresses_ops address_ops = {.lookup = lookup};
	static const struct sts_http_ops http_ops = {.get = get};
	static const struct sts_probing_ops probing_ops = {
	    .probe_at = probe_at};
	struct sts_check_deps deps = {.clock = {&clock_ops, NULL},
	    .dns = {&dns_ops, NULL},
	    .addresses = {&address_ops, NULL},
	    .http = {&http_ops, NULL},
	    .probing = {world.no_probe ? NULL : &probing_ops, NULL},
	    .validates = validates,
	    .ctx = &world};

	world.checker = sts_checker_new(&deps, &world.config);
	assert_non_null(world.checker);
}

int
world_setup(void **state)
{
	size_t i;

	(void)state;
	memset(&world, 0, sizeof(world));
	memset(names, 0, sizeof(names));
	memset(probes, 0, sizeof(probes));
	memset(&http, 0, sizeof(http));
	memset(&trace, 0, sizeof(trace));
	for (i = 0; i < NAMES; i++)
		names[i].status = STS_DNS_ABSENT;
	n_queue = at_queue = 0;
	world.config = (struct sts_check_config){.dns_ms = 5000,
	    .fetch_ms = 20000,
	    .probe_ms = 10000,
	    .soon = 14,
	    .hosts_max = 4};
	world_txt("_mta-sts." DOMAIN, "v=STSv1; id=1;");
	world_txt("_smtp._tls." DOMAIN, "v=TLSRPTv1; rua=mailto:t@a.example");
	world_txt(DOMAIN, "v=spf1 mx -all");
	world_txt(
	    "_dmarc." DOMAIN, "v=DMARC1; p=reject; rua=mailto:d@a.example");
	world_mx("10 mx1." DOMAIN, NULL);
	world_host("mx1." DOMAIN, "192.0.2.1", NULL);
	world_policy(GOOD);
	return 0;
}

int
world_teardown(void **state)
{
	(void)state;
	sts_checker_free(world.checker);
	return 0;
}

static void
keep(void *arg, const struct sts_check_result *result)
{
	size_t i, n = 0;

	(void)arg;
	world.looks++;
	world.codes[0] = world.mend[0] = '\0';
	for (i = 0; i < result->n; i++) {
		const struct sts_check_item *item = &result->item[i];

		assert_true(i == 0 || item->area >= item[-1].area);
		assert_true(item->seen[0] != '\0');
		if (item->grade == STS_CHECK_FACT)
			continue;
		if (n == 0)
			memcpy(world.mend, item->mend, sizeof(world.mend));
		n += (size_t)snprintf(world.codes + n, sizeof(world.codes) - n,
		    "%s%s=%s", n > 0 ? " " : "", item->code,
		    sts_check_grade_name(item->grade));
		assert_true(n < sizeof(world.codes));
	}
	world.result = *result;
	(void)snprintf(world.id, sizeof(world.id), "%s", result->id);
	world.days = result->n_cert > 0 ? result->cert[0].days : -1;
}

void
world_begin(const char *domain)
{
	if (world.checker == NULL)
		make_checker();
	assert_int_equal(sts_check(world.checker, domain, keep, NULL), STS_OK);
}

void
world_run(void)
{
	for (; at_queue < n_queue; at_queue++)
		queue[at_queue].give(&queue[at_queue]);
	n_queue = at_queue = 0;
}

void
world_expect(const char *codes)
{
	size_t before = world.looks;

	world_begin(DOMAIN);
	world_run();
	assert_int_equal(world.looks, before + 1);
	assert_string_equal(world.codes, codes);
}
