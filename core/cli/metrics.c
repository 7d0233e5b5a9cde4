/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "admin.h"
#include "metrics.h"
#include "metrics_table.h"
#include "print.h"

void
sts_metric(const char *name, const char *labels, const char *type,
    const char *help, long long value)
{
	static const char *last = "";

	if (strcmp(last, name) != 0)
		printf("# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
	last = name;
	if (labels[0] == '\0')
		printf("%s %lld\n", name, value);
	else
		printf("%s{%s} %lld\n", name, labels, value);
}

static const char *
text(const json_t *object, const char *key)
{
	const char *value = json_string_value(json_object_get(object, key));

	return value == NULL ? "" : value;
}

/* A state as a label; it holds no quotes once it is escaped so far. */
static void
tell_state(const char *name, const char *key, const char *help,
    const char *state, long long value)
{
	char word[128], label[192];
	char *p;

	sts_str_escape(sts_str(state), word, sizeof(word));
	for (p = word; *p != '\0'; p++)
		if (*p == '"' || *p == '\\')
			*p = '?';
	(void)snprintf(label, sizeof(label), "%s=\"%s\"", key, word);
	sts_metric(name, label, "gauge", help, value);
}

/* "reports" has other numbers where tlsrpt-collectd gets the results. */
static const json_t *
object_of(const json_t *stats, const char *name)
{
	const json_t *reports = json_object_get(stats, "reports");
	bool collectd = json_object_get(reports, "collectd") != NULL;

	if (name == NULL)
		return stats;
	if (strcmp(name, "collectd") == 0)
		return collectd ? reports : NULL;
	if (strcmp(name, "reports") == 0 && collectd)
		return NULL;
	return json_object_get(stats, name);
}

static void
tell_states(const json_t *stats)
{
	const json_t *shared = json_object_get(stats, "shared");
	const json_t *collectd = object_of(stats, "collectd");

	tell_state("stsgate_build_info", "version",
	    "The version of the service.", text(stats, "version"), 1);
	tell_state("stsgate_store_ok", "state",
	    "1: what is answered is kept over a restart.", text(stats, "store"),
	    strcmp(text(stats, "store"), "ok") == 0);
	tell_state("stsgate_resolver_info", "dnssec",
	    "What the resolver makes of DNSSEC.", text(stats, "resolver"), 1);
	if (shared != NULL)
		tell_state("stsgate_redis_up", "state",
		    "1: policies are shared with other hosts.",
		    text(shared, "state"),
		    strcmp(text(shared, "state"), "ok") == 0);
	if (collectd != NULL)
		tell_state("stsgate_collectd_up", "state",
		    "1: tlsrpt-collectd takes results.",
		    text(collectd, "collectd"),
		    strcmp(text(collectd, "collectd"), "ok") == 0);
}

static void
tell_rows(const json_t *stats)
{
	size_t i;

	for (i = 0; i < sts_metric_n_rows; i++) {
		const struct sts_metric_row *row = &sts_metric_rows[i];
		const json_t *object = object_of(stats, row->object);
		const json_t *value = json_object_get(object, row->key);

		if (json_is_integer(value))
			sts_metric(row->name, row->labels, row->type, row->help,
			    json_integer_value(value));
	}
}

static int
tell_stats(const struct sts_cli *cli, const struct sts_ask *ask)
{
	json_t *stats = sts_admin_json(ask);

	(void)cli;
	if (!json_is_object(json_object_get(stats, "engine"))) {
		json_decref(stats);
		return sts_admin_unexpected(ask);
	}
	tell_states(stats);
	tell_rows(stats);
	json_decref(stats);
	return STS_EXIT_YES;
}

int
sts_metrics(const struct sts_cli *cli)
{
	int code =
	    sts_admin_ask(cli, STS_ASK_ADMIN, "stats", false, tell_stats);

	if (code == STS_EXIT_YES)
		code = sts_metrics_policies(cli);
	sts_metric("stsgate_up", "", "gauge", "1: the service answers.",
	    code == STS_EXIT_YES);
	return code;
}
