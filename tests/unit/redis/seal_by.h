/* SPDX-License-Identifier: ISC */
#ifndef SEAL_BY_H
#define SEAL_BY_H

#include "sts/seal.h"

/* By a sealer that is made for it. */
enum sts_err seal_by(const struct sts_secrets *secrets, enum sts_bucket bucket,
    const struct sts_store_item *item, char **out, size_t *size);
/* Twice: the first use must leave no trace in the second. */
enum sts_unseal unseal_by(const struct sts_secrets *secrets,
    enum sts_bucket bucket, struct sts_str key, int64_t wall,
    struct sts_str sealed, struct sts_store_item *item);

#endif
