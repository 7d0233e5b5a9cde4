/* SPDX-License-Identifier: ISC */
#include <dirent.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fixture.h"
#include "second.h"

static int64_t
wall(void *ctx)
{
	return ((struct fixture *)ctx)->wall;
}

static int64_t
mono(void *ctx)
{
	return ((struct fixture *)ctx)->mono;
}

static struct sts_timer *
timer(void *ctx, int64_t at, void (*fn)(void *arg), void *arg)
{
	struct fixture *f = ctx;
	struct sts_timer *t;

	if (f->poor && !f->spare)
		return NULL;
	f->spare = false;
	t = calloc(1, sizeof(*t));
	assert_non_null(t);
	*t = (struct sts_timer){f->timers, at, fn, arg};
	f->timers = t;
	return t;
}

static void
cancel(void *ctx, struct sts_timer *t)
{
	struct fixture *f = ctx;
	struct sts_timer **at;

	if (t == NULL)
		return;
	for (at = &f->timers; *at != t; at = &(*at)->next)
		assert_non_null(*at);
	*at = t->next;
	free(t);
}

static const struct sts_clock_ops clock_ops = {wall, mono, timer, cancel};

struct sts_clock
fixture_clock(struct fixture *f)
{
	return (struct sts_clock){&clock_ops, f};
}

void
turn(struct fixture *f, int64_t ms)
{
	struct sts_timer **at, *t, **due;

	f->mono += ms;
	f->wall += ms / 1000;
	for (;;) {
		due = NULL;
		for (at = &f->timers; *at != NULL; at = &(*at)->next)
			if ((*at)->at <= f->mono &&
			    (due == NULL || (*at)->at <= (*due)->at))
				due = at;
		if (due == NULL)
			return;
		t = *due;
		*due = t->next;
		f->spare = true;
		t->fn(t->arg);
		f->spare = false;
		free(t);
	}
}

static void
write_log(void *ctx, enum sts_level level, const char *line)
{
	struct fixture *f = ctx;

	(void)level;
	assert_true(f->n_lines < LINES_MAX);
	f->lines[f->n_lines++] = strdup(line);
}

void
took(struct fixture *f, const char *word, const char *text)
{
	if (f->n_lines == 0)
		fail_msg("no log line, %s was expected", word);
	if (strncmp(f->lines[0], word, strlen(word)) != 0 ||
	    strstr(f->lines[0], text) == NULL)
		fail_msg("log line \"%s\" is not %s with %s", f->lines[0], word,
		    text);
	free(f->lines[0]);
	f->n_lines--;
	memmove(f->lines, f->lines + 1, f->n_lines * sizeof(f->lines[0]));
}

void
fixture_init(struct fixture *f, enum backend backend)
{
	memset(f, 0, sizeof(*f));
	f->backend = backend;
	f->wall = WALL_START;
	f->mono = MONO_START;
	f->log = (struct sts_log){write_log, f, STS_LOG_INFO};
	f->base = event_base_new();
	assert_non_null(f->base);
	strcpy(f->dir, "/tmp/sts-cache-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	fixture_open(f);
}

void
fixture_open(struct fixture *f)
{
	enum sts_err err;

	if (f->backend == MEMORY || f->backend == TWO)
		err = sts_cache_memory(fixture_clock(f), &f->store);
	else
		err = sts_cache_lmdb(
		    f->base, f->dir, fixture_clock(f), &f->log, &f->store);
	assert_int_equal(err, STS_OK);
	if (f->backend == TWO)
		put_second(f);
	f->open = true;
}

void
fixture_close(struct fixture *f)
{
	if (f->open)
		f->store.ops->close(f->store.ctx);
	f->open = false;
	assert_null(f->timers);
	assert_int_equal(f->owed, 0);
}

void
remove_dir(struct fixture *f)
{
	struct dirent *entry;
	DIR *dir = opendir(f->dir);
	char *path;

	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL) {
		path = path_of(f, entry->d_name);
		unlink(path);
		free(path);
	}
	closedir(dir);
	assert_int_equal(rmdir(f->dir), 0);
}

void
fixture_fini(struct fixture *f)
{
	fixture_close(f);
	remove_dir(f);
	event_base_free(f->base);
	if (f->n_lines > 0)
		fail_msg("unexpected log line: %s", f->lines[0]);
}

const char *
state(struct fixture *f)
{
	return f->store.ops->state(f->store.ctx);
}

