/* SPDX-License-Identifier: ISC */
#ifndef CACHE_SECOND_H
#define CACHE_SECOND_H

#include "fixture.h"

#define SECOND_WAIT 10 /* ms */

/* A shared level of one item, which counts what it is asked. */
struct second {
	enum sts_store_status status;
	struct sts_store_item item; /* FOUND */
	unsigned gets, puts, dels;
	int64_t deadline;          /* of the last get */
	struct sts_store_item put; /* the last one; its texts are gone */
};

/* Put it behind the store of f, which it joins; told of by f->second. */
void put_second(struct fixture *f);

#endif
