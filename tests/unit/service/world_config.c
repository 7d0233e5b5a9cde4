/* SPDX-License-Identifier: ISC */
/* A configuration and the files that it names, in a folder that is ours. */
#include "world.h"

#define CONFIG "stsgate.conf"

/* Made, and where we are, so that no answer has its name. */
static void
enter(struct world *world)
{
	if (world->dir[0] == '\0') {
		snprintf(world->dir, sizeof(world->dir),
		    "/tmp/stsgate-world-XXXXXX");
		assert_non_null(mkdtemp(world->dir));
	}
	assert_int_equal(chdir(world->dir), 0);
}

static void
write_file(const char *name, const char *text)
{
	FILE *file = fopen(name, "w");

	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

void
world_file(struct world *world, const char *line)
{
	char name[64], text[4096], *p;
	size_t n = strcspn(line, " ");

	enter(world);
	snprintf(name, sizeof(name), "%.*s", (int)n, line);
	snprintf(text, sizeof(text), "%s", line + n + 1);
	for (p = text; (p = strchr(p, '|')) != NULL;)
		*p = '\n';
	write_file(name, text);
}

static void
load(struct world *world)
{
	struct sts_findings findings;
	struct sts_config config;
	enum sts_err err;

	enter(world);
	write_file(CONFIG, world->config_text);
	err = sts_config_load(CONFIG, true, &config, &findings);
	if (err != STS_OK)
		fail_msg("%u: %s", findings.list[0].line,
		    findings.n > 0 ? findings.list[0].text : "?");
	sts_service_use_overrides(world->service, config.overrides);
	sts_config_free(&config);
}

void
world_config(struct world *world, const char *line)
{
	const char *dir = strstr(line, "DIR/");
	size_t n = strlen(world->config_text);
	int before = dir != NULL ? (int)(dir - line) : (int)strlen(line);

	enter(world);
	snprintf(world->config_text + n, sizeof(world->config_text) - n,
	    "%.*s%s%s\n", before, line, dir != NULL ? world->dir : "",
	    dir != NULL ? dir + 3 : "");
	load(world);
}

void
world_no_config(struct world *world)
{
	world->config_text[0] = '\0';
	load(world);
}

void
world_config_end(struct world *world)
{
	char command[100];

	if (world->dir[0] == '\0')
		return;
	snprintf(command, sizeof(command), "rm -r %s", world->dir);
	assert_int_equal(chdir("/"), 0);
	assert_int_equal(system(command), 0);
}
