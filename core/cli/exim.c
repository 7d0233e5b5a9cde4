/* SPDX-License-Identifier: ISC */
#include "exim.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exim_run.h"
#include "print.h"

#define HIDDEN "<value not displayable>"

static int
set(json_t *object, const char *key, struct sts_str text)
{
	char shown[1024];

	return json_object_set_new(object, key,
	    json_string(sts_str_escape(text, shown, sizeof(shown))));
}

int
sts_exim_add(
    const struct sts_exim *exim, const struct sts_exim_finding *finding)
{
	json_t *list = finding->severity == STS_EXIM_ERROR
			   ? exim->report->errors
			   : exim->report->warnings;
	json_t *object = json_pack("{ss}", "rule", finding->rule);

	if (object == NULL)
		return -1;
	if ((finding->kind != NULL &&
		set(object, finding->kind, finding->name) != 0) ||
	    json_object_set_new(object, "message", json_string(finding->why)) !=
		0 ||
	    (finding->instead != NULL &&
		json_object_set_new(
		    object, "instead", json_string(finding->instead)) != 0)) {
		json_decref(object);
		return -1;
	}
	return json_array_append_new(list, object);
}

int
sts_exim_tell(const struct sts_exim *exim, enum sts_exim_severity severity,
    const char *rule, const char *why, const char *instead)
{
	struct sts_exim_finding finding = {
	    severity, rule, NULL, {NULL, 0}, why, instead};

	return sts_exim_add(exim, &finding);
}

const char *
sts_exim_user(const struct sts_exim *exim, char *buf, size_t size)
{
	struct sts_str name = exim->user, line;

	if (!sts_exim_next_line(&name, &line) ||
	    !sts_exim_behind(line, "exim_user = ", &name))
		name = (struct sts_str){"", 0};
	snprintf(buf, size, "%.*s", (int)name.n, name.p);
	return buf;
}

/* "configuration error in line 7 of FILE: what" */
static bool
its_words(struct sts_str words, char *out, size_t size)
{
	struct sts_str rest;

	if (!sts_exim_behind(words, "Exim configuration error", &rest))
		return false;
	rest.p -= strlen("configuration error");
	rest.n += strlen("configuration error");
	sts_exim_words(rest, out, size);
	return true;
}

/*
 * A configuration that Exim does not take: it says what, with file and line.
 * (-be reads it to its end and, unlike -bV, leaves Exim's logs alone.)
 */
static int
check_readable(const struct sts_exim *exim)
{
	const char *const argv[] = {exim->binary, "-be", "x", NULL};
	struct sts_exim_output out;
	struct sts_exim_finding finding = {
	    STS_EXIM_ERROR, "configuration", NULL, {NULL, 0}, NULL, NULL};
	char words[STS_EXIM_WHY];
	int rc = sts_exim_run(argv, STS_EXIM_DEADLINE, &out);

	if (rc != 0)
		return sts_print_trouble(exim->binary, sts_exim_trouble(rc));
	if (out.status == 0) {
		rc = STS_EXIT_YES;
	} else if (!its_words(out.words, words, sizeof(words))) {
		rc = sts_print_trouble(exim->binary, "-be failed");
	} else {
		finding.why = words;
		if (strstr(words, "set for the second time") != NULL)
			finding.instead = "one of the two: keep that of "
					  "stsgate's file";
		rc = sts_exim_add(exim, &finding) == 0
			 ? STS_EXIT_NO
			 : sts_print_trouble(exim->binary, "out of memory");
	}
	sts_exim_output_free(&out);
	return rc;
}

static int
print(const struct sts_exim *exim, const char *option, const char *what,
    struct sts_str *text)
{
	const char *const argv[] = {exim->binary, option, what, NULL};
	struct sts_exim_output out;
	int rc = sts_exim_run(argv, STS_EXIM_DEADLINE, &out);

	if (rc != 0)
		return sts_print_trouble(exim->binary, sts_exim_trouble(rc));
	*text = out.text;
	out.text.p = NULL;
	rc = out.status;
	sts_exim_output_free(&out);
	if (rc != 0)
		return sts_print_trouble(
		    exim->binary, "-bP failed (it needs an admin user)");
	if (sts_exim_contains(*text, HIDDEN))
		return sts_print_trouble(exim->binary,
		    "shows its configuration to admin users alone: run this "
		    "as root");
	return STS_EXIT_YES;
}

static int
ask(struct sts_exim *exim)
{
	int code = check_readable(exim);

	if (code == STS_EXIT_YES)
		code = print(exim, "-bP", "config", &exim->config);
	if (code == STS_EXIT_YES)
		code = print(exim, "-bP", "transports", &exim->transports);
	if (code == STS_EXIT_YES)
		code = print(exim, "-bP", "routers", &exim->routers);
	if (code == STS_EXIT_YES)
		code = print(exim, "-bP", "exim_user", &exim->user);
	if (code == STS_EXIT_YES)
		code = print(exim, "-bV", NULL, &exim->features);
	return code;
}

static int
check(const struct sts_exim *exim)
{
	if (sts_exim_acls(exim) != 0 || sts_exim_transports(exim) != 0 ||
	    sts_exim_routers(exim) != 0 || sts_exim_reach(exim) != 0 ||
	    sts_exim_modules(exim) != 0 || sts_exim_routing(exim) != 0)
		return sts_print_trouble(exim->binary, "out of memory");
	return STS_EXIT_YES;
}

int
sts_exim_check(const struct sts_cli *cli, struct sts_exim_report *report)
{
	char buf[PATH_MAX];
	struct sts_exim exim = {.binary = cli->exim_binary, .report = report};
	int code;

	if (exim.binary == NULL)
		exim.binary = sts_exim_find(buf, sizeof(buf));
	if (exim.binary == NULL)
		return sts_print_trouble(
		    "exim", "not found; see --exim-binary");
	code = ask(&exim);
	if (code == STS_EXIT_YES)
		code = check(&exim);
	if (code == STS_EXIT_YES && cli->try_domain != NULL)
		code = sts_exim_try(&exim, cli);
	free((char *)exim.config.p);
	free((char *)exim.transports.p);
	free((char *)exim.routers.p);
	free((char *)exim.user.p);
	free((char *)exim.features.p);
	/* A configuration that Exim does not take has been told. */
	return code == STS_EXIT_NO ? STS_EXIT_YES : code;
}
