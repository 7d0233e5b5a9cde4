/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "override_set.h"

static const char *const names[] = {
    [STS_OVERRIDE_OFF] = "off",
    [STS_OVERRIDE_TESTING] = "testing",
    [STS_OVERRIDE_ENFORCE] = "enforce",
    [STS_OVERRIDE_PINNED] = "pinned",
};

const char *
sts_override_name(enum sts_override_kind kind)
{
	return names[kind];
}

struct sts_overrides *
sts_overrides_new(void)
{
	struct sts_overrides *set = calloc(1, sizeof(*set));

	if (set != NULL)
		set->refs = 1;
	return set;
}

struct sts_overrides *
sts_overrides_ref(struct sts_overrides *set)
{
	if (set != NULL)
		set->refs++;
	return set;
}

void
sts_overrides_free(struct sts_overrides *set)
{
	size_t i;

	if (set == NULL || --set->refs > 0)
		return;
	for (i = 0; i < set->n; i++) {
		free(set->v[i].domain);
		free(set->v[i].origin);
		free(set->v[i].policy_file);
		sts_policy_free(set->v[i].policy);
	}
	free(set->v);
	free(set);
}

size_t
sts_overrides_count(const struct sts_overrides *set)
{
	return set != NULL ? set->n : 0;
}

struct sts_override *
sts_overrides_add(struct sts_overrides *set)
{
	size_t cap = set->cap > 0 ? set->cap * 2 : 8;
	struct sts_override *v;

	if (set->n == set->cap) {
		v = reallocarray(set->v, cap, sizeof(*v));
		if (v == NULL)
			return NULL;
		set->v = v;
		set->cap = cap;
	}
	v = &set->v[set->n++];
	memset(v, 0, sizeof(*v));
	return v;
}

/* By domain, and those of one domain in the order of the file. */
static int
by_domain(const void *a, const void *b)
{
	const struct sts_override *x = a, *y = b;
	int order = strcmp(x->domain, y->domain);

	if (order != 0)
		return order;
	return (x->line > y->line) - (x->line < y->line);
}

const struct sts_override *
sts_overrides_finish(
    struct sts_overrides *set, const struct sts_override **first)
{
	size_t i;

	if (set->n > 0)
		qsort(set->v, set->n, sizeof(set->v[0]), by_domain);
	for (i = 1; i < set->n; i++) {
		*first = &set->v[i - 1];
		if (strcmp(set->v[i].domain, set->v[i - 1].domain) == 0)
			return &set->v[i];
	}
	return NULL;
}

static int
is_domain(const void *key, const void *member)
{
	return strcmp(key, ((const struct sts_override *)member)->domain);
}

static const struct sts_override *
find_exactly(const struct sts_overrides *set, const char *domain)
{
	return bsearch(domain, set->v, set->n, sizeof(set->v[0]), is_domain);
}

const struct sts_override *
sts_overrides_find(const struct sts_overrides *set, const char *domain)
{
	const struct sts_override *found;

	if (set == NULL || set->n == 0 || domain[0] == '\0')
		return NULL;
	found = find_exactly(set, domain);
	while (found == NULL && (domain = strchr(domain + 1, '.')) != NULL)
		found = find_exactly(set, domain);
	return found;
}
