/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>

#include "held.h"
#include "bounds.h"

struct sts_held *
sts_held_new(struct sts_policy *policy, const char *id)
{
	struct sts_held *held = calloc(1, sizeof(*held));

	if (held == NULL) {
		sts_policy_free(policy);
		return NULL;
	}
	held->refs = 1;
	held->policy = policy;
	(void)snprintf(held->id, sizeof(held->id), "%s", id);
	return held;
}

struct sts_held *
sts_held_ref(struct sts_held *held)
{
	if (held != NULL)
		held->refs++;
	return held;
}

void
sts_held_unref(struct sts_held *held)
{
	if (held == NULL || --held->refs > 0)
		return;
	sts_policy_free(held->policy);
	free(held);
}

static int64_t
least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

void
sts_held_settle(struct sts_held *held)
{
	int64_t newest =
	    held->checked > held->fetched ? held->checked : held->fetched;

	held->quiet_from = newest - STS_CLOCK_SLACK;
	held->quiet_until =
	    least(held->expires, least(held->refresh, held->txt_next));
}
