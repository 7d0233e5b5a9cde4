/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "override_set.h"
#include "sts/log.h"

#define LINES 50 /* then only how many more there are */

/* One thing that became of overrides, and how many lines told so. */
struct tally {
	const struct sts_log *log;
	const char *event;
	size_t n;
};

static void
tell(struct tally *tally, const struct sts_override *override)
{
	char origin[256], file[256], words[300] = "";

	if (tally->n++ >= LINES)
		return;
	if (override->policy != NULL)
		snprintf(words, sizeof(words), " mode=%s policy=\"%s\"",
		    sts_mode_name(override->policy->mode),
		    sts_str_escape(
			sts_str(override->policy_file), file, sizeof(file)));
	sts_log(tally->log, STS_LOG_INFO, tally->event,
	    "domain=%s override=%s origin=\"%s\"%s", override->domain,
	    sts_override_name(override->kind),
	    sts_str_escape(sts_str(override->origin), origin, sizeof(origin)),
	    words);
}

static void
end(const struct tally *tally)
{
	if (tally->n > LINES)
		sts_log(tally->log, STS_LOG_INFO, tally->event, "more=%zu",
		    tally->n - LINES);
}

/* Where it stands does not count, or every edit would change all below. */
static bool
same(const struct sts_override *a, const struct sts_override *b)
{
	if (a->kind != b->kind)
		return false;
	if (a->kind != STS_OVERRIDE_PINNED)
		return true;
	return a->policy->mode == b->policy->mode &&
	       a->policy->text.n == b->policy->text.n &&
	       memcmp(a->policy->text.p, b->policy->text.p,
		   a->policy->text.n) == 0 &&
	       strcmp(a->policy_file, b->policy_file) == 0;
}

void
sts_overrides_log(const struct sts_log *log, const struct sts_overrides *before,
    const struct sts_overrides *after)
{
	struct tally fresh = {log, "override-new", 0},
		     changed = {log, "override-changed", 0},
		     gone = {log, "override-gone", 0};
	size_t i = 0, j = 0;
	int order;

	while (
	    i < sts_overrides_count(before) || j < sts_overrides_count(after)) {
		if (i == sts_overrides_count(before))
			order = 1;
		else if (j == sts_overrides_count(after))
			order = -1;
		else
			order = strcmp(before->v[i].domain, after->v[j].domain);
		if (order < 0)
			tell(&gone, &before->v[i]);
		else if (order > 0)
			tell(&fresh, &after->v[j]);
		else if (!same(&before->v[i], &after->v[j]))
			tell(&changed, &after->v[j]);
		i += order <= 0;
		j += order >= 0;
	}
	end(&fresh);
	end(&changed);
	end(&gone);
}
