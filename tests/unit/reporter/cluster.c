/* SPDX-License-Identifier: ISC */
#include "cluster.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool
away(const struct world *w)
{
	return w->cut_off || w->cluster->away;
}

static struct part *
find(struct cluster *c, struct sts_str key, struct sts_str name)
{
	for (size_t i = 0; i < c->n_part; i++)
		if (sts_str_eq(key, c->part[i].key) &&
		    sts_str_eq(name, c->part[i].name))
			return &c->part[i];
	return NULL;
}

static struct part *
need(struct cluster *c, struct sts_str key, struct sts_str name)
{
	struct part *part = find(c, key, name);

	if (part != NULL)
		return part;
	assert_true(c->n_part < PARTS);
	part = &c->part[c->n_part++];
	memset(part, 0, sizeof(*part));
	memcpy(part->key, key.p, key.n);
	memcpy(part->name, name.p, name.n);
	return part;
}

static void
put_part(void *ctx, struct sts_str name, const struct sts_store_item *item)
{
	struct world *w = ctx;
	struct cluster *c = w->cluster;
	const struct sts_str closed = sts_str(STS_SHARED_CLOSED);
	struct part *part;

	if (away(w) || c->full ||
	    (!sts_str_eq(name, STS_SHARED_CLOSED) &&
		find(c, item->key, closed) != NULL))
		return;
	part = need(c, item->key, name);
	if (part->fetched > item->fetched)
		return;
	free(part->value);
	part->value = malloc(item->value.n + 1);
	memcpy(part->value, item->value.p, item->value.n);
	part->n = item->value.n;
	part->fetched = item->fetched;
	if (item->key.p[0] != 'k') /* "kept/..." */
		c->puts++;
}

static void
parts(void *ctx, struct sts_str key, size_t limit, int64_t deadline,
    sts_part_cb *each, sts_store_done_cb *done, void *arg)
{
	struct world *w = ctx;
	struct cluster *c = w->cluster;

	assert_true(limit >= 16 && deadline > w->f.mono);
	if (w->blind && key.p[0] == 'k') {
		done(arg, STS_ETEMP);
		return;
	}
	for (size_t i = 0; !away(w) && i < c->n_part; i++) {
		const struct part *part = &c->part[i];
		const struct sts_store_item item = {
		    .key = key, .value = {part->value, part->n}};

		if (sts_str_eq(key, part->key))
			each(arg, sts_str(part->name), &item);
	}
	done(arg, away(w) ? STS_ETEMP : STS_OK);
}

static void
lease(void *ctx, struct sts_str key, int64_t life, int64_t deadline,
    sts_lease_cb *cb, void *arg)
{
	struct world *w = ctx;
	struct cluster *c = w->cluster;
	enum sts_lease_status status = STS_LEASE_MINE;

	assert_true(sts_str_eq(key, "report/2023-11-14/a.example"));
	assert_true(deadline > w->f.mono);
	c->leases++;
	if (away(w))
		status = STS_LEASE_NONE;
	else if (c->holder != NULL && c->holder != w &&
		 c->held_until > w->f.mono)
		status = STS_LEASE_HELD;
	if (status == STS_LEASE_MINE) {
		c->holder = w;
		c->held_until = w->f.mono + life;
	}
	cb(arg, status);
}

/* One that is killed gives nothing back. */
static void
release(void *ctx, struct sts_str key)
{
	struct world *w = ctx;

	(void)key;
	if (!w->dying && w->cluster->holder == w)
		w->cluster->holder = NULL;
}

static const char *
shared_state(void *ctx)
{
	return away(ctx) ? "local only: not connected yet" : "ok";
}

static const struct sts_shared_ops ops = {.lease = lease,
    .release = release,
    .put_part = put_part,
    .parts = parts,
    .state = shared_state};

void
cluster_join(struct cluster *c, struct world *w, const char *host)
{
	size_t i = 0;

	world_init(w);
	world_stop(w);
	while (c->world[i] != NULL)
		i++;
	c->world[i] = w;
	w->cluster = c;
	w->deps.shared = (struct sts_shared){&ops, w};
	w->deps.host = host;
	w->seed = (uint32_t)i * 77;
	world_start(w);
}

void
cluster_empty(struct cluster *c)
{
	while (c->n_part > 0)
		free(c->part[--c->n_part].value);
	c->holder = NULL;
}

void
cluster_fini(struct cluster *c)
{
	for (size_t i = 0; c->world[i] != NULL; i++)
		world_fini(c->world[i]);
	cluster_empty(c);
}

void
cluster_turn(struct cluster *c, int64_t ms)
{
	for (size_t i = 0; c->world[i] != NULL; i++)
		turn(&c->world[i]->f, ms);
}

void
cluster_until(struct cluster *c, int64_t wall)
{
	while (c->world[0]->f.wall < wall) {
		int64_t left = wall - c->world[0]->f.wall;

		cluster_turn(c, (left < 10 ? left : 10) * 1000);
	}
}
