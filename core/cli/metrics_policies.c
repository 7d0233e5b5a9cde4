/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "admin.h"
#include "metrics.h"

enum { MODES = 3 };

static const char *const mode_name[MODES] = {"enforce", "testing", "none"};

/* Of one mode. */
struct held {
	long long policies, at_risk, first_end;
};

static long long
number(const json_t *policy, const char *key)
{
	return json_integer_value(json_object_get(policy, key));
}

/*
 * A policy is fetched anew each day, or at half its life if that is shorter. So
 * when only a third of its life is left this has failed for long.
 */
static void
add(struct held *held, const json_t *policy, long long now)
{
	long long fetched = number(policy, "fetched");
	long long expires = number(policy, "expires");

	if (expires <= now)
		return;
	held->policies++;
	if (expires - now < (expires - fetched) / 3)
		held->at_risk++;
	if (held->first_end == 0 || expires < held->first_end)
		held->first_end = expires;
}

static void
tell(const struct held held[MODES])
{
	char label[64];
	size_t i;

	for (i = 0; i < MODES; i++) {
		(void)snprintf(
		    label, sizeof(label), "mode=\"%s\"", mode_name[i]);
		sts_metric("stsgate_policies", label, "gauge",
		    "Policies that are held and not expired.",
		    held[i].policies);
	}
	for (i = 0; i < MODES; i++) {
		(void)snprintf(
		    label, sizeof(label), "mode=\"%s\"", mode_name[i]);
		sts_metric("stsgate_policies_at_risk", label, "gauge",
		    "Policies with less than a third of their life left, as "
		    "they could not be fetched anew.",
		    held[i].at_risk);
	}
	sts_metric("stsgate_policy_first_expiry_timestamp_seconds",
	    "mode=\"enforce\"", "gauge",
	    "When the first of the policies held expires; 0: none is held.",
	    held[0].first_end);
}

int
sts_metrics_policies(const struct sts_cli *cli)
{
	struct held held[MODES] = {0};
	long long now = time(NULL);
	const json_t *policy;
	json_t *all;
	size_t i, mode;
	int code = sts_admin_list(cli, &all);

	if (code != STS_EXIT_YES)
		return code;
	json_array_foreach (all, i, policy) {
		const char *name =
		    json_string_value(json_object_get(policy, "mode"));

		for (mode = 0; name != NULL && mode < MODES; mode++)
			if (strcmp(name, mode_name[mode]) == 0)
				add(&held[mode], policy, now);
	}
	json_decref(all);
	tell(held);
	return code;
}
