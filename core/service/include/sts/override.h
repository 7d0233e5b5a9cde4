/* SPDX-License-Identifier: ISC */
#ifndef STS_OVERRIDE_H
#define STS_OVERRIDE_H

#include <stdbool.h>
#include <stddef.h>

#include "sts/engine.h"

#define STS_OVERRIDES_MAX 10000 /* of one configuration */

/* What an administrator wants instead of what a domain says of itself. */
enum sts_override_kind {
	STS_OVERRIDE_OFF,     /* no policy; nothing is asked */
	STS_OVERRIDE_TESTING, /* its own policy, at most testing */
	STS_OVERRIDE_ENFORCE, /* its own policy, enforced; without one: wait */
	STS_OVERRIDE_PINNED   /* the policy of a file; nothing is asked */
};

/* Belongs to its set, immutable. */
struct sts_override {
	enum sts_override_kind kind;
	unsigned line;     /* in the file of the configuration */
	char *domain;      /* "a.example"; ".a.example": each name below it */
	char *origin;      /* "/etc/stsgate/stsgate.conf:12" */
	char *policy_file; /* PINNED only */
	struct sts_policy *policy; /* PINNED only, in the mode that holds */
};

/* All of a configuration; NULL is a set that has none. */
struct sts_overrides;

size_t sts_overrides_count(const struct sts_overrides *set);
/*
 * The one that holds for a domain (as sts_domain_parse() made it), or NULL:
 * that of the name itself, else of the longest suffix. Steps: its labels, and
 * for each the logarithm of how many there are.
 */
const struct sts_override *
sts_overrides_find(const struct sts_overrides *set, const char *domain);
/* One owner more, who gives it back by sts_overrides_free(). Returns set. */
struct sts_overrides *sts_overrides_ref(struct sts_overrides *set);
void sts_overrides_free(struct sts_overrides *set);

/* "off", "testing", "enforce", "pinned". */
const char *sts_override_name(enum sts_override_kind kind);
/* Is the domain's own policy asked for? */
bool sts_override_asks(const struct sts_override *override);

/* An answer, and the policy in another mode that it may point to. */
struct sts_overridden {
	struct sts_answer answer;
	struct sts_policy policy;
};

/*
 * What becomes of the domain's own answer (NULL where none is asked for). The
 * result points into it and into the override.
 */
void sts_override_apply(const struct sts_override *override,
    const struct sts_answer *own, struct sts_overridden *out);

/* Tell the log what is new, changed and gone, each up to a bound. */
void sts_overrides_log(const struct sts_log *log,
    const struct sts_overrides *before, const struct sts_overrides *after);

#endif
