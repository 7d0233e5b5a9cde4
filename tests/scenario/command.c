/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "player.h"
#include "world.h"

long
number(const char *text)
{
	char *end;
	long n = strtol(text, &end, 10);

	if (*text == '\0' || *end != '\0')
		fail("%s is not a number", text);
	return n;
}

int64_t
duration(const char *text)
{
	static const struct {
		const char *unit;
		int64_t ms;
	} units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000},
	    {"d", 86400000}};
	char *end;
	long n = strtol(text, &end, 10);

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strcmp(end, units[i].unit) == 0)
			return n * units[i].ms;
	fail("%s is not a time", text);
}

const char *
option(size_t first, const char *key)
{
	size_t n = strlen(key);

	for (size_t i = first; i < player.n; i++)
		if (strncmp(player.word[i], key, n) == 0 &&
		    player.word[i][n] == '=')
			return player.word[i] + n + 1;
	return NULL;
}

struct counter *
counter(const char *domain)
{
	struct counter *counter;

	TAILQ_FOREACH (counter, &player.counters, link)
		if (strcmp(counter->domain, domain) == 0)
			return counter;
	counter = need(calloc(1, sizeof(*counter)));
	(void)snprintf(counter->domain, sizeof(counter->domain), "%s", domain);
	TAILQ_INSERT_TAIL(&player.counters, counter, link);
	return counter;
}

struct asker *
asker_find(const char *name)
{
	struct asker *asker;

	TAILQ_FOREACH (asker, &player.askers, link)
		if (strcmp(asker->name, name) == 0)
			return asker;
	fail("nobody is called %s", name);
}

struct asker *
asker_new(const char *name)
{
	struct asker *asker = need(calloc(1, sizeof(*asker)));

	(void)snprintf(asker->name, sizeof(asker->name), "%s", name);
	asker->asked_at = now_ms();
	TAILQ_INSERT_HEAD(&player.askers, asker, link);
	return asker;
}

void
on_answer(void *arg, const struct sts_answer *answer)
{
	struct asker *asker = arg;

	if (asker->answered)
		fail("%s is answered twice", asker->name);
	asker->answered = true;
	asker->took = now_ms() - asker->asked_at;
	asker->kind = answer->kind;
	(void)snprintf(asker->state, sizeof(asker->state), "%s", answer->state);
	(void)snprintf(
	    asker->reason, sizeof(asker->reason), "%s", answer->reason);
	(void)snprintf(
	    asker->detail, sizeof(asker->detail), "%s", answer->detail);
	if (answer->kind != STS_ANSWER_POLICY)
		return;
	(void)snprintf(asker->mode, sizeof(asker->mode), "%s",
	    sts_mode_name(answer->policy->mode));
	(void)snprintf(asker->id, sizeof(asker->id), "%s", answer->id);
	(void)snprintf(asker->text, sizeof(asker->text), "%.*s",
	    (int)answer->policy->text.n, answer->policy->text.p);
	asker->age = now_wall() - answer->fetched;
	asker->left = answer->expires - now_wall();
}

/* ask DOMAIN KIND key=value...: the answer is there at once.
 * ask NAME DOMAIN: NAME waits for it, see "expect". */
static void
do_ask(void)
{
	bool at_once = strchr(player.word[1], '.') != NULL;
	struct asker *asker = asker_new(player.word[1]);

	asker->ask = sts_engine_ask(
	    engine(), player.word[at_once ? 1 : 2], on_answer, asker);
	if ((asker->ask == NULL) != asker->answered)
		fail("a handle and an answer, or neither");
	if (at_once)
		check_asker(asker, 2);
}

/* asks N NAME DOMAIN: N askers, NAME0 to NAME<N-1>; %d in DOMAIN is its
 * number. */
static void
do_asks(void)
{
	for (long i = 0; i < number(player.word[1]); i++) {
		char name[NAME_SIZE];
		char domain[NAME_SIZE];
		const char *form = player.word[3];
		const char *hole = strstr(form, "%d");
		struct asker *asker;

		(void)snprintf(name, sizeof(name), "%s%ld", player.word[2], i);
		(void)snprintf(domain, sizeof(domain), "%s", form);
		if (hole != NULL)
			(void)snprintf(domain, sizeof(domain), "%.*s%ld%s",
			    (int)(hole - form), form, i, hole + 2);
		asker = asker_new(name);
		asker->ask = sts_engine_ask(engine(), domain, on_answer, asker);
	}
}

