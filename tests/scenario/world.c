/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "player.h"
#include "world.h"

static struct fact *facts;

static struct fact *
find(char kind, const char *name)
{
	struct fact *fact = facts;

	while (fact != NULL &&
	       (fact->kind != kind || strcmp(fact->name, name) != 0))
		fact = fact->next;
	return fact;
}

struct fact *
fact_find(char kind, const char *name)
{
	struct fact *fact = find(kind, name);

	for (const char *dot = strchr(name, '.'); fact == NULL && dot != NULL;
	     dot = strchr(dot + 1, '.')) {
		char wild[NAME_SIZE + 1];

		(void)snprintf(wild, sizeof(wild), "*%s", dot);
		fact = find(kind, wild);
	}
	return fact != NULL ? fact : find(kind, "*");
}

/* Answers under way keep the old one: facts are never freed, but hidden. */
struct fact *
fact_new(char kind, const char *name)
{
	struct fact *fact = need(calloc(1, sizeof(*fact)));

	fact->kind = kind;
	(void)snprintf(fact->name, sizeof(fact->name), "%s", name);
	fact->next = facts;
	facts = fact;
	return fact;
}

static void
set_delay(struct fact *fact)
{
	const char *delay = option(3, "delay");

	if (delay != NULL)
		fact->delay =
		    strcmp(delay, "never") == 0 ? -1 : duration(delay);
}

static int
status_of(const char *word, const char *const *names)
{
	for (int i = 0; names[i] != NULL; i++)
		if (strcmp(names[i], word) == 0)
			return i;
	fail("unknown outcome %s", word);
}

/* dns NAME txt "RR" ... | absent | servfail | timeout | bogus | local */
void
world_set_dns(void)
{
	static const char *const names[] = {
	    "txt", "absent", "servfail", "timeout", "bogus", "local", NULL};
	struct fact *fact = fact_new('d', player.word[1]);
	const char *ttl = option(3, "ttl");

	fact->status = status_of(player.word[2], names);
	fact->ttl = ttl != NULL ? (uint32_t)number(ttl) : 300;
	set_delay(fact);
	for (size_t i = 3; fact->status == STS_DNS_FOUND && i < player.n; i++)
		if (strncmp(player.word[i], "ttl=", 4) != 0 &&
		    strncmp(player.word[i], "delay=", 6) != 0)
			fact->rr[fact->n_rr++] = need(strdup(player.word[i]));
}

const char *
world_policy(const char *mode)
{
	const char *mx = option(3, "mx");
	const char *max_age = option(3, "max_age");
	static char body[2048];
	int n;

	n = snprintf(body, sizeof(body),
	    "version: STSv1\nmode: %s\nmax_age: %s\n", mode,
	    max_age != NULL ? max_age : "604800");
	while (mx != NULL && *mx != '\0') {
		int len = (int)strcspn(mx, ",");

		n += snprintf(
		    body + n, sizeof(body) - (size_t)n, "mx: %.*s\n", len, mx);
		mx += len + (mx[len] == ',');
	}
	return body;
}

/* http NAME body "TEXT" | enforce|testing|none mx=A,B max_age=N |
 *      fetch DETAIL | webpki DETAIL | invalid DETAIL | local | hang */
void
world_set_http(void)
{
	static const char *const names[] = {
	    "body", "fetch", "webpki", "invalid", "local", NULL};
	struct fact *fact = fact_new('h', player.word[1]);
	const char *what = player.word[2];
	enum sts_mode mode;

	if (sts_mode_parse(sts_str(what), &mode) == STS_OK) {
		fact->body = need(strdup(world_policy(what)));
	} else if (strcmp(what, "hang") == 0) {
		fact->status = STS_HTTP_FETCH;
		fact->delay = -1;
	} else {
		fact->status = status_of(what, names);
		if (fact->status == STS_HTTP_OK)
			fact->body = need(strdup(player.word[3]));
		else if (player.n > 3)
			(void)snprintf(fact->detail, sizeof(fact->detail), "%s",
			    player.word[3]);
	}
	set_delay(fact);
}
