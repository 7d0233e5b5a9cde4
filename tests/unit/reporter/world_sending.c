/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "world.h"
#include "world_mail.h"

struct sts_send {
	struct world *w;
	struct sts_timer *timer;
	char to[256];
	sts_sent_cb *cb;
	void *arg;
};

static void
note(struct world *w, const char *to, const char *id, uint64_t told)
{
	struct sent *sent = &w->sent[w->sends++ % SENDS];

	memset(sent, 0, sizeof(*sent));
	(void)snprintf(sent->to, sizeof(sent->to), "%s", to);
	(void)snprintf(sent->id, sizeof(sent->id), "%s", id);
	sent->wall = w->f.wall;
	sent->sessions = told;
	if (w->on_send != NULL)
		w->on_send(w);
}

static void
answer(struct sts_send *send)
{
	struct world *w = send->w;
	const struct answer *a = w->answers;
	struct answer yes = {"", STS_SENT_ACCEPTED, ""};

	while (a->to != NULL && strstr(send->to, a->to) == NULL)
		a++;
	if (a->to == NULL)
		a = &yes;
	w->under_way--;
	if (a->result == STS_SENT_ACCEPTED)
		w->accepted++;
	send->cb(send->arg, a->result, a->why);
	free(send);
}

static void
on_time(void *arg)
{
	answer(arg);
}

static struct sts_send *
begin(struct world *w, const char *to, int64_t deadline, sts_sent_cb *cb,
    void *arg)
{
	struct sts_clock clock = fixture_clock(&w->f);
	struct sts_send *send = calloc(1, sizeof(*send));

	assert_non_null(send);
	assert_true(deadline > w->f.mono);
	send->w = w;
	send->cb = cb;
	send->arg = arg;
	(void)snprintf(send->to, sizeof(send->to), "%s", to);
	if (++w->under_way > w->most)
		w->most = w->under_way;
	if (w->latency == 0) {
		answer(send);
		return NULL;
	}
	send->timer =
	    clock.ops->timer(clock.ctx, w->f.mono + w->latency, on_time, send);
	return send;
}

static struct sts_send *
mail(void *ctx, const char *from, const char *to, struct sts_str message,
    int64_t deadline, sts_sent_cb *cb, void *arg)
{
	struct world *w = ctx;
	char id[STS_REPORT_ID] = "";
	const char *at = memmem(message.p, message.n, "Message-ID: <", 13);

	assert_string_equal(from, "tls@us.example");
	assert_non_null(at);
	for (size_t i = 0; at[13 + i] != '>'; i++)
		id[i] = at[13 + i];
	note(w, to, id, world_mail_sessions(message));
	return begin(w, to, deadline, cb, arg);
}

static struct sts_send *
post(void *ctx, const char *url, struct sts_str gzip, int64_t deadline,
    sts_sent_cb *cb, void *arg)
{
	assert_memory_equal(gzip.p, "\x1f\x8b", 2);
	note(ctx, url, "", 0);
	return begin(ctx, url, deadline, cb, arg);
}

static void
cancel(void *ctx, struct sts_send *send)
{
	struct world *w = ctx;
	struct sts_clock clock = fixture_clock(&w->f);

	clock.ops->cancel(clock.ctx, send->timer);
	w->under_way--;
	free(send);
}

const struct sts_sending_ops world_sending_ops = {mail, post, cancel};
