/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <unbound.h>
#include <unbound-event.h>

#include "resolver_upstream.h"

static void
drop(struct sts_upstream_ask *ask)
{
	LIST_REMOVE(ask, link);
	ask->upstream->n_asks--;
	free(ask);
}

static void
came(void *arg, int rcode, void *packet, int n, int sec, char *why, int limited)
{
	struct sts_upstream_ask *ask = arg;
	sts_upstream_cb *cb = ask->cb;
	void *cb_arg = ask->arg;

	(void)limited; /* comes as SERVFAIL */
	if (ask->gone != NULL)
		*ask->gone = true;
	drop(ask);
	if (cb != NULL)
		cb(cb_arg, rcode, packet, n, sec, why);
}

enum sts_err
sts_upstream_ask(struct sts_upstream *upstream, const char *name, unsigned type,
    sts_upstream_cb *cb, void *arg, struct sts_upstream_ask **out)
{
	struct sts_upstream_ask *ask;
	bool gone = false;
	int id = 0;

	if (upstream->n_asks >= upstream->max)
		return STS_ELIMIT;
	ask = calloc(1, sizeof(*ask));
	if (ask == NULL)
		return STS_ENOMEM;
	*ask = (struct sts_upstream_ask){
	    .upstream = upstream, .cb = cb, .arg = arg, .gone = &gone};
	LIST_INSERT_HEAD(&upstream->asks, ask, link);
	upstream->n_asks++;
	*out = ask;
	if (ub_resolve_event(upstream->ctx, name, (int)type, 1, ask, came,
		&id) != UB_NOERROR) {
		*out = NULL;
		drop(ask);
		return STS_ENOMEM;
	}
	if (!gone) {
		ask->id = id;
		ask->gone = NULL;
	}
	return STS_OK;
}

void
sts_upstream_forget(struct sts_upstream_ask *ask)
{
	ask->cb = NULL;
}

void
sts_upstream_forget_all(struct sts_upstream *upstream)
{
	struct sts_upstream_ask *ask;

	/* clang-tidy does not see that drop() takes it off the list. */
	while ((ask = LIST_FIRST(&upstream->asks)) != NULL) {
		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
		(void)ub_cancel(upstream->ctx, ask->id);
		drop(ask);
	}
}
