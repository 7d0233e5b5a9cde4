/* SPDX-License-Identifier: ISC */
#include "stats.h"

static json_t *
collectd_json(const struct sts_collectd *collectd)
{
	struct sts_collectd_stats s;

	sts_collectd_stats(collectd, &s);
	return json_pack("{s:s, s:I, s:I, s:I, s:I, s:I}", "collectd", s.state,
	    "results", (json_int_t)s.results, "sent", (json_int_t)s.sent,
	    "unasked", (json_int_t)s.unasked, "dropped", (json_int_t)s.dropped,
	    "waiting", (json_int_t)s.waiting);
}

json_t *
sts_reports_json(const struct sts_recording *recording)
{
	struct sts_counters_stats c;
	struct sts_reporter_stats r = {0};

	if (recording->collectd != NULL)
		return collectd_json(recording->collectd);
	sts_counters_stats(recording->counters, &c);
	if (recording->reporter != NULL)
		sts_reporter_stats(recording->reporter, &r);
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}",
	    "results", (json_int_t)c.results, "failures",
	    (json_int_t)c.failures, "dropped", (json_int_t)c.dropped, "domains",
	    (json_int_t)c.domains, "sent", (json_int_t)r.sent, "failed",
	    (json_int_t)r.failed, "given_up", (json_int_t)r.given_up, "pending",
	    (json_int_t)r.pending, "under_way", (json_int_t)r.under_way);
}
