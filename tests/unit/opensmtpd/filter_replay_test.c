/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "filter_world.h"

/*
 * What real smtpds said (6.8.txt, 7.6.txt), and what the filter says to that,
 * asks and logs: 6.8.want and so on, written by this program's argument -w.
 */
static bool rewrite;

static const char blocked[] = "STS1 blocked d mode=enforce id=1 "
			      "reason=certificate-expired detail=x "
			      "until=1800000000 tell";
static const char enforce[] =
    "STS1 route d mode=enforce id=1 host=mx until=1800000000 tell";

/* The domains named open had no policy when their mail was queued. All but
 * second-open ask for reports. */
static const char *
rule(const char *question)
{
	if (strncmp(question, "result ", 7) == 0 ||
	    strncmp(question, "doubt ", 6) == 0 ||
	    strncmp(question, "held ", 5) == 0)
		return "STS1 ok";
	if (strstr(question, "wrong-strict.") != NULL)
		return blocked;
	if (strstr(question, "-strict.") != NULL ||
	    strstr(question, "plain-open.") != NULL ||
	    strstr(question, "self-open.") != NULL)
		return enforce;
	if (strstr(question, "tls454-open.") != NULL ||
	    strstr(question, "wrong-open.") != NULL)
		return "STS1 none d state=fresh reason=mode-testing tell";
	if (strstr(question, "second-open.") != NULL)
		return "STS1 none d state=negative reason=no-record";
	return "STS1 none d state=negative reason=no-record tell";
}

static const struct run {
	const char *said, *want;
	struct sts_filter_config config;
} runs[] = {
    {"6.8.txt", "6.8.want", {.refuse = false}},
    {"7.6.txt", "7.6.want", {.refuse = false}},
    {"7.6.txt", "7.6-orv.want",
	{.unverified = true, .refuse = true, .all = true}},
};

static FILE *
open_file(const char *name, const char *mode)
{
	char path[512];
	FILE *f;

	snprintf(path, sizeof(path), "%s/tests/unit/opensmtpd/%s",
	    STS_SOURCE_DIR, name);
	f = fopen(path, mode);
	assert_non_null(f);
	return f;
}

static char *
contents(const char *name)
{
	static char buf[1024 * 1024];
	FILE *f = open_file(name, "r");
	size_t n = fread(buf, 1, sizeof(buf) - 1, f);

	fclose(f);
	buf[n] = '\0';
	return buf;
}

static void
compare(const char *name, const char *got)
{
	FILE *f;

	if (!rewrite) {
		assert_string_equal(got, contents(name));
		return;
	}
	f = open_file(name, "w");
	fputs(got, f);
	fclose(f);
}

static void
replay(void **state)
{
	const struct run *run = *state;
	struct world w;
	char *text = contents(run->said), *line;

	service_answer = rule;
	begin(&w, run->config);
	service_up();
	while ((line = strsep(&text, "\n")) != NULL)
		if (line[0] != '\0' && line[0] != '#')
			say(&w, "%s", line);
	compare(run->want, happened());
	end(&w);
}

int
main(int argc, char **argv)
{
	struct CMUnitTest tests[sizeof(runs) / sizeof(runs[0])] = {0};
	size_t i;

	rewrite = argc > 1 && strcmp(argv[1], "-w") == 0;
	for (i = 0; i < sizeof(runs) / sizeof(runs[0]); i++) {
		tests[i].name = runs[i].want;
		tests[i].test_func = replay;
		tests[i].initial_state = (void *)&runs[i];
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
