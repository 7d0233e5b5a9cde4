/* SPDX-License-Identifier: ISC */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "player.h"
#include "world.h"

static void
on_done(void *arg, enum sts_err err)
{
	*(const char **)arg = err == STS_OK       ? "ok"
			      : err == STS_ENOENT ? "not-found"
						  : "temp";
}

/* purge DOMAIN ok|not-found|temp */
void
do_purge(void)
{
	const char *got = "nothing";

	sts_engine_purge(engine(), player.word[1], on_done, &got);
	if (strcmp(got, player.word[2]) != 0)
		fail("purge: %s", got);
}

static void
format(const struct sts_domain_view *view, char *out, size_t size)
{
	static const char *const kinds[] = {"none", "policy", "temp"};
	int64_t now = now_wall();

	(void)snprintf(out, size,
	    " %s %s state=%s reason=%s id=%s txt=%" PRId64 " refresh=%" PRId64
	    " retry=%" PRId64 " used=%" PRId64 " failure=%s busy=%d ",
	    view->domain, kinds[view->answer.kind], view->answer.state,
	    view->answer.reason,
	    view->answer.kind == STS_ANSWER_POLICY ? view->answer.id : "",
	    view->txt_next ? view->txt_next - now : 0,
	    view->refresh_next ? view->refresh_next - now : 0,
	    view->retry_next ? view->retry_next - now : 0,
	    view->last_used ? now - view->last_used : -1, view->last_failure,
	    view->busy);
}

static void
on_view(void *arg, enum sts_err err, const struct sts_domain_view *view)
{
	char *out = arg;

	if (err == STS_OK)
		format(view, out, 1024);
	else
		(void)snprintf(out, 1024, " %s ",
		    err == STS_ENOENT ? "not-found" : "temp");
}

/* show DOMAIN words...: times are seconds from now */
void
do_show(void)
{
	char text[1024] = "";

	sts_engine_show(engine(), player.word[1], on_view, text);
	for (size_t i = 2; i < player.n; i++) {
		char word[NAME_SIZE];

		(void)snprintf(word, sizeof(word), " %s ", player.word[i]);
		if (strstr(text, word) == NULL)
			fail("expected %s, got:%s", player.word[i], text);
	}
}

struct listing {
	size_t n;
	const char *done;
};

static void
on_each(void *arg, enum sts_err err, const struct sts_domain_view *view)
{
	struct listing *listing = arg;
	size_t i = 1;

	(void)err;
	while (i < player.n && strchr(player.word[i], '=') != NULL)
		i++;
	i += listing->n++;
	if (i >= player.n || strcmp(player.word[i], view->domain) != 0)
		fail("%s is listed", view->domain);
}

static void
on_listed(void *arg, enum sts_err err)
{
	((struct listing *)arg)->done = err == STS_OK ? "ok" : "temp";
}

/* list [after=D] [limit=N] DOMAIN...: these, in this order */
void
do_list(void)
{
	const char *after = option(1, "after");
	const char *limit = option(1, "limit");
	struct listing listing = {0, "nothing"};
	size_t options = (after != NULL) + (limit != NULL);

	sts_engine_list(engine(), after != NULL ? after : "",
	    limit != NULL ? (size_t)number(limit) : 100, on_each, on_listed,
	    &listing);
	if (strcmp(listing.done, "ok") != 0 ||
	    listing.n != player.n - 1 - options)
		fail("%zu listed, %s", listing.n, listing.done);
}

/* stats key=N... */
void
expect_stats(void)
{
	struct sts_engine_stats s;
	char text[512];

	sts_engine_stats(engine(), &s);
	(void)snprintf(text, sizeof(text),
	    " asked=%" PRIu64 " none=%" PRIu64 " policy=%" PRIu64
	    " temporary=%" PRIu64 " hits=%" PRIu64 " txt_asked=%" PRIu64
	    " txt_failed=%" PRIu64 " txt_bogus=%" PRIu64 " fetched=%" PRIu64
	    " fetch_failed=%" PRIu64 " refused=%" PRIu64 " expired=%" PRIu64
	    " taken=%" PRIu64 " extended=%" PRIu64 " differs=%" PRIu64
	    " waited=%" PRIu64 " overdue=%" PRIu64 " domains=%" PRIu64
	    " flights=%" PRIu64 " unsaved=%" PRIu64 " ",
	    s.asked, s.none, s.policy, s.temporary, s.hits, s.txt_asked,
	    s.txt_failed, s.txt_bogus, s.fetched, s.fetch_failed, s.refused,
	    s.expired, s.shared_taken, s.shared_extended, s.shared_differs,
	    s.lease_waited, s.lease_overdue, s.domains, s.flights,
	    s.policies_unsaved);
	for (size_t i = 1; i < player.n; i++) {
		char word[NAME_SIZE];

		(void)snprintf(word, sizeof(word), " %s ", player.word[i]);
		if (strstr(text, word) == NULL)
			fail("expected %s, got:%s", player.word[i], text);
	}
}

static char failures[1024];

/* What is told for reports since the last look, one behind the other. */
void
on_failure(void *arg, const char *domain, const struct sts_policy *held,
    const char *reason, const char *detail)
{
	size_t n = strlen(failures);

	(void)arg;
	(void)snprintf(failures + n, sizeof(failures) - n, " %s %s %s %s",
	    domain, held != NULL ? sts_mode_name(held->mode) : "-", reason,
	    detail);
}

/* failure [DOMAIN MODE|- REASON DETAIL]: this alone since the last one */
void
expect_failure(void)
{
	char text[sizeof(failures)] = "";
	size_t n = 0;

	for (size_t i = 1; i < player.n; i++)
		n += (size_t)snprintf(
		    text + n, sizeof(text) - n, " %s", player.word[i]);
	if (strcmp(text, failures) != 0)
		fail("told for reports:%s", failures);
	failures[0] = '\0';
}
