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
	enum sts_err err = sts_config_check(path, must_exist, &findings);

	if (err == STS_OK)
		return STS_EXIT_YES;
	if (err == STS_ENOMEM || add_findings(list, &findings) != 0)
		return sts_print_trouble(path, "out of memory");
	return err == STS_ETEMP ? STS_EXIT_TEMP : STS_EXIT_NO;
}

static const char *
text_of(const json_t *finding, const char *key)
{
	return json_string_value(json_object_get(finding, key));
}

static void
print_name(const json_t *finding, const char *kind)
{
	const char *name = text_of(finding, kind);

	if (name != NULL)
		printf("%s %s: ", kind, name);
}

static void
print_finding(const char *path, const char *severity, const json_t *finding)
{
	const char *rule = text_of(finding, "rule");
	const char *instead = text_of(finding, "instead");
	json_int_t line = json_integer_value(json_object_get(finding, "line"));

	sts_print_text(sts_str(rule != NULL ? "exim" : path));
	if (line > 0)
		printf(":%lld", (long long)line);
	printf(": %s", severity);
	print_name(finding, "transport");
	print_name(finding, "router");
	print_name(finding, "acl");
	if (rule != NULL)
		printf("%s: ", rule);
	sts_print_text(sts_str(text_of(finding, "message")));
	if (instead != NULL) {
		fputs("; instead: ", stdout);
		sts_print_text(sts_str(instead));
	}
	putchar('\n');
}

static void
print_tried(const json_t *tried)
{
	if (tried == NULL)
		return;
	printf("tried %s: router %s, transport %s, which %s stsgate; ",
	    text_of(tried, "domain"), text_of(tried, "router"),
	    text_of(tried, "transport"),
	    json_is_true(json_object_get(tried, "asks")) ? "asks"
							 : "does not ask");
	printf("policy: %s\n", text_of(tried, "policy"));
}

static int
tell_json(const struct sts_exim_report *report, int code)
{
	json_t *object = json_pack("{sb}", "valid", code == STS_EXIT_YES);
	bool failed = object == NULL;

	if (!failed && code != STS_EXIT_YES)
		failed = json_object_set(object, "errors", report->errors) != 0;
	if (!failed && json_array_size(report->warnings) > 0)
		failed =
		    json_object_set(object, "warnings", report->warnings) != 0;
	if (!failed && report->tried != NULL)
		failed = json_object_set(object, "tried", report->tried) != 0;
	if (failed) {
		json_decref(object);
		object = NULL;
	}
	return sts_print_json(object, code);
}

static int
tell(const struct sts_cli *cli, const char *path,
    const struct sts_exim_report *report, int code)
{
	json_t *finding;
	size_t i;

	if (cli->json)
		return tell_json(report, code);
	json_array_foreach (report->errors, i, finding) {
		print_finding(path, "", finding);
	}
	json_array_foreach (report->warnings, i, finding) {
		print_finding(path, "warning: ", finding);
	}
	print_tried(report->tried);
	puts(code == STS_EXIT_YES  ? "valid"
	     : code == STS_EXIT_NO ? "not valid"
				   : "could not be checked");
	return code;
}

static int
check(
    const struct sts_cli *cli, const char *path, struct sts_exim_report *report)
{
	int code, exim = STS_EXIT_YES;

	code = check_service(path, cli->config != NULL, report->errors);
	if (cli->exim || cli->exim_binary != NULL || cli->try_domain != NULL)
		exim = sts_exim_check(cli, report);
	/* What could not be looked at is not called valid, nor invalid. */
	if (exim != STS_EXIT_YES)
		return exim;
	if (code == STS_EXIT_YES && json_array_size(report->errors) > 0)
		return STS_EXIT_NO;
	return code;
}

int
sts_cli_config_check(const struct sts_cli *cli)
{
	const char *path = cli->config != NULL ? cli->config : STS_CONFIG_FILE;
	struct sts_exim_report report = {json_array(), json_array(), NULL};
	int code;

	if (report.errors == NULL || report.warnings == NULL)
		code = sts_print_trouble(path, "out of memory");
	else {
		code = check(cli, path, &report);
		if (code != STS_EXIT_USAGE)
			code = tell(cli, path, &report, code);
	}
	json_decref(report.errors);
	json_decref(report.warnings);
	json_decref(report.tried);
	return code;
}
