/* SPDX-License-Identifier: ISC */
/*
 * Redis may come back with nothing in it, or with less. A mark of this host's
 * own, looked for once a minute, tells: where it is gone, all that the rows say
 * is put again. Until the others have had the time for that, no report goes
 * out: one of them may have sent it. Nor may all have been put by one who was
 * killed, so it is at a start, too.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reporter_push.h"

#define MARK    "kept/" /* and the host, which is its one part, too */
#define KEY     (sizeof(MARK) + STS_SHARED_PART)
#define ASK_MS  10000
#define CALM_MS 300000
#define LIFE    (30 * STS_DAY_SECONDS) /* then all is put once more */

struct sts_rep_kept {
	struct sts_reporter *reporter; /* NULL: nobody wants to know */
	bool asked, seen, started;
	bool calmed; /* since the mark was seen last */
	char name[STS_SHARED_PART + 1], key[KEY];
};

static void
put_mark(const struct sts_rep_kept *kept)
{
	const struct sts_shared *shared = &kept->reporter->deps.shared;
	int64_t wall = sts_rep_wall(kept->reporter);
	const struct sts_store_item item = {.key = sts_str(kept->key),
	    .value = sts_str("1"),
	    .expiry = wall + LIFE,
	    .fetched = wall,
	    .checked = wall};

	shared->ops->put_part(shared->ctx, sts_str(kept->name), &item);
}

static void
on_part(void *arg, struct sts_str name, const struct sts_store_item *item)
{
	struct sts_rep_kept *kept = arg;

	(void)item;
	if (sts_str_eq(name, kept->name))
		kept->seen = true;
}

static void
on_parts(void *arg, enum sts_err err)
{
	struct sts_rep_kept *kept = arg;
	struct sts_reporter *reporter = kept->reporter;
	bool calmed;

	kept->asked = false;
	if (reporter == NULL) {
		free(kept);
		return;
	}
	if (err != STS_OK)
		return;
	calmed = kept->calmed;
	kept->calmed = !kept->seen;
	if (kept->seen && kept->started)
		return;
	if (!kept->seen)
		put_mark(kept);
	/* Where the mark never stays, what fails is to be seen as that. */
	if (!kept->seen && !calmed)
		reporter->calm = sts_rep_in(reporter, CALM_MS);
	kept->started = true;
	reporter->again = true;
	sts_rep_wake(reporter, sts_rep_wall(reporter));
}

void
sts_rep_kept_look(struct sts_reporter *reporter)
{
	const struct sts_shared *shared = &reporter->deps.shared;
	struct sts_rep_kept *kept = reporter->kept;

	if (kept->asked)
		return;
	kept->asked = true;
	kept->seen = false;
	shared->ops->parts(shared->ctx, sts_str(kept->key), STS_REP_HOSTS,
	    sts_rep_in(reporter, ASK_MS), on_part, on_parts, kept);
}

struct sts_rep_kept *
sts_rep_kept_new(struct sts_reporter *reporter)
{
	struct sts_rep_kept *kept = calloc(1, sizeof(*kept));

	if (kept == NULL)
		return NULL;
	kept->reporter = reporter;
	sts_rep_part_name(reporter, kept->name);
	(void)snprintf(kept->key, sizeof(kept->key), MARK "%s", kept->name);
	reporter->kept = kept;
	return kept;
}

void
sts_rep_kept_free(struct sts_reporter *reporter)
{
	struct sts_rep_kept *kept = reporter->kept;

	reporter->kept = NULL;
	if (kept == NULL)
		return;
	kept->reporter = NULL;
	if (!kept->asked)
		free(kept);
}
