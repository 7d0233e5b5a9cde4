/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "table_copy.h"

#define WAYS  4
#define PRIME 0x100000001b3U
#define BASIS 0xcbf29ce484222325U
#define HALF  32

struct copy {
	uint64_t hash;
	int64_t until;
	char *text; /* the domain, then the route's; NULL: free */
	unsigned char kind;
	bool asked_mx;
};

struct sts_copies {
	uint64_t seed;
	size_t sets;
	struct copy copy[];
};

struct sts_copies *
sts_copies_new(size_t size)
{
	size_t sets = size / WAYS;
	struct sts_copies *copies =
	    calloc(1, sizeof(*copies) + sets * WAYS * sizeof(struct copy));

	if (copies == NULL)
		return NULL;
	copies->sets = sets;
	/* Without a seed, who picks domains could pick their place. */
	(void)!getrandom(&copies->seed, sizeof(copies->seed), GRND_NONBLOCK);
	return copies;
}

void
sts_copies_free(struct sts_copies *copies)
{
	size_t i;

	if (copies == NULL)
		return;
	for (i = 0; i < copies->sets * WAYS; i++)
		free(copies->copy[i].text);
	free(copies);
}

static uint64_t
hash_of(const struct sts_copies *copies, const char *domain)
{
	uint64_t hash = BASIS ^ copies->seed;

	for (; *domain != '\0'; domain++)
		hash = (hash ^ (unsigned char)*domain) * PRIME;
	hash ^= hash >> HALF;
	return hash * PRIME;
}

static size_t
set_of(const struct sts_copies *copies, uint64_t hash)
{
	return (size_t)((hash >> HALF) % copies->sets) * WAYS;
}

/* Where the domain is, or SIZE_MAX. */
static size_t
find(const struct sts_copies *copies, const char *domain, uint64_t hash)
{
	size_t at = set_of(copies, hash), i;

	for (i = at; i < at + WAYS; i++)
		if (copies->copy[i].text != NULL &&
		    copies->copy[i].hash == hash &&
		    strcmp(copies->copy[i].text, domain) == 0)
			return i;
	return SIZE_MAX;
}

static void
empty(struct copy *copy)
{
	free(copy->text);
	*copy = (struct copy){.until = INT64_MIN};
}

/* A free place is one that ended long ago. */
static size_t
soonest(const struct sts_copies *copies, uint64_t hash)
{
	size_t at = set_of(copies, hash), best = at, i;

	for (i = at; i < at + WAYS; i++) {
		if (copies->copy[i].text == NULL)
			return i;
		if (copies->copy[i].until < copies->copy[best].until)
			best = i;
	}
	return best;
}

void
sts_copies_put(struct sts_copies *copies, const char *domain,
    const struct sts_route *route, int64_t now)
{
	uint64_t hash = hash_of(copies, domain);
	size_t n = strlen(domain) + 1, m = strlen(route->text) + 1;
	size_t at = find(copies, domain, hash);
	struct copy *copy;

	copy = &copies->copy[at != SIZE_MAX ? at : soonest(copies, hash)];
	empty(copy);
	if (route->life_ms <= 0)
		return;
	copy->text = malloc(n + m);
	if (copy->text == NULL)
		return;
	memcpy(copy->text, domain, n);
	memcpy(copy->text + n, route->text, m);
	copy->hash = hash;
	copy->until = now + route->life_ms;
	copy->kind = (unsigned char)route->kind;
	copy->asked_mx = route->asked_mx;
}

bool
sts_copies_get(const struct sts_copies *copies, const char *domain, int64_t now,
    struct sts_route *route)
{
	size_t at = find(copies, domain, hash_of(copies, domain));
	const struct copy *copy;
	const char *text;

	if (at == SIZE_MAX || copies->copy[at].until <= now)
		return false;
	copy = &copies->copy[at];
	text = copy->text + strlen(copy->text) + 1;
	*route = (struct sts_route){.kind = (enum sts_route_kind)copy->kind,
	    .asked_mx = copy->asked_mx,
	    .life_ms = copy->until - now};
	memcpy(route->text, text, strlen(text) + 1);
	return true;
}
