/* SPDX-License-Identifier: ISC */
#ifndef STS_TEST_ENGINE_WORLD_H
#define STS_TEST_ENGINE_WORLD_H

#include "sts/engine_admin.h"

/* Every name has a record and a policy of mode enforce. */
struct world {
	bool late;  /* DNS and HTTPS answer by world_answer() */
	bool empty; /* no record anywhere */
	bool no_timers;
	bool store_late;
	unsigned txt, http, timers, lines;
	int64_t mono;
	/* What waits: one of each kind at most. */
	sts_dns_cb *dns_cb;
	sts_http_cb *http_cb;
	sts_store_done_cb *put_cb;
	sts_store_get_cb *get_cb;
	void *dns_arg, *http_arg, *put_arg, *get_arg;
	struct sts_log log;
};

struct sts_deps world_deps(struct world *world);
/* Answer what waits, until nothing does. */
void world_answer(struct world *world);

#endif
