/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "exim.h"
#include "print.h"
#include "sts/config.h"

/* What the library found, into the list. */
static int
add_findings(json_t *list, const struct sts_findings *findings)
{
	size_t i;

	for (i = 0; i < findings->n; i++)
		if (json_array_append_new(
			list, json_pack("{si ss}", "line",
				  (int)findings->list[i].line, "message",
				  findings->list[i].text)) != 0)
			return -1;
	return 0;
}

static int
check_service(const char *path, bool must_exist, json_t *list)
{
	struct sts_findings findings;
	struct sts_config config;
	enum sts_err err =
	    sts_config_load(path, must_exist, &config, &findings);

	if (err == STS_OK) {
		sts_config_free(&config);
		return STS_EXIT_YES;
	}
	if (err == STS_ENOMEM || add_findings(list, &findings) != 0)
		return sts_print_trouble(path, "out of memory");
	return err == STS_ETEMP ? STS_EXIT_TEMP : STS_EXIT_NO;
}

static void
print_name(const json_t *finding, const char *kind)
{
	const json_t *name = json_object_get(finding, kind);

	if (name != NULL)
		printf("%s %s: ", kind, json_string_value(name));
}

static void
print_finding(const char *path, const json_t *finding)
{
	const char *rule = json_string_value(json_object_get(finding, "rule"));
	json_int_t line = json_integer_value(json_object_get(finding, "line"));

	sts_print_text(sts_str(rule != NULL ? "exim" : path));
	if (line > 0)
		printf(":%lld", (long long)line);
	fputs(": ", stdout);
	print_name(finding, "transport");
	print_name(finding, "router");
	if (rule != NULL)
		printf("%s: ", rule);
	sts_print_text(
	    sts_str(json_string_value(json_object_get(finding, "message"))));
	putchar('\n');
}

static int
tell(const struct sts_cli *cli, const char *path, json_t *list, int code)
{
	json_t *finding;
	size_t i;

	if (cli->json)
		return sts_print_json(
		    code == STS_EXIT_YES
			? json_pack("{sb}", "valid", 1)
			: json_pack("{sb sO}", "valid", 0, "errors", list),
		    code);
	json_array_foreach (list, i, finding) {
		print_finding(path, finding);
	}
	puts(code == STS_EXIT_YES  ? "valid"
	     : code == STS_EXIT_NO ? "not valid"
				   : "could not be checked");
	return code;
}

int
sts_cli_config_check(const struct sts_cli *cli)
{
	const char *path = cli->config != NULL ? cli->config : STS_CONFIG_FILE;
	json_t *list = json_array();
	int code, exim = STS_EXIT_YES;

	if (list == NULL)
		return sts_print_trouble(path, "out of memory");
	code = check_service(path, cli->config != NULL, list);
	if (cli->exim || cli->exim_binary != NULL)
		exim = sts_exim_check(cli, list);
	/* What could not be looked at is not called valid, nor invalid. */
	if (exim == STS_EXIT_TEMP)
		code = STS_EXIT_TEMP;
	else if (code == STS_EXIT_YES && json_array_size(list) > 0)
		code = STS_EXIT_NO;
	code = tell(cli, path, list, code);
	json_decref(list);
	return code;
}
