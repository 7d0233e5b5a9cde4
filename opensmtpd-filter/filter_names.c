/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "filter_names.h"

#define BUCKETS 8192

TAILQ_HEAD(name_list, sts_name);

struct sts_names {
	void *owner;
	uint64_t seed; /* who picks the names cannot pick the buckets */
	size_t n;
	struct name_list used;
	struct name_list bucket[BUCKETS];
};

struct sts_names *
sts_names_new(void *owner)
{
	struct sts_names *names = calloc(1, sizeof(*names));
	size_t i;

	if (names == NULL)
		return NULL;
	names->owner = owner;
	if (getrandom(&names->seed, sizeof(names->seed), GRND_NONBLOCK) < 0)
		names->seed = (uintptr_t)names;
	TAILQ_INIT(&names->used);
	for (i = 0; i < BUCKETS; i++)
		TAILQ_INIT(&names->bucket[i]);
	return names;
}

void
sts_names_free(struct sts_names *names)
{
	struct sts_name *name, *next;

	if (names == NULL)
		return;
	for (name = TAILQ_FIRST(&names->used); name != NULL; name = next) {
		next = TAILQ_NEXT(name, used);
		free(name);
	}
	free(names);
}

void *
sts_name_owner(const struct sts_name *name)
{
	return name->table->owner;
}

static struct name_list *
bucket_of(struct sts_names *names, const char *text)
{
	uint64_t h = names->seed;

	for (; *text != '\0'; text++) {
		h = (h ^ (unsigned char)*text) * UINT64_C(0x9E3779B97F4A7C15);
		h ^= h >> 29;
	}
	return &names->bucket[h % BUCKETS];
}

static void
drop(struct sts_name *name)
{
	struct sts_names *names = name->table;

	TAILQ_REMOVE(&names->used, name, used);
	TAILQ_REMOVE(bucket_of(names, name->text), name, bucket);
	names->n--;
	free(name);
}

/* Those that are asked for stand among the others; few are passed over. */
static bool
make_room(struct sts_names *names)
{
	struct sts_name *name;

	if (names->n < STS_NAMES_MAX)
		return true;
	name = TAILQ_FIRST(&names->used);
	while (name != NULL && name->asked)
		name = TAILQ_NEXT(name, used);
	if (name != NULL)
		drop(name);
	return name != NULL;
}

static struct sts_name *
make(struct sts_names *names, struct name_list *bucket, const char *text)
{
	size_t size = strlen(text) + 1;
	struct sts_name *name;

	if (!make_room(names))
		return NULL;
	name = calloc(1, sizeof(*name) + size);
	if (name == NULL)
		return NULL;
	name->table = names;
	TAILQ_INIT(&name->waiters);
	memcpy(name->text, text, size);
	TAILQ_INSERT_HEAD(bucket, name, bucket);
	TAILQ_INSERT_TAIL(&names->used, name, used);
	names->n++;
	return name;
}

struct sts_name *
sts_names_find(struct sts_names *names, const char *text)
{
	struct name_list *bucket = bucket_of(names, text);
	struct sts_name *name;

	TAILQ_FOREACH (name, bucket, bucket) {
		if (strcmp(name->text, text) != 0)
			continue;
		TAILQ_REMOVE(&names->used, name, used);
		TAILQ_INSERT_TAIL(&names->used, name, used);
		return name;
	}
	return make(names, bucket, text);
}

void
sts_name_wait(struct sts_name *name, struct sts_waiter *waiter)
{
	name->asked = true;
	waiter->name = name;
	TAILQ_INSERT_TAIL(&name->waiters, waiter, link);
}

void
sts_name_tell(
    struct sts_name *name, const struct sts_known *known, int64_t fresh)
{
	struct sts_waiter *waiter;

	name->known = *known;
	name->fresh = fresh;
	while ((waiter = TAILQ_FIRST(&name->waiters)) != NULL) {
		TAILQ_REMOVE(&name->waiters, waiter, link);
		waiter->name = NULL;
		waiter->told(waiter, known);
	}
	name->asked = false; /* not before: what is not asked may be dropped */
}
