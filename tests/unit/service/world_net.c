/* SPDX-License-Identifier: ISC */
/* DNS and policy hosts of the world, by its rules. */
#include <inttypes.h>

#include "world.h"

struct sts_dns world_dns(struct world *world);
struct sts_http world_http(struct world *world);

/* A DNS question that is answered later. */
struct sts_dns_query {
	struct world *world;
	struct sts_timer *timer;
	const struct rule *rule;
	sts_dns_cb *cb;
	void *arg;
	bool late; /* by the deadline: no answer */
};

static bool
set(const char *word, const char *key, char *out, size_t size)
{
	size_t n = strlen(key);

	if (strncmp(word, key, n) != 0 || word[n] != '=')
		return false;
	snprintf(out, size, "%s", word + n + 1);
	return true;
}

void
world_rule(struct world *world, const char *line)
{
	struct rule *rule = &world->rule[world->n_rules++];
	char copy[9000], number[24], *word, *save;

	assert_true(world->n_rules <= WORLD_RULES);
	memset(rule, 0, sizeof(*rule));
	snprintf(rule->id, sizeof(rule->id), "1");
	rule->max_age = 604800;
	snprintf(copy, sizeof(copy), "%s", line);
	for (word = strtok_r(copy, " ", &save); word != NULL;
	     word = strtok_r(NULL, " ", &save)) {
		if (rule->domain[0] == '\0')
			snprintf(
			    rule->domain, sizeof(rule->domain), "%s", word);
		else if (strchr(word, '=') == NULL)
			snprintf(rule->mode, sizeof(rule->mode), "%s", word);
		else if (set(word, "slow", number, sizeof(number)))
			rule->slow = strtol(number, NULL, 10);
		else if (set(word, "hosts-slow", number, sizeof(number)))
			rule->hosts_slow = strtol(number, NULL, 10);
		else if (set(word, "tlsrpt-slow", number, sizeof(number)))
			rule->tlsrpt_slow = strtol(number, NULL, 10);
		else if (set(word, "tlsrpt-ttl", number, sizeof(number)))
			rule->tlsrpt_ttl = strtol(number, NULL, 10);
		else if (set(word, "tlsa-slow", number, sizeof(number)))
			rule->tlsa_slow = strtol(number, NULL, 10);
		else if (set(word, "max_age", number, sizeof(number)))
			rule->max_age = strtol(number, NULL, 10);
		else if (!set(word, "id", rule->id, sizeof(rule->id)) &&
			 !set(word, "mx", rule->mx, sizeof(rule->mx)) &&
			 !set(
			     word, "hosts", rule->hosts, sizeof(rule->hosts)) &&
			 !set(word, "dns", rule->dns, sizeof(rule->dns)) &&
			 !set(word, "hosts-dns", rule->hosts_dns,
			     sizeof(rule->hosts_dns)) &&
			 !set(word, "tlsrpt", rule->tlsrpt,
			     sizeof(rule->tlsrpt)) &&
			 !set(word, "tlsa", rule->tlsa, sizeof(rule->tlsa)) &&
			 !set(word, "http", rule->http, sizeof(rule->http)))
			fail_msg("rule \"%s\": what is %s?", line, word);
	}
}

static const struct rule *
find_rule(const struct world *world, const char *domain)
{
	static const struct rule nothing = {.domain = ""};
	size_t i;

	if (world->n_rules > 0 && strcmp(world->rule[0].domain, "*") == 0)
		return &world->rule[0];

	for (i = world->n_rules; i > 0; i--)
		if (strcmp(world->rule[i - 1].domain, domain) == 0)
			return &world->rule[i - 1];
	return &nothing;
}

static enum sts_dns_status
failure(const char *word, enum sts_dns_status otherwise)
{
	if (strcmp(word, "servfail") == 0)
		return STS_DNS_SERVFAIL;
	if (strcmp(word, "timeout") == 0)
		return STS_DNS_TIMEOUT;
	return strcmp(word, "bogus") == 0 ? STS_DNS_BOGUS : otherwise;
}

static void
answer_txt(const struct rule *rule, sts_dns_cb *cb, void *arg)
{
	char text[80];
	struct sts_str rr = {text, 0};
	struct sts_dns_answer answer = {
	    .status = failure(rule->dns,
		rule->mode[0] != '\0' ? STS_DNS_FOUND : STS_DNS_ABSENT),
	    .ttl = 300};

	if (answer.status == STS_DNS_FOUND) {
		rr.n = (size_t)snprintf(
		    text, sizeof(text), "v=STSv1; id=%s;", rule->id);
		answer.txt = (struct sts_txt){&rr, 1};
	}
	cb(arg, &answer);
}

