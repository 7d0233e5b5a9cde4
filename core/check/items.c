/* SPDX-License-Identifier: ISC */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "items.h"

#define FIRST 32

const char *
sts_check_area_name(enum sts_check_area area)
{
	static const char *const names[] = {[STS_CHECK_RECORD] = "record",
	    [STS_CHECK_POLICY] = "policy",
	    [STS_CHECK_MX] = "mx",
	    [STS_CHECK_DANE] = "dane",
	    [STS_CHECK_TLSRPT] = "tlsrpt",
	    [STS_CHECK_SPF] = "spf",
	    [STS_CHECK_DMARC] = "dmarc",
	    [STS_CHECK_DKIM] = "dkim"};

	return names[area];
}

const char *
sts_check_grade_name(enum sts_check_grade grade)
{
	static const char *const names[] = {[STS_CHECK_FACT] = "fact",
	    [STS_CHECK_NOTE] = "note",
	    [STS_CHECK_UNKNOWN] = "unknown",
	    [STS_CHECK_WARNING] = "warning",
	    [STS_CHECK_ERROR] = "error"};

	return names[grade];
}

/* Room for one more; the spare, which nobody reads, where there is none. */
static struct sts_check_item *
grow(struct sts_items *items)
{
	size_t room = items->room > 0 ? items->room * 2 : FIRST;
	struct sts_check_item *list;

	if (items->n < items->room)
		return &items->list[items->n++];
	list = items->room < STS_CHECK_ITEMS
		   ? realloc(items->list, room * sizeof(*list))
		   : NULL;
	if (list == NULL) {
		items->dropped++;
		return &items->spare;
	}
	items->list = list;
	items->room = room;
	return &items->list[items->n++];
}

/* Of remote text: what is remote was escaped, but of what we bound it. */
static struct sts_check_item *
add(struct sts_items *items, enum sts_check_area area,
    enum sts_check_grade grade, const char *subject)
{
	struct sts_check_item *item = grow(items);

	memset(item, 0, sizeof(*item));
	item->area = area;
	item->grade = grade;
	item->section = item->says = "";
	items->count[grade]++;
	sts_str_escape(sts_str(subject), item->subject, sizeof(item->subject));
	return item;
}

struct sts_check_item *
sts_item_fact(struct sts_items *items, enum sts_check_area area,
    const char *subject, const char *fmt, ...)
{
	struct sts_check_item *item = add(items, area, STS_CHECK_FACT, subject);
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(item->seen, sizeof(item->seen), fmt, ap);
	va_end(ap);
	return item;
}

struct sts_check_item *
sts_item_find(struct sts_items *items, enum sts_check_area area,
    const char *code, const char *subject, const char *fmt, ...)
{
	const struct sts_catalog *known = sts_catalog_find(code);
	struct sts_check_item *item = add(items, area, known->grade, subject);
	va_list ap;

	(void)snprintf(item->code, sizeof(item->code), "%s", code);
	item->section = known->section;
	item->says = known->says;
	(void)snprintf(item->mend, sizeof(item->mend), "%s", known->mend);
	va_start(ap, fmt);
	(void)vsnprintf(item->seen, sizeof(item->seen), fmt, ap);
	va_end(ap);
	return item;
}

void
sts_item_mend(struct sts_check_item *item, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(item->mend, sizeof(item->mend), fmt, ap);
	va_end(ap);
}

void
sts_item_grade(struct sts_items *items, struct sts_check_item *item,
    enum sts_check_grade grade)
{
	items->count[item->grade]--;
	items->count[grade]++;
	item->grade = grade;
}

void
sts_items_sort(struct sts_items *items)
{
	struct sts_check_item *sorted;
	size_t i, area, n = 0;

	sorted = malloc((items->n + 1) * sizeof(*sorted));
	if (sorted == NULL)
		return; /* they are told in the order in which they came */
	for (area = 0; area < STS_CHECK_AREAS; area++)
		for (i = 0; i < items->n; i++)
			if (items->list[i].area == area)
				sorted[n++] = items->list[i];
	free(items->list);
	items->list = sorted;
	items->room = items->n;
}

void
sts_items_free(struct sts_items *items)
{
	free(items->list);
}
