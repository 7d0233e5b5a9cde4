/* SPDX-License-Identifier: ISC */
#include "reporter_job.h"

void
sts_rep_parts_begin(struct sts_rep_job *job)
{
	sts_rep_try(job);
}

void
sts_rep_parts_end(struct sts_rep_job *job)
{
	(void)job;
}

void
sts_rep_parts_save(struct sts_rep_job *job)
{
	(void)job;
}

void
sts_rep_push_last(
    struct sts_reporter *reporter, int64_t day, const char *domain)
{
	(void)reporter;
	(void)day;
	(void)domain;
}
