/* SPDX-License-Identifier: ISC */
#ifndef ITEMS_H
#define ITEMS_H

#include "sts/check.h"

/* Facts and findings of one domain. */
struct sts_items {
	struct sts_check_item *list;
	size_t n, room, dropped;
	size_t count[STS_CHECK_GRADES];
	struct sts_check_item spare; /* where there is no room */
};

/* What is known of a code. */
struct sts_catalog {
	const char *code;
	enum sts_check_grade grade;
	const char *section, *says, *mend;
};

/* catalog.c: by the whole code, else by its end ("-dns"); never NULL. */
const struct sts_catalog *sts_catalog_find(const char *code);

/*
 * items.c: add one; the format is printf's and makes what was seen, of text
 * that is escaped already. The item is for more to be said of it; never NULL.
 */
struct sts_check_item *sts_item_fact(struct sts_items *items,
    enum sts_check_area area, const char *subject, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* A finding; grade, section and so on are the catalog's. */
struct sts_check_item *sts_item_find(struct sts_items *items,
    enum sts_check_area area, const char *code, const char *subject,
    const char *fmt, ...) __attribute__((format(printf, 5, 6)));
void sts_item_mend(struct sts_check_item *item, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Another grade than the catalog's. */
void sts_item_grade(struct sts_items *items, struct sts_check_item *item,
    enum sts_check_grade grade);
/* By area; what is of one area keeps its order. */
void sts_items_sort(struct sts_items *items);
void sts_items_free(struct sts_items *items);

#endif
