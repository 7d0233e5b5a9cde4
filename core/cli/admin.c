/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "admin.h"
#include "print.h"

#define JSON_START "STS1 json "

int
sts_admin_unexpected(const struct sts_ask *ask)
{
	return sts_print_trouble("unexpected answer", ask->line);
}

int
sts_admin_ask(const struct sts_cli *cli, enum sts_ask_for what,
    const char *verb, bool progress, sts_admin_tell_fn *tell)
{
	char question[STS_QUESTION];
	struct sts_ask *ask;
	int code = STS_EXIT_YES;

	sts_ask_begin(question, verb);
	if (cli->argc > 0)
		code = sts_ask_domain(question, cli->argv[0]);
	if (code == STS_EXIT_YES && progress)
		code = sts_ask_word(question, "progress");
	if (code != STS_EXIT_YES)
		return code;
	ask = malloc(sizeof(*ask));
	if (ask == NULL)
		return sts_print_trouble(verb, "out of memory");
	code = sts_ask(cli, what, question, ask);
	if (code == STS_EXIT_YES)
		code = tell(cli, ask);
	free(ask);
	return code;
}

json_t *
sts_admin_json(const struct sts_ask *ask)
{
	if (ask->kind != STS_REPLY_JSON)
		return NULL;
	return json_loads(ask->line + strlen(JSON_START), 0, NULL);
}
