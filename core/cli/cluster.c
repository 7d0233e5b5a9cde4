/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "admin.h"
#include "print.h"

static long long
number(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

/* May be remote: printable, and never NULL. */
static const char *
text(const json_t *object, const char *key, char buf[256])
{
	const char *value = json_string_value(json_object_get(object, key));

	return sts_str_escape(sts_str(value == NULL ? "-" : value), buf, 256);
}

static void
print_level(const json_t *cluster, const json_t *shared)
{
	char state[256], place[256];
	long long trip = number(cluster, "round_trip_us");

	printf("level       %s\n",
	    strcmp(text(shared, "state", state), "ok") == 0 ? "shared" : state);
	printf("redis       %s\n", text(shared, "place", place));
	if (trip >= 0)
		printf("round trip  %lld.%03lld ms, %lld waiting\n",
		    trip / 1000, trip % 1000, number(shared, "waiting"));
	printf("connected   %lld times, lost %lld times\n",
	    number(shared, "connects"), number(shared, "losses"));
	printf("keys        %lld, evicted %lld\n", number(shared, "keys"),
	    number(shared, "evicted"));
}

static void
print_counts(const json_t *engine, const json_t *shared)
{
	printf("answers     %lld known here, %lld taken from another host, "
	       "%lld fetched\n",
	    number(engine, "hits"), number(engine, "taken"),
	    number(engine, "fetched"));
	printf(
	    "peers       %lld lives extended, %lld differed, %lld announced, "
	    "%lld heard\n",
	    number(engine, "extended"), number(engine, "differs"),
	    number(shared, "announced"), number(shared, "heard"));
	printf("looks       %lld, of them %lld found, %lld late, %lld not to "
	       "be trusted\n",
	    number(shared, "gets"), number(shared, "hits"),
	    number(shared, "failed"), number(shared, "refused"));
	printf("puts        %lld, of them %lld older than what was there, "
	       "%lld dropped\n",
	    number(shared, "puts"), number(shared, "puts_older"),
	    number(shared, "dropped"));
	printf("leases      %lld, left to another host %lld, in vain %lld\n",
	    number(shared, "leases"), number(engine, "lease_waited"),
	    number(engine, "lease_overdue"));
}

static void
print_leases(const json_t *leases)
{
	char domain[256], holder[256];
	const json_t *lease;
	size_t i;

	if (json_array_size(leases) == 0)
		puts(json_is_array(leases) ? "held now    none"
					   : "held now    not known");
	json_array_foreach (leases, i, lease) {
		printf("%s%s by %s, for %lld s at most\n",
		    i == 0 ? "held now    " : "            ",
		    text(lease, "domain", domain),
		    text(lease, "holder", holder),
		    number(lease, "left_ms") / 1000);
	}
}

/* Alone or cut off is "no": for who watches a host of a cluster. */
static int
tell(const struct sts_cli *cli, const struct sts_ask *ask)
{
	json_t *cluster = sts_admin_json(ask);
	const char *level =
	    json_string_value(json_object_get(cluster, "level"));
	const json_t *shared = json_object_get(cluster, "shared");
	int code = STS_EXIT_NO;

	if (level == NULL) {
		json_decref(cluster);
		return sts_admin_unexpected(ask);
	}
	if (strcmp(level, "shared") == 0)
		code = STS_EXIT_YES;
	if (cli->json)
		return sts_print_json(cluster, code);
	if (shared == NULL) {
		puts("level       alone: stsgate.conf names no redis");
	} else {
		print_level(cluster, shared);
		print_counts(json_object_get(cluster, "engine"), shared);
		print_leases(json_object_get(cluster, "leases"));
	}
	json_decref(cluster);
	return code;
}

int
sts_cli_cluster(const struct sts_cli *cli)
{
	return sts_admin_ask(cli, STS_ASK_ADMIN, "cluster", false, tell);
}
