/* SPDX-License-Identifier: ISC */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "player.h"
#include "world.h"

static const char *const kinds[] = {"none", "policy", "temp"};

static void
show_asker(const struct asker *asker, char *out, size_t size)
{
	(void)snprintf(out, size,
	    "%s state=%s reason=%s detail=%s mode=%s id=%s age=%" PRId64
	    " left=%" PRId64 " in=%" PRId64,
	    kinds[asker->kind], asker->state, asker->reason, asker->detail,
	    asker->mode, asker->id, asker->age, asker->left, asker->took);
}

/* Every word wanted is among the words of the text. */
static void
all_words(const char *text, size_t first)
{
	for (size_t i = first; i < player.n; i++) {
		const char *at = text;
		size_t n = strlen(player.word[i]);

		while ((at = strstr(at, player.word[i])) != NULL) {
			if ((at == text || at[-1] == ' ') &&
			    (at[n] == ' ' || at[n] == '\0'))
				break;
			at++;
		}
		if (at == NULL)
			fail("expected %s, got: %s", player.word[i], text);
	}
}

void
check_asker(struct asker *asker, size_t first)
{
	char text[512];

	if (asker->consumed)
		fail("%s was looked at before", asker->name);
	if (strcmp(player.word[first], "waiting") == 0) {
		if (asker->answered)
			fail("%s is not waiting", asker->name);
		return;
	}
	if (!asker->answered)
		fail("%s has no answer", asker->name);
	show_asker(asker, text, sizeof(text));
	if (strcmp(player.word[first], kinds[asker->kind]) != 0)
		fail("expected %s, got: %s", player.word[first], text);
	all_words(text, first + 1);
	asker->consumed = true;
}

/* expect NAME KIND key=value... | waiting; NAME* is all that begin so. */
void
expect_answer(void)
{
	char *name = player.word[1];
	size_t n = strlen(name);
	struct asker *asker;
	bool any = false;

	if (name[n - 1] != '*') {
		check_asker(asker_find(name), 2);
		return;
	}
	TAILQ_FOREACH (asker, &player.askers, link)
		if (!asker->consumed &&
		    strncmp(asker->name, name, n - 1) == 0) {
			check_asker(asker, 2);
			any = true;
		}
	if (!any)
		fail("nobody is called %s", name);
}

/* text NAME "TEXT": the policy that NAME was told, to the octet. */
void
expect_text(void)
{
	const struct asker *asker = asker_find(player.word[1]);

	if (strcmp(asker->text, player.word[2]) != 0)
		fail("got: %s", asker->text);
}

static void
next_line(size_t first)
{
	struct line *line = TAILQ_FIRST(&player.lines);
	const char *level = player.word[first];
	const char *event = player.word[first + 1];
	size_t n = strlen(level);

	if (line == NULL)
		fail("nothing was logged");
	if (strncmp(line->text, level, n) != 0 ||
	    strncmp(line->text + n + 1, event, strlen(event)) != 0)
		fail("expected %s %s, got: %s", level, event, line->text);
	all_words(line->text, first + 2);
	TAILQ_REMOVE(&player.lines, line, link);
	free(line);
}

/* log LEVEL EVENT words...: the next line that was logged. */
void
expect_log(void)
{
	next_line(1);
}

/* logs N LEVEL EVENT words...: the next N lines. */
void
expect_logs(void)
{
	for (long i = number(player.word[1]); i > 0; i--)
		next_line(2);
}

static void
same(const char *what, unsigned got)
{
	const char *want = option(1, what);

	if (want == NULL ? got != 0 : (unsigned)number(want) != got)
		fail("%s=%u", what, got);
}

/* count DOMAIN txt=N http=N: since the last time; what is left out is 0.
 * count store gets=N puts=N dels=N: only what is named. */
void
expect_count(void)
{
	struct counter *counts;

	if (strcmp(player.word[1], "store") == 0) {
		if (option(2, "gets") != NULL)
			same("gets", store_gets());
		if (option(2, "puts") != NULL)
			same("puts", store_puts());
		if (option(2, "dels") != NULL)
			same("dels", store_dels());
		return;
	}
	if (strcmp(player.word[1], "shared") == 0) {
		struct shared_counts shared = shared_counts();

		same("gets", shared.gets);
		same("puts", shared.puts);
		same("leases", shared.leases);
		return;
	}
	if (strcmp(player.word[1], "all") == 0) {
		unsigned txt = 0;
		unsigned http = 0;

		TAILQ_FOREACH (counts, &player.counters, link) {
			txt += counts->txt;
			http += counts->http;
			counts->txt = counts->http = 0;
		}
		same("txt", txt);
		same("http", http);
		return;
	}
	counts = counter(player.word[1]);
	same("txt", counts->txt);
	same("http", counts->http);
	counts->txt = counts->http = 0;
}

void
expect_nothing_left(bool at_end)
{
	const struct line *line = TAILQ_FIRST(&player.lines);
	const struct asker *asker;
	const struct counter *counts;

	if (line != NULL)
		fail("before this, not expected: %s", line->text);
	if (!at_end)
		return;
	TAILQ_FOREACH (asker, &player.askers, link)
		if (!asker->consumed)
			fail("at the end, nobody looked at %s", asker->name);
	TAILQ_FOREACH (counts, &player.counters, link)
		if (counts->txt != 0 || counts->http != 0)
			fail("at the end, not counted: %s txt=%u http=%u",
			    counts->domain, counts->txt, counts->http);
}
