/* SPDX-License-Identifier: ISC */
#include "sts/day.h"

#include <string.h>
#include <time.h>

#include "tally_parts.h"

int64_t
sts_day_of(int64_t wall)
{
	int64_t day = wall / STS_DAY_SECONDS;

	if (wall < 0)
		return 0;
	return day < STS_TALLY_DAY_MAX ? day : STS_TALLY_DAY_MAX;
}

void
sts_day_text(int64_t day, char out[STS_DAY_TEXT])
{
	time_t t = (time_t)(day * STS_DAY_SECONDS);
	struct tm tm;

	if (gmtime_r(&t, &tm) == NULL ||
	    strftime(out, STS_DAY_TEXT, "%Y-%m-%d", &tm) == 0)
		memcpy(out, "0000-00-00", STS_DAY_TEXT);
}

bool
sts_day_parse(const char *text, int64_t *day)
{
	struct tm tm = {0};
	char again[STS_DAY_TEXT];
	const char *end = strptime(text, "%Y-%m-%d", &tm);

	if (end == NULL || *end != '\0')
		return false;
	*day = sts_day_of((int64_t)timegm(&tm));
	sts_day_text(*day, again);
	return strcmp(text, again) == 0;
}