/* The record at _smtp._tls. */
static void
answer_tlsrpt(const struct rule *rule, sts_dns_cb *cb, void *arg)
{
	const char *word = rule->tlsrpt;
	const struct sts_str rr = sts_str(
	    strcmp(word, "yes") == 0 ? "v=TLSRPTv1; rua=mailto:tls@example.com"
				     : "v=other");
	struct sts_dns_answer answer = {
	    .status =
		failure(word, word[0] != '\0' ? STS_DNS_FOUND : STS_DNS_ABSENT),
	    .ttl = (uint32_t)rule->tlsrpt_ttl};

	if (answer.status == STS_DNS_FOUND)
		answer.txt = (struct sts_txt){&rr, 1};
	cb(arg, &answer);
}

static void
late_tlsrpt(void *arg)
{
	struct sts_dns_query *query = arg;

	answer_tlsrpt(query->rule, query->cb, query->arg);
	free(query);
}

static struct sts_dns_query *
ask_tlsrpt(struct world *world, const char *domain, sts_dns_cb *cb, void *arg)
{
	const struct rule *rule = find_rule(world, domain);
	struct sts_dns_query *query;

	world->tlsrpt_asked++;
	if (rule->tlsrpt_slow == 0) {
		answer_tlsrpt(rule, cb, arg);
		return NULL;
	}
	query = calloc(1, sizeof(*query));
	*query = (struct sts_dns_query){world, NULL, rule, cb, arg, false};
	query->timer = world->clock.ops->timer(
	    world, world->mono + rule->tlsrpt_slow, late_tlsrpt, query);
	return query;
}

static void
late_txt(void *arg)
{
	struct sts_dns_query *query = arg;
	static const struct rule timeout = {.dns = "timeout"};

	answer_txt(query->late ? &timeout : query->rule, query->cb, query->arg);
	free(query);
}

static struct sts_dns_query *
ask_txt(
    void *ctx, const char *name, int64_t deadline, sts_dns_cb *cb, void *arg)
{
	struct world *world = ctx;
	struct sts_dns_query *query;
	const struct rule *rule;
	int64_t at;

	if (strncmp(name, "_smtp._tls.", 11) == 0)
		return ask_tlsrpt(world, name + 11, cb, arg);
	assert_memory_equal(name, "_mta-sts.", 9);
	world->txt_asked++;
	rule = find_rule(world, name + 9);
	if (rule->slow == 0) {
		answer_txt(rule, cb, arg);
		return NULL;
	}
	query = calloc(1, sizeof(*query));
	at = world->mono + rule->slow;
	*query =
	    (struct sts_dns_query){world, NULL, rule, cb, arg, at > deadline};
	query->timer = world->clock.ops->timer(
	    world, at > deadline ? deadline : at, late_txt, query);
	return query;
}

static void
cancel_query(void *ctx, struct sts_dns_query *query)
{
	struct world *world = ctx;

	world->clock.ops->cancel(world, query->timer);
	free(query);
}

static size_t
parse_hosts(const char *hosts, struct sts_mx *mx)
{
	char copy[512], *word, *save, *colon;
	size_t n = 0;

	if (strcmp(hosts, ".") == 0)
		return 1; /* the null MX */
	snprintf(copy, sizeof(copy), "%s", hosts);
	for (word = strtok_r(copy, ",", &save); word != NULL;
	     word = strtok_r(NULL, ",", &save)) {
		colon = strchr(word, ':');
		mx[n].preference = (uint16_t)strtol(word, NULL, 10);
		snprintf(mx[n++].host, sizeof(mx[0].host), "%s", colon + 1);
	}
	return n;
}

static void
answer_mx(const struct rule *rule, sts_dns_cb *cb, void *arg)
{
	struct sts_mx mx[STS_MX_MAX] = {0};
	struct sts_dns_answer answer = {.mx = mx, .ttl = 300};

	answer.n_mx = parse_hosts(rule->hosts, mx);
	answer.status = failure(rule->hosts_dns,
	    rule->hosts[0] != '\0' ? STS_DNS_FOUND : STS_DNS_ABSENT);
	cb(arg, &answer);
}

static void
late_mx(void *arg)
{
	struct sts_dns_query *query = arg;

	answer_mx(query->rule, query->cb, query->arg);
	free(query);
}

