/* SPDX-License-Identifier: ISC */
#include "read_time.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "sts/day.h"
#include "read_value.h"

#define LONGEST 40 /* octets of a time, with a fraction and a zone */
#define HOUR    3600
#define MINUTE  60

/* "Z" or "+01:00"; -1: neither. */
static int
zone(const char *text, int64_t *offset)
{
	int hours, minutes, n = 0;

	*offset = 0;
	if (strcmp(text, "Z") == 0 || strcmp(text, "z") == 0)
		return 0;
	/* NOLINTNEXTLINE(cert-err34-c): two digits are always a number */
	if (sscanf(text + 1, "%2d:%2d%n", &hours, &minutes, &n) != 2 ||
	    n != 5 || text[6] != '\0' || (text[0] != '+' && text[0] != '-'))
		return -1;
	*offset = (int64_t)hours * HOUR + (int64_t)minutes * MINUTE;
	if (text[0] == '-')
		*offset = -*offset;
	return 0;
}

/* RFC 3339 section 5.6; -1: it is not so. */
static int
parse(struct sts_str text, int64_t *out)
{
	char buf[LONGEST] = "";
	struct tm tm = {0};
	const char *rest;
	int64_t offset;

	if (text.n == 0 || text.n >= sizeof(buf))
		return -1;
	memcpy(buf, text.p, text.n);
	rest = strptime(buf, "%Y-%m-%dT%H:%M:%S", &tm);
	if (rest == NULL)
		return -1;
	if (*rest == '.')
		rest += 1 + strspn(rest + 1, "0123456789");
	if (*rest == '\0' || zone(rest, &offset) != 0)
		return -1;
	*out = (int64_t)timegm(&tm) - offset;
	return 0;
}

void
sts_read_range(
    struct sts_str start, struct sts_str end, struct sts_diags *diags)
{
	int64_t from, to;

	if (start.n == 0 || end.n == 0)
		return; /* told before */
	if (parse(start, &from) != 0 || parse(end, &to) != 0) {
		sts_read_note(diags, "date", STS_READ_FORM,
		    "the date-range is not of times as in RFC 3339");
		return;
	}
	if (from % STS_DAY_SECONDS != 0 || to - from < STS_DAY_SECONDS - 1 ||
	    to - from > STS_DAY_SECONDS)
		sts_read_note(diags, "day", "RFC 8460 section 4.1",
		    "the date-range is not one day of UTC");
}
