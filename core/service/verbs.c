/* SPDX-License-Identifier: ISC */
#include "task.h"

/* Name, admin, progress, now, tell, min and max words, handler; see
 * docs/protocol.md. */
static const struct sts_verb verbs[] = {
    {"policy", false, true, false, true, 1, 1, sts_verb_policy},
    {"verdict", false, true, false, true, 2, 2, sts_verb_verdict},
    {"usable", false, true, false, false, 1, 1, sts_verb_usable},
    {"route", false, true, false, true, 1, 2, sts_verb_route},
    {"stance", false, false, true, true, 2, 2, sts_verb_stance},
    {"hosts", false, false, true, true, 1, 1, sts_verb_hosts},
    {"passed", false, false, false, false, 1, 1, sts_verb_passed},
    {"covers", false, false, false, false, 2, 2, sts_verb_covers},
    {"refused", false, false, false, false, 1, 1, sts_verb_refused},
    {"result", false, true, false, false, 3, 11, sts_verb_result},
    {"held", false, true, false, false, 1, 1, sts_verb_held},
    {"doubt", false, false, false, false, 1, 5, sts_verb_doubt},
    {"ping", false, false, false, false, 0, 0, sts_verb_ping},
    {"list", true, false, false, false, 0, 1, sts_verb_list},
    {"show", true, false, false, false, 1, 1, sts_verb_show},
    {"refresh", true, true, false, false, 1, 1, sts_verb_refresh},
    {"purge", true, false, false, false, 1, 1, sts_verb_purge},
    {"stats", true, false, false, false, 0, 0, sts_verb_stats},
    {"cluster", true, false, false, false, 0, 0, sts_verb_cluster},
    {"reports", true, false, false, false, 0, 1, sts_verb_reports},
    {"report", true, false, false, false, 2, 2, sts_verb_report},
    {"report-preview", true, false, false, false, 2, 2,
	sts_verb_report_preview},
    {"report-send", true, true, false, false, 2, 2, sts_verb_report_send},
    {"report-test", true, true, false, false, 1, 1, sts_verb_report_test},
    {"explain", true, true, false, false, 1, 2, sts_verb_explain},
    {"reload", true, false, false, false, 0, 0, sts_verb_reload},
};

const struct sts_verb *
sts_verb_find(struct sts_str name, bool admin)
{
	size_t i;

	for (i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (sts_str_eq(name, verbs[i].name))
			return verbs[i].admin && !admin ? NULL : &verbs[i];
	return NULL;
}
