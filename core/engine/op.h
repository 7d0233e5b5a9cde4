/* SPDX-License-Identifier: ISC */
#ifndef STS_ENGINE_OP_H
#define STS_ENGINE_OP_H

#include "held.h"
#include "sts/shared.h"

/*
 * Questions to the store that may be dropped, though the store cannot: their
 * callbacks may come after who asked, even the engine, is gone. Each function
 * returns a handle, or NULL when the callback has run inside the call (also
 * when memory is short: as FAILED, as STS_ENOMEM).
 */
struct sts_engine;
struct sts_op;

struct sts_op *sts_op_get(struct sts_engine *engine, const char *domain,
    sts_store_get_cb *got, void *arg);
struct sts_op *sts_op_put(struct sts_engine *engine, const char *domain,
    const struct sts_held *held, bool share, sts_store_done_cb *done,
    void *arg);
struct sts_op *sts_op_del(struct sts_engine *engine, const char *domain,
    sts_store_done_cb *done, void *arg);
struct sts_op *sts_op_walk(struct sts_engine *engine, const char *after,
    size_t limit, sts_store_each_cb *each, sts_store_done_cb *done, void *arg);

/* Of the shared level, which there must be; as FAILED, as STS_LEASE_NONE. */
struct sts_op *sts_op_peek(struct sts_engine *engine, const char *domain,
    sts_store_get_cb *got, void *arg);
struct sts_op *sts_op_lease(struct sts_engine *engine, const char *domain,
    sts_lease_cb *leased, void *arg);
/* Let the others know that this still holds. */
void sts_op_tell(
    struct sts_engine *engine, const char *domain, const struct sts_held *held);

/* No callback will come; NULL is fine. */
void sts_op_drop(struct sts_op *op);
/* Call back all that are open with a failure, then drop them. */
void sts_op_fail_all(struct sts_engine *engine);

#endif
