/* SPDX-License-Identifier: ISC */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "player.h"
#include "sts/cache.h"
#include "world.h"

struct player player;

void
fail(const char *fmt, ...)
{
	va_list ap;

	(void)fprintf(stderr, "%s:%u: ", player.file, player.number);
	va_start(ap, fmt);
	(void)vfprintf(stderr, fmt, ap);
	va_end(ap);
	(void)fputc('\n', stderr);
	exit(1);
}

void *
need(void *p)
{
	if (p == NULL)
		fail("the player is out of memory");
	return p;
}

static void
on_log(void *ctx, enum sts_level level, const char *text)
{
	struct line *line = need(calloc(1, sizeof(*line)));

	(void)ctx;
	(void)snprintf(line->text, sizeof(line->text), "%s %s",
	    sts_level_name(level), text);
	TAILQ_INSERT_TAIL(&player.lines, line, link);
}

static uint32_t
get_random(void *ctx)
{
	(void)ctx;
	return player.random;
}

struct sts_engine *
engine(void)
{
	struct sts_deps deps = {.clock = world_clock(),
	    .dns = world_dns(),
	    .http = world_http(),
	    .store = world_store(),
	    .log = &player.log,
	    .random = player.has_random ? get_random : NULL};
	static struct sts_store two;

	deps.shared = world_shared();
	if (deps.shared.ops != NULL) {
		if (two.ops == NULL &&
		    sts_cache_two(deps.store, deps.shared, deps.clock,
			player.config.shared_wait_ms, &two) != STS_OK)
			fail("no memory");
		deps.store = two;
	}
	if (player.engine == NULL) {
		player.engine = need(sts_engine_new(&deps, &player.config));
		sts_engine_on_failure(player.engine, on_failure, NULL);
	}
	return player.engine;
}

void
engine_stop(bool crash)
{
	struct asker *asker;

	TAILQ_FOREACH (asker, &player.askers, link)
		if (crash && !asker->answered) {
			sts_engine_cancel(player.engine, asker->ask);
			asker->answered = asker->consumed = true;
		}
	sts_engine_free(player.engine);
	player.engine = NULL;
	if (crash)
		store_crash();
}

/* One word, quoted or not, in place; \n and \xHH are known in quotes. */
static char *
take_quoted(char *at, char **end)
{
	char *out = at;
	char *start = at;

	for (; *at != '"'; at++) {
		if (*at == '\0')
			fail("a quote without end");
		if (at[0] == '\\' && at[1] == 'n') {
			*out++ = '\n';
			at++;
		} else if (at[0] == '\\' && at[1] == 'x') {
			char hex[3] = {at[2], at[3], '\0'};

			*out++ = (char)strtol(hex, NULL, 16);
			at += 3;
		} else {
			*out++ = *at;
		}
	}
	*end = at + 1;
	*out = '\0';
	return start;
}

static void
split(char *text)
{
	player.n = 0;
	for (;;) {
		while (isspace((unsigned char)*text))
			text++;
		if (*text == '\0' || *text == '#')
			return;
		if (player.n == WORDS_MAX)
			fail("too many words");
		if (*text == '"') {
			player.word[player.n++] = take_quoted(text + 1, &text);
			continue;
		}
		player.word[player.n++] = text;
		while (*text != '\0' && !isspace((unsigned char)*text))
			text++;
		if (*text != '\0')
			*text++ = '\0';
	}
}

int
main(int argc, char **argv)
{
	char text[8192];
	FILE *file;

	player.file = argc == 2 ? argv[1] : "usage: scenario FILE";
	file = fopen(player.file, "r");
	if (file == NULL)
		fail("cannot be read");
	TAILQ_INIT(&player.askers);
	TAILQ_INIT(&player.lines);
	TAILQ_INIT(&player.counters);
	sts_engine_defaults(&player.config);
	player.log = (struct sts_log){on_log, NULL, STS_LOG_INFO};
	while (fgets(text, sizeof(text), file) != NULL) {
		player.number++;
		split(text);
		if (player.n > 0)
			run_command();
	}
	(void)fclose(file);
	expect_nothing_left(true);
	engine_stop(false);
	expect_nothing_left(true);
	return 0;
}