void
settle(struct fixture *f)
{
	while (f->owed > 0)
		assert_int_equal(event_base_loop(f->base, EVLOOP_ONCE), 0);
}

void
await_state(struct fixture *f, const char *expected)
{
	while (strcmp(state(f), expected) != 0)
		assert_int_equal(event_base_loop(f->base, EVLOOP_ONCE), 0);
}

static void
got_cb(
    void *arg, enum sts_store_status status, const struct sts_store_item *item)
{
	struct got *got = arg;

	got->calls++;
	got->status = status;
	if (status != STS_STORE_FOUND)
		return;
	got->n = item->value.n;
	got->expiry = item->expiry;
	got->value = calloc(1, got->n + 1);
	assert_non_null(got->value);
	if (got->n > 0)
		memcpy(got->value, item->value.p, got->n);
}

enum sts_store_status
get_bytes(struct fixture *f, enum sts_bucket bucket, struct sts_str key,
    struct got *out)
{
	memset(out, 0, sizeof(*out));
	f->store.ops->get(f->store.ctx, bucket, key, FAR, got_cb, out);
	assert_int_equal(out->calls, 1);
	return out->status;
}

void
got_free(struct got *got)
{
	free(got->value);
	got->value = NULL;
}

static void
done_cb(void *arg, enum sts_err err)
{
	struct fixture *f = arg;

	assert_true(f->owed > 0);
	f->owed--;
	f->last = err;
	if (err != STS_OK)
		f->fails++;
}

/* From memory that is overwritten after the call: the store must copy. */
void
put_bytes(struct fixture *f, enum sts_bucket bucket, struct sts_str key,
    struct sts_str value, int64_t expiry)
{
	char *k = malloc(key.n + 1), *v = malloc(value.n + 1);
	struct sts_store_item item = {
	    .key = {k, key.n}, .value = {v, value.n}, .expiry = expiry};

	assert_non_null(k);
	assert_non_null(v);
	memcpy(k, key.p, key.n);
	memcpy(v, value.p, value.n);
	f->owed++;
	f->store.ops->put(f->store.ctx, bucket, &item, FAR, done_cb, f);
	memset(k, 'x', key.n);
	memset(v, 'x', value.n);
	free(k);
	free(v);
}

void
put(struct fixture *f, const char *key, const char *value)
{
	put_bytes(f, STS_BUCKET_POLICY, sts_str(key), sts_str(value),
	    f->wall + 1000000);
}

void
del(struct fixture *f, const char *key)
{
	f->owed++;
	f->store.ops->del(
	    f->store.ctx, STS_BUCKET_POLICY, sts_str(key), FAR, done_cb, f);
}

void
assert_found(struct fixture *f, const char *key, const char *value)
{
	struct got got;

	if (get_bytes(f, STS_BUCKET_POLICY, sts_str(key), &got) !=
	    STS_STORE_FOUND)
		fail_msg("%s: status %d", key, got.status);
	assert_string_equal(got.value, value);
	assert_int_equal(got.n, strlen(value));
	got_free(&got);
}

void
assert_status(struct fixture *f, const char *key, enum sts_store_status status)
{
	struct got got;

	get_bytes(f, STS_BUCKET_POLICY, sts_str(key), &got);
	if (got.status != status)
		fail_msg("%s: status %d, not %d", key, got.status, status);
	got_free(&got);
}

struct seen {
	char *out;
	size_t size;
	enum sts_err err;
	unsigned done;
};

static int
see(void *arg, const struct sts_store_item *item)
{
	struct seen *seen = arg;
	size_t n = strlen(seen->out);

	snprintf(seen->out + n, seen->size - n, "%s%.*s", n > 0 ? " " : "",
	    (int)item->key.n, item->key.p);
	return item->key.n == 4 && memcmp(item->key.p, "stop", 4) == 0;
}

static void
seen_all(void *arg, enum sts_err err)
{
	struct seen *seen = arg;

	seen->err = err;
	seen->done++;
}

enum sts_err
walked(struct fixture *f, enum sts_bucket bucket, const char *after,
    size_t limit, char *out, size_t size)
{
	struct seen seen = {out, size, STS_OK, 0};

	out[0] = '\0';
	f->store.ops->walk(f->store.ctx, bucket, sts_str(after), limit, FAR,
	    see, seen_all, &seen);
	assert_int_equal(seen.done, 1);
	return seen.err;
}

char *
path_of(struct fixture *f, const char *name)
{
	char *path;

	assert_true(asprintf(&path, "%s/%s", f->dir, name) > 0);
	return path;
}
