/* SPDX-License-Identifier: ISC */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "sts/day.h"
#include "sts/report.h"

/* A name cannot be longer, whatever stands there. */
#define NAME         "%." STRING(STS_DOMAIN_MAX) "s"
#define HOST         62 /* octets */
#define STRING(x)    STRING_OF(x)
#define STRING_OF(x) #x

static bool
is_alnum(char c)
{
	return (c >= '0' && c <= '9') ||
	       ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

/* "mx1.", or nothing. */
static void
host_of(const struct sts_reporter_name *name, char out[HOST + 2])
{
	size_t n = 0;

	for (const char *p = name->host; p != NULL && *p != '\0'; p++)
		if (n < HOST && (is_alnum(*p) || *p == '-' ||
				    (*p == '.' && n > 0 && out[n - 1] != '.')))
			out[n++] = *p;
	if (n > 0 && out[n - 1] != '.')
		out[n++] = '.';
	out[n] = '\0';
}

void
sts_report_id(const struct sts_reporter_name *name,
    const struct sts_tally *tally, char out[STS_REPORT_ID])
{
	char day[STS_DAY_TEXT], host[HOST + 2];

	sts_day_text(tally->day, day);
	host_of(name, host);
	(void)snprintf(out, STS_REPORT_ID, "%s.%s" NAME "@" NAME, day, host,
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
