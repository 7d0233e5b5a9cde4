/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "ask.h"
#include "print.h"

#define WORD 32

/* May mail go there? Only enforce refuses; testing would have. */
static int
may_go(const struct sts_ask *ask)
{
	char mode[WORD] = "";

	sts_client_value(ask->line, "mode", mode, sizeof(mode));
	switch (ask->kind) {
	case STS_REPLY_NONE:
	case STS_REPLY_MATCH:
		return STS_EXIT_YES;
	case STS_REPLY_MISMATCH:
		return strcmp(mode, "testing") == 0 ? STS_EXIT_YES
						    : STS_EXIT_NO;
	default:
		return STS_EXIT_TEMP;
	}
}

static int
has_policy(const struct sts_ask *ask)
{
	if (ask->kind == STS_REPLY_POLICY)
		return STS_EXIT_YES;
	return ask->kind == STS_REPLY_NONE ? STS_EXIT_NO : STS_EXIT_TEMP;
}

static int
tell(const struct sts_cli *cli, const struct sts_ask *ask)
{
	int code = cli->mx != NULL ? may_go(ask) : has_policy(ask);
	json_t *object = sts_answer_json(ask->line);

	if (object == NULL)
		return sts_print_trouble("query", "out of memory");
	if (cli->json) {
		if (cli->mx != NULL && code != STS_EXIT_TEMP &&
		    json_object_set_new(object, "allowed",
			json_boolean(code == STS_EXIT_YES)) != 0) {
			json_decref(object);
			object = NULL;
		}
		return sts_print_json(object, code);
	}
	sts_answer_print(object);
	json_decref(object);
	if (cli->mx != NULL && code != STS_EXIT_TEMP)
		printf("mail %s go there\n",
		    code == STS_EXIT_YES ? "may" : "must not");
	return code;
}

static int
make_question(const struct sts_cli *cli, char question[STS_QUESTION])
{
	int code;

	sts_ask_begin(question, cli->mx != NULL ? "verdict" : "policy");
	code = sts_ask_domain(question, cli->argv[0]);
	if (code == STS_EXIT_YES && cli->mx != NULL)
		code = sts_ask_word(question, cli->mx);
	if (code == STS_EXIT_YES)
		code = sts_ask_word(question, "progress");
	return code;
}

int
sts_cli_query(const struct sts_cli *cli)
{
	char question[STS_QUESTION];
	int code = make_question(cli, question);
	struct sts_ask *ask;

	if (code != STS_EXIT_YES)
		return code;
	ask = malloc(sizeof(*ask));
	if (ask == NULL)
		return sts_print_trouble("query", "out of memory");
	code = sts_ask(cli, STS_ASK_QUERY, question, ask);
	if (code == STS_EXIT_YES)
		code = tell(cli, ask);
	free(ask);
	return code;
}
