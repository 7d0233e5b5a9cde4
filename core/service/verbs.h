/* SPDX-License-Identifier: ISC */
#ifndef STS_VERBS_H
#define STS_VERBS_H

#include "parse.h"

struct sts_task;

typedef void
sts_verb_fn(struct sts_task *task, const struct sts_question *question);

struct sts_verb {
	const char *name;
	bool admin, progress, now, tell;
	size_t min, max; /* words after it, without progress, now, tell */
	sts_verb_fn *begin;
};

const struct sts_verb *sts_verb_find(struct sts_str name, bool admin);

sts_verb_fn sts_verb_reports, sts_verb_report, sts_verb_report_preview,
    sts_verb_report_send, sts_verb_report_test;
sts_verb_fn sts_verb_explain, sts_verb_route, sts_verb_doubt, sts_verb_held,
    sts_verb_cluster;
sts_verb_fn sts_verb_policy, sts_verb_verdict, sts_verb_usable, sts_verb_covers,
    sts_verb_refused, sts_verb_result, sts_verb_ping, sts_verb_list,
    sts_verb_show, sts_verb_refresh, sts_verb_purge, sts_verb_stats,
    sts_verb_reload, sts_verb_stance, sts_verb_hosts, sts_verb_passed;

#endif
