/* SPDX-License-Identifier: ISC */
/* Mail servers of the world, as the prober would find them. */
#include <arpa/inet.h>
#include <netinet/in.h>

#include "world.h"

struct sts_probing world_probing(struct world *world);
struct sts_addresses world_addresses(struct world *world);

struct sts_probe_request {
	struct world *world;
	struct sts_timer *timer;
	const struct probe_rule *rule;
	sts_probe_cb *cb;
	void *arg;
	struct sockaddr_storage addr;
	bool late; /* by the deadline: no answer */
};

void
world_probe(struct world *world, const char *line)
{
	struct probe_rule *rule = &world->probe[world->n_probes++];
	char slow[24] = "0";

	assert_true(world->n_probes <= WORLD_RULES);
	memset(rule, 0, sizeof(*rule));
	assert_true(sscanf(line, "%255s %39s %95s %23s", rule->host,
			rule->result, rule->detail, slow) >= 2);
	if (strspn(rule->detail, "0123456789") == strlen(rule->detail)) {
		rule->slow = strtol(rule->detail, NULL, 10);
		rule->detail[0] = '\0';
	}
	if (strcmp(rule->detail, "-") == 0)
		rule->detail[0] = '\0';
	if (strcmp(slow, "0") != 0)
		rule->slow = strtol(slow, NULL, 10);
}

static const struct probe_rule *
find_rule(const struct world *world, const char *host)
{
	static const struct probe_rule good = {.result = "good"};
	size_t i;

	for (i = world->n_probes; i > 0; i--)
		if (strcmp(world->probe[i - 1].host, host) == 0)
			return &world->probe[i - 1];
	return &good;
}

/* All hosts are at 192.0.2.1 but those whose name begins so: there at .7, and
 * those that begin with six at 2001:db8::6. */
static struct sockaddr_storage
address_of(const char *host)
{
	struct sockaddr_storage addr = {.ss_family = AF_INET};
	struct sockaddr_in *in = (struct sockaddr_in *)&addr;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&addr;

	in->sin_addr.s_addr =
	    htonl(strncmp(host, "seven.", 6) == 0 ? 0xc0000207 : 0xc0000201);
	if (strncmp(host, "six.", 4) == 0) {
		in6->sin6_family = AF_INET6;
		inet_pton(AF_INET6, "2001:db8::6", &in6->sin6_addr);
	}
	return addr;
}

static void
answer(const struct probe_rule *rule, const struct sockaddr_storage *addr,
    sts_probe_cb *cb, void *arg)
{
	struct sts_probe_answer answer = {
	    .status = STS_PROBE_DEFECT, .result = rule->result, .addr = *addr};

	if (strcmp(rule->result, "good") == 0) {
		answer.status = STS_PROBE_GOOD;
		answer.result = "success";
	} else if (strcmp(rule->result, "unreachable") == 0) {
		answer.status = STS_PROBE_UNREACHABLE;
		answer.result = "";
	} else if (strcmp(rule->result, "slow") == 0) {
		answer.status = STS_PROBE_SLOW;
		answer.result = "";
	} else if (strcmp(rule->result, "local") == 0) {
		answer.status = STS_PROBE_LOCAL;
		answer.result = "";
	}
	snprintf(answer.detail, sizeof(answer.detail), "%s", rule->detail);
	cb(arg, &answer);
}

static void
later(void *arg)
{
	struct sts_probe_request *request = arg;
	static const struct probe_rule late = {
	    .result = "unreachable", .detail = "timeout"};

	answer(request->late ? &late : request->rule, &request->addr,
	    request->cb, request->arg);
	free(request);
}

static struct sts_probe_request *
probe(
    void *ctx, const char *host, int64_t deadline, sts_probe_cb *cb, void *arg)
{
	struct world *world = ctx;
	const struct probe_rule *rule = find_rule(world, host);
	struct sts_probe_request *request;
	struct sockaddr_storage addr = address_of(host);
	size_t n = strlen(world->probed_hosts);
	int64_t at = world->mono + rule->slow;

	world->probed++;
	snprintf(world->probed_hosts + n, sizeof(world->probed_hosts) - n,
	    "%s ", host);
	if (rule->slow == 0) {
		answer(rule, &addr, cb, arg);
		return NULL;
	}
	request = malloc(sizeof(*request));
	*request = (struct sts_probe_request){
	    world, NULL, rule, cb, arg, addr, at > deadline};
	request->timer = world->clock.ops->timer(
	    world, at > deadline ? deadline : at, later, request);
	return request;
}

static void
cancel(void *ctx, struct sts_probe_request *request)
{
	struct world *world = ctx;

	world->clock.ops->cancel(world, request->timer);
	free(request);
}

static struct sts_address_query *
lookup(void *ctx, const char *host, int64_t deadline, sts_address_cb *cb,
    void *arg)
{
	struct sockaddr_storage addr = address_of(host);
	struct sts_address_answer answer = {
	    .status = STS_DNS_FOUND, .addr = &addr, .n = 1};

	(void)ctx;
	(void)deadline;
	cb(arg, &answer);
	return NULL;
}

static void
no_cancel(void *ctx, struct sts_address_query *query)
{
	(void)ctx;
	(void)query;
}

struct sts_addresses
world_addresses(struct world *world)
{
	static const struct sts_addresses_ops ops = {lookup, no_cancel};

	return (struct sts_addresses){&ops, world};
}

struct sts_probing
world_probing(struct world *world)
{
	static const struct sts_probing_ops ops = {
	    .probe = probe, .cancel = cancel};

	return (struct sts_probing){&ops, world};
}
