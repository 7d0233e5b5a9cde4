/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "table_wanted.h"

#define PLACES    256
#define EVERY_MS  60000
#define DAY_MS    86400000
#define NAME_SIZE 256

struct want {
	int64_t due; /* INT64_MAX: the place is free */
	int64_t end;
	char domain[NAME_SIZE];
};

struct sts_wanted {
	int64_t next;
	struct want want[PLACES];
};

struct sts_wanted *
sts_wanted_new(void)
{
	struct sts_wanted *wanted = calloc(1, sizeof(*wanted));
	size_t i;

	if (wanted == NULL)
		return NULL;
	wanted->next = INT64_MAX;
	for (i = 0; i < PLACES; i++)
		wanted->want[i].due = INT64_MAX;
	return wanted;
}

void
sts_wanted_free(struct sts_wanted *wanted)
{
	free(wanted);
}

static struct want *
find(struct sts_wanted *wanted, const char *domain)
{
	size_t i;

	for (i = 0; i < PLACES; i++)
		if (wanted->want[i].due != INT64_MAX &&
		    strcmp(wanted->want[i].domain, domain) == 0)
			return &wanted->want[i];
	return NULL;
}

static struct want *
find_free(struct sts_wanted *wanted)
{
	size_t i;

	for (i = 0; i < PLACES; i++)
		if (wanted->want[i].due == INT64_MAX)
			return &wanted->want[i];
	return NULL;
}

static void
reckon(struct sts_wanted *wanted)
{
	size_t i;

	wanted->next = INT64_MAX;
	for (i = 0; i < PLACES; i++)
		if (wanted->want[i].due < wanted->next)
			wanted->next = wanted->want[i].due;
}

void
sts_wanted_add(struct sts_wanted *wanted, const char *domain, int64_t now)
{
	struct want *want = find(wanted, domain);

	if (want != NULL) {
		want->end = now + DAY_MS;
		return;
	}
	want = find_free(wanted);
	if (want == NULL || strlen(domain) >= sizeof(want->domain))
		return;
	memcpy(want->domain, domain, strlen(domain) + 1);
	want->due = now + EVERY_MS;
	want->end = now + DAY_MS;
	reckon(wanted);
}

void
sts_wanted_drop(struct sts_wanted *wanted, const char *domain)
{
	struct want *want;

	if (wanted->next == INT64_MAX)
		return;
	want = find(wanted, domain);
	if (want == NULL)
		return;
	want->due = INT64_MAX;
	reckon(wanted);
}

int64_t
sts_wanted_next(const struct sts_wanted *wanted)
{
	return wanted->next;
}

const char *
sts_wanted_take(struct sts_wanted *wanted, int64_t now)
{
	size_t i;

	for (i = 0; wanted->next <= now && i < PLACES; i++) {
		struct want *want = &wanted->want[i];

		if (want->due > now)
			continue;
		want->due = now < want->end ? now + EVERY_MS : INT64_MAX;
		reckon(wanted);
		return want->domain;
	}
	return NULL;
}
