/* SPDX-License-Identifier: ISC */
#include "sts/match.h"

#include <stdio.h>

#include "cli.h"
#include "print.h"

/* The first pattern that covers the host, or NULL. */
static const char *
covering(const struct sts_cli *cli)
{
	int i;

	for (i = 1; i < cli->argc; i++)
		if (sts_pattern_match(
			sts_str(cli->argv[i]), sts_str(cli->argv[0])))
			return cli->argv[i];
	return NULL;
}

int
sts_cli_match(const struct sts_cli *cli)
{
	const char *pattern = covering(cli);
	int code = pattern != NULL ? STS_EXIT_YES : STS_EXIT_NO;

	if (cli->json)
		return sts_print_json(
		    pattern == NULL
			? json_pack("{sb}", "match", 0)
			: json_pack("{sb ss}", "match", 1, "pattern", pattern),
		    code);
	sts_print_text(sts_str(cli->argv[0]));
	if (pattern == NULL) {
		puts(": no pattern covers it");
		return code;
	}
	fputs(": covered by ", stdout);
	sts_print_text(sts_str(pattern));
	putchar('\n');
	return code;
}
