/* SPDX-License-Identifier: ISC */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "day.h"
#include "sts/report.h"

/* A name cannot be longer, whatever stands there. */
#define NAME         "%." STRING(STS_DOMAIN_MAX) "s"
#define STRING(x)    STRING_OF(x)
#define STRING_OF(x) #x

void
sts_report_id(const struct sts_reporter_name *name,
    const struct sts_tally *tally, char out[STS_REPORT_ID])
{
	char day[STS_DAY_TEXT];

	sts_day_text(tally->day, day);
	(void)snprintf(out, STS_REPORT_ID, "%s." NAME "@" NAME, day,
	    tally->domain, name->submitter);
}

void
sts_report_file(const struct sts_reporter_name *name,
    const struct sts_tally *tally, char out[STS_REPORT_FILE])
{
	int64_t begin = tally->day * STS_DAY_SECONDS;
	char id[STS_REPORT_ID];
	uLong uid;

	sts_report_id(name, tally, id);
	uid = crc32(0, (const Bytef *)id, (uInt)strlen(id));
	(void)snprintf(out, STS_REPORT_FILE,
	    NAME "!" NAME "!%" PRId64 "!%" PRId64 "!%08lx.json.gz",
	    name->submitter, tally->domain, begin, begin + STS_DAY_SECONDS - 1,
	    uid);
}
