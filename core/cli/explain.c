/* SPDX-License-Identifier: ISC */
#include "explain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "ask.h"
#include "print.h"

#define JSON_START "STS1 json "

/* As query: without a host, is there a policy? */
static int
has_policy(const char *kind)
{
	if (strcmp(kind, "policy") == 0)
		return STS_EXIT_YES;
	return strcmp(kind, "none") == 0 ? STS_EXIT_NO : STS_EXIT_TEMP;
}

/* With one, may mail go there? Only enforce refuses. */
static int
may_go(const char *kind, const json_t *answer)
{
	const json_t *match = json_object_get(answer, "match");
	const char *mode = json_string_value(json_object_get(answer, "mode"));

	if (strcmp(kind, "none") == 0)
		return STS_EXIT_YES;
	if (strcmp(kind, "policy") != 0 || mode == NULL)
		return STS_EXIT_TEMP;
	if (strcmp(mode, "testing") == 0 || strcmp(mode, "none") == 0)
		return STS_EXIT_YES;
	if (!json_is_boolean(match))
		return STS_EXIT_TEMP;
	return json_is_true(match) ? STS_EXIT_YES : STS_EXIT_NO;
}

static int
unexpected(const struct sts_ask *ask)
{
	return sts_print_trouble("unexpected answer", ask->line);
}

/* It can have no policy, so nothing was looked at. */
static int
tell_none(const struct sts_cli *cli, const struct sts_ask *ask)
{
	int code = cli->mx != NULL ? STS_EXIT_YES : STS_EXIT_NO;
	json_t *object = sts_answer_json(ask->line);

	if (cli->json)
		return sts_print_json(object, code);
	sts_answer_print(object);
	json_decref(object);
	return code;
}

static int
tell(const struct sts_cli *cli, const struct sts_ask *ask)
{
	const json_t *answer;
	const char *kind;
	json_t *object;
	int code;

	if (ask->kind == STS_REPLY_NONE)
		return tell_none(cli, ask);
	if (ask->kind != STS_REPLY_JSON)
		return unexpected(ask);
	object = json_loads(ask->line + strlen(JSON_START), 0, NULL);
	answer = json_object_get(object, "answer");
	kind = json_string_value(json_object_get(answer, "kind"));
	if (kind == NULL || !json_is_array(json_object_get(object, "steps"))) {
		json_decref(object);
		return unexpected(ask);
	}
	code = cli->mx != NULL ? may_go(kind, answer) : has_policy(kind);
	if (cli->json)
		return sts_print_json(object, code);
	sts_explain_print(object);
	json_decref(object);
	return code;
}

static int
make_question(const struct sts_cli *cli, char question[STS_QUESTION])
{
	char host[STS_QUESTION];
	int code;

	sts_ask_begin(question, "explain");
	code = sts_ask_domain(question, cli->argv[0]);
	if (code == STS_EXIT_YES && cli->mx != NULL) {
		snprintf(host, sizeof(host), "host=%s", cli->mx);
		code = sts_ask_word(question, host);
	}
	if (code == STS_EXIT_YES)
		code = sts_ask_word(question, "progress");
	return code;
}

int
sts_cli_explain(const struct sts_cli *cli)
{
	char question[STS_QUESTION];
	int code = make_question(cli, question);
	struct sts_ask *ask;

	if (code != STS_EXIT_YES)
		return code;
	ask = malloc(sizeof(*ask));
	if (ask == NULL)
		return sts_print_trouble("explain", "out of memory");
	code = sts_ask(cli, STS_ASK_REFRESH, question, ask);
	if (code == STS_EXIT_YES)
		code = tell(cli, ask);
	free(ask);
	return code;
}