static struct sts_dns_query *
ask_mx(void *ctx, const char *name, int64_t deadline, sts_dns_cb *cb, void *arg)
{
	struct world *world = ctx;
	const struct rule *rule = find_rule(world, name);
	struct sts_dns_query *query;

	(void)deadline;
	if (rule->hosts_slow == 0) {
		answer_mx(rule, cb, arg);
		return NULL;
	}
	query = calloc(1, sizeof(*query));
	*query = (struct sts_dns_query){world, NULL, rule, cb, arg, false};
	query->timer = world->clock.ops->timer(
	    world, world->mono + rule->hosts_slow, late_mx, query);
	return query;
}

/* Records that are not in order. */
static void
answer_tlsa(const struct rule *rule, sts_dns_cb *cb, void *arg)
{
	const struct sts_tlsa tlsa[] = {{3, 1, 1, {"\xab\x01", 2}},
	    {2, 0, 1, {"\xff", 1}}, {3, 1, 1, {"\x0b\x01", 2}}};
	const struct sts_dns_answer answer = {
	    .status = failure(rule->tlsa,
		rule->tlsa[0] != '\0' ? STS_DNS_FOUND : STS_DNS_ABSENT),
	    .secure = strcmp(rule->tlsa, "secure") == 0,
	    .tlsa = tlsa,
	    .n_tlsa = 3};

	cb(arg, &answer);
}

static void
late_tlsa(void *arg)
{
	struct sts_dns_query *query = arg;
	static const struct rule timeout = {.tlsa = "timeout"};

	answer_tlsa(
	    query->late ? &timeout : query->rule, query->cb, query->arg);
	free(query);
}

static struct sts_dns_query *
ask_tlsa(
    void *ctx, const char *name, int64_t deadline, sts_dns_cb *cb, void *arg)
{
	struct world *world = ctx;
	const struct rule *rule = find_rule(world, name + 9);
	int64_t at = world->mono + rule->tlsa_slow;
	struct sts_dns_query *query;

	assert_memory_equal(name, "_25._tcp.", 9);
	if (rule->tlsa_slow == 0) {
		answer_tlsa(rule, cb, arg);
		return NULL;
	}
	query = calloc(1, sizeof(*query));
	*query =
	    (struct sts_dns_query){world, NULL, rule, cb, arg, at > deadline};
	query->timer = world->clock.ops->timer(
	    world, at > deadline ? deadline : at, late_tlsa, query);
	return query;
}

static struct sts_http_request *
get(void *ctx, const char *domain, int64_t deadline, sts_http_cb *cb, void *arg)
{
	struct world *world = ctx;
	const struct rule *rule = find_rule(world, domain);
	static const struct sts_http_trace trace = {
	    .address = {{"192.0.2.1", NULL}},
	    .n_address = 1,
	    .peer = "192.0.2.1",
	    .tls = "TLSv1.3",
	    .media_type = "text/plain"};
	struct sts_http_answer answer = {
	    .status = STS_HTTP_OK, .code = 200, .trace = &trace};
	char body[16384], copy[8192], *word, *save;
	size_t n;

	(void)deadline;
	world->fetched++;
	if (world->http != NULL) {
		cb(arg, world->http);
		return NULL;
	}
	n = (size_t)snprintf(body, sizeof(body),
	    "version: STSv1\nmode: %s\nmax_age: %" PRId64 "\n", rule->mode,
	    rule->max_age);
	snprintf(copy, sizeof(copy), "%s", rule->mx);
	for (word = strtok_r(copy, ",", &save); word != NULL;
	     word = strtok_r(NULL, ",", &save))
		n += (size_t)snprintf(
		    body + n, sizeof(body) - n, "mx: %s\n", word);
	answer.body = (struct sts_str){body, n};
	if (rule->http[0] != '\0') {
		answer.status = STS_HTTP_FETCH;
		answer.code = strtol(rule->http, NULL, 10);
		snprintf(answer.detail, sizeof(answer.detail), "http-%s",
		    rule->http);
	}
	cb(arg, &answer);
	return NULL;
}

static void
cancel_get(void *ctx, struct sts_http_request *request)
{
	(void)ctx;
	(void)request;
}

struct sts_dns
world_dns(struct world *world)
{
	static const struct sts_dns_ops ops = {.txt = ask_txt,
	    .mx = ask_mx,
	    .tlsa = ask_tlsa,
	    .cancel = cancel_query};

	return (struct sts_dns){&ops, world};
}

struct sts_http
world_http(struct world *world)
{
	static const struct sts_http_ops ops = {get, cancel_get};

	return (struct sts_http){&ops, world};
}
