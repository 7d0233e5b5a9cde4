/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admin.h"
#include "answer.h"
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
	return sts_admin_ask(cli, STS_ASK_ADMIN, "stats", false, tell_json);
}

int
sts_cli_reload(const struct sts_cli *cli)
{
	return sts_admin_ask(cli, STS_ASK_ADMIN, "reload", false, tell_ok);
}

/* The domain that the next part of the list begins after, or NULL. */
static const char *
last_domain(const json_t *part)
{
	const json_t *policies = json_object_get(part, "policies");
	size_t n = json_array_size(policies);

	if (n == 0 || !json_is_true(json_object_get(part, "more")))
		return NULL;
	return json_string_value(
	    json_object_get(json_array_get(policies, n - 1), "domain"));
}

static int
next_question(char question[STS_QUESTION], const char *after)
{
	char word[STS_QUESTION];

	sts_ask_begin(question, "list");
	if (after[0] == '\0')
		return STS_EXIT_YES;
	snprintf(word, sizeof(word), "after=%s", after);
	return sts_ask_word(question, word);
}

/*
 * One part of the list into all. after is where it begins, and then where the
 * next one does, "" for the end; it must go forward.
 */
static int
list_part(const struct sts_cli *cli, struct sts_ask *ask, json_t *all,
    char after[STS_QUESTION])
{
	char question[STS_QUESTION];
	const char *last;
	json_t *part;
	int code = next_question(question, after);

	if (code == STS_EXIT_YES)
		code = sts_ask(cli, STS_ASK_ADMIN, question, ask);
	if (code != STS_EXIT_YES)
		return code;
	part = sts_admin_json(ask);
	last = part == NULL ? NULL : last_domain(part);
	if (!json_is_array(json_object_get(part, "policies")) ||
	    (last != NULL && strcmp(last, after) <= 0))
		code = sts_admin_unexpected(ask);
	else if (json_array_extend(all, json_object_get(part, "policies")))
		code = sts_print_trouble("list", "out of memory");
	snprintf(after, STS_QUESTION, "%s", last == NULL ? "" : last);
	json_decref(part);
	return code;
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
	struct sts_ask *ask = malloc(sizeof(*ask));
	json_t *all = json_array();
	char after[STS_QUESTION] = "";
	int code = STS_EXIT_YES;

	if (ask == NULL || all == NULL)
		code = sts_print_trouble("list", "out of memory");
	else
		do
			code = list_part(cli, ask, all, after);
		while (code == STS_EXIT_YES && after[0] != '\0');
	if (code == STS_EXIT_YES)
		code = tell_list(cli, all);
	json_decref(all);
	free(ask);
	return code;
}