static void
do_refresh(void)
{
	struct asker *asker = asker_new(player.word[1]);

	asker->ask =
	    sts_engine_refresh(engine(), player.word[2], on_answer, asker);
}

/* By the deadline that an asker has. */
static void
do_recheck(void)
{
	struct asker *asker = asker_new(player.word[1]);
	int64_t deadline = now_ms() + player.config.lookup_timeout_ms;

	asker->ask = sts_engine_recheck(
	    engine(), player.word[2], deadline, on_answer, asker);
}

static void
do_cancel(void)
{
	struct asker *asker = asker_find(player.word[1]);

	if (asker->answered)
		fail("%s is answered already", asker->name);
	sts_engine_cancel(engine(), asker->ask);
	asker->answered = asker->consumed = true;
}

static void
set_config(struct sts_engine_config *c, const char *key, long value)
{
	if (strcmp(key, "lookup_timeout_ms") == 0)
		c->lookup_timeout_ms = value;
	else if (strcmp(key, "dns_timeout_ms") == 0)
		c->dns_timeout_ms = value;
	else if (strcmp(key, "domains_max") == 0)
		c->domains_max = (size_t)value;
	else if (strcmp(key, "fetches_max") == 0)
		c->fetches_max = (size_t)value;
	else if (strcmp(key, "fetches_zone_max") == 0)
		c->fetches_zone_max = (size_t)value;
	else if (strcmp(key, "on_dns_error_defer") == 0)
		c->on_dns_error_defer = (int)value;
	else if (strcmp(key, "txt_min") == 0)
		c->txt_min = value;
	else if (strcmp(key, "txt_max") == 0)
		c->txt_max = value;
	else if (strcmp(key, "shared_verify") == 0)
		c->shared_verify = (int)value;
	else
		fail("no such key: %s", key);
}

static void
do_config(void)
{
	set_config(&player.config, player.word[1], number(player.word[2]));
	if (player.engine != NULL)
		sts_engine_configure(player.engine, &player.config);
}

static void
do_wall(void)
{
	const char *text = player.word[1];
	int64_t seconds = duration(text + 1) / 1000;

	clock_jump(*text == '-' ? -seconds : seconds);
}

static void
do_advance(void)
{
	clock_advance(duration(player.word[1]));
}

static void
do_start(void)
{
	(void)engine();
}

static void
do_refused(void)
{
	sts_engine_refused(engine(), player.word[1]);
}

static void
do_delivered(void)
{
	sts_engine_delivered(engine(), player.word[1]);
}

static void
do_random(void)
{
	player.has_random = true;
	player.random = (uint32_t)number(player.word[1]);
}

static void
do_restart(void)
{
	engine_stop(false);
}

static void
do_kill(void)
{
	engine_stop(true);
}

static void
do_spoil(void)
{
	store_spoil(player.word[1], player.word[2]);
}

static const struct {
	const char *name;
	void (*run)(void);
	size_t words; /* at least */
	bool checks;  /* looks at what the last step did */
} commands[] = {
    {"dns", world_set_dns, 3, false},
    {"http", world_set_http, 3, false},
    {"store", world_set_store, 2, false},
    {"spoil", do_spoil, 3, false},
    {"cluster", world_set_shared, 2, false},
    {"peer", world_peer, 3, false},
    {"config", do_config, 3, false},
    {"random", do_random, 2, false},
    {"ask", do_ask, 3, false},
    {"asks", do_asks, 4, false},
    {"cancel", do_cancel, 2, false},
    {"refresh", do_refresh, 3, false},
    {"recheck", do_recheck, 3, false},
    {"refused", do_refused, 2, false},
    {"delivered", do_delivered, 2, false},
    {"purge", do_purge, 3, false},
    {"show", do_show, 3, false},
    {"list", do_list, 1, false},
    {"advance", do_advance, 2, false},
    {"wall", do_wall, 2, false},
    {"start", do_start, 1, false},
    {"restart", do_restart, 1, false},
    {"kill", do_kill, 1, false},
    {"expect", expect_answer, 3, true},
    {"text", expect_text, 3, true},
    {"log", expect_log, 3, true},
    {"logs", expect_logs, 4, true},
    {"count", expect_count, 2, true},
    {"stats", expect_stats, 2, true},
    {"failure", expect_failure, 1, true},
};

void
run_command(void)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(commands[i].name, player.word[0]) != 0)
			continue;
		if (player.n < commands[i].words)
			fail("%s: words are missing", player.word[0]);
		if (!commands[i].checks)
			expect_nothing_left(false);
		commands[i].run();
		return;
	}
	fail("no such command: %s", player.word[0]);
}
