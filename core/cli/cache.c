/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "admin.h"
#include "answer.h"
#include "metrics.h"
#include "print.h"

static int
tell_json(const struct sts_cli *cli, const struct sts_ask *ask)
{
	json_t *object = sts_admin_json(ask);

	if (object == NULL)
		return sts_admin_unexpected(ask);
	if (cli->json)
		return sts_print_json(object, STS_EXIT_YES);
	sts_print_value(NULL, object, 0);
	json_decref(object);
	return STS_EXIT_YES;
}

static int
tell_policy(const struct sts_cli *cli, const struct sts_ask *ask)
{
	json_t *object = sts_answer_json(ask->line);
	int code = ask->kind == STS_REPLY_POLICY ? STS_EXIT_YES : STS_EXIT_NO;

	if (ask->kind != STS_REPLY_POLICY && ask->kind != STS_REPLY_NONE) {
		json_decref(object);
		return sts_admin_unexpected(ask);
	}
	if (cli->json)
		return sts_print_json(object, code);
	sts_answer_print(object);
	json_decref(object);
	return code;
}

static int
tell_ok(const struct sts_cli *cli, const struct sts_ask *ask)
{
	if (ask->kind != STS_REPLY_OK)
		return sts_admin_unexpected(ask);
	if (cli->json)
		return sts_print_json(
		    json_pack("{ss}", "kind", "ok"), STS_EXIT_YES);
	puts("ok");
	return STS_EXIT_YES;
}

int
sts_cli_cache_show(const struct sts_cli *cli)
{
	return sts_admin_ask(cli, STS_ASK_ADMIN, "show", false, tell_json);
}

int
sts_cli_cache_refresh(const struct sts_cli *cli)
{
	return sts_admin_ask(
	    cli, STS_ASK_REFRESH, "refresh", true, tell_policy);
}

int
sts_cli_cache_purge(const struct sts_cli *cli)
{
	return sts_admin_ask(cli, STS_ASK_ADMIN, "purge", false, tell_ok);
}

int
sts_cli_stats(const struct sts_cli *cli)
{
	if (cli->prometheus)
		return sts_metrics(cli);
	return sts_admin_ask(cli, STS_ASK_ADMIN, "stats", false, tell_json);
}

int
sts_cli_reload(const struct sts_cli *cli)
{
	return sts_admin_ask(cli, STS_ASK_ADMIN, "reload", false, tell_ok);
}

static void
print_cell(const json_t *policy, const char *key, int width)
{
	const json_t *value = json_object_get(policy, key);
	const char *text = json_string_value(value);
	char buf[256];

	if (json_is_integer(value))
		printf("%s", sts_print_time(json_integer_value(value), buf));
	else
		printf("%-*s ", width,
		    sts_str_escape(
			sts_str(text == NULL ? "-" : text), buf, sizeof(buf)));
}

static int
tell_list(const struct sts_cli *cli, json_t *all)
{
	json_t *policy;
	size_t i;

	if (cli->json)
		return sts_print_json(
		    json_pack("{sO}", "policies", all), STS_EXIT_YES);
	json_array_foreach (all, i, policy) {
		print_cell(policy, "domain", 40);
		print_cell(policy, "mode", 8);
		print_cell(policy, "state", 12);
		print_cell(policy, "expires", 0);
		if (json_object_get(policy, "override") != NULL)
			putchar(' ');
		sts_answer_print_override(policy);
		putchar('\n');
	}
	return STS_EXIT_YES;
}

int
sts_cli_cache_list(const struct sts_cli *cli)
{
	json_t *all = NULL;
	int code = sts_admin_list(cli, &all);

	if (code == STS_EXIT_YES)
		code = tell_list(cli, all);
	json_decref(all);
	return code;
}
