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

bool
sts_held_ahead(const struct sts_held *held, int64_t wall)
{
	return wall < held->fetched - STS_CLOCK_SLACK;
}

struct sts_life
sts_held_life(const struct sts_held *held, int64_t wall, int64_t mono)
{
	struct sts_life life = {held->fetched, held->expires};

	if (sts_held_ahead(held, wall)) {
		life.from = wall - (mono - held->since) / 1000;
		life.ends = life.from + (held->expires - held->fetched);
	}
	return life;
}

void
sts_held_aged(struct sts_held *held, int64_t wall, int64_t mono)
{
	held->since = mono;
	if (!sts_held_ahead(held, wall))
		held->since -= (wall - held->fetched) * 1000;
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
	if (held->refused)
		held->quiet_until = held->quiet_from;
}
