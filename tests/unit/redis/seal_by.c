/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "seal_by.h"

enum sts_err
seal_by(const struct sts_secrets *secrets, enum sts_bucket bucket,
    const struct sts_store_item *item, char **out, size_t *size)
{
	struct sts_sealer *sealer = sts_sealer_new(secrets);
	enum sts_err err;

	assert_non_null(sealer);
	err = sts_seal(sealer, bucket, item, out, size);
	sts_sealer_free(sealer);
	return err;
}

enum sts_unseal
unseal_by(const struct sts_secrets *secrets, enum sts_bucket bucket,
    struct sts_str key, int64_t wall, struct sts_str sealed,
    struct sts_store_item *item)
{
	struct sts_sealer *sealer = sts_sealer_new(secrets);
	enum sts_unseal result;

	assert_non_null(sealer);
	result = sts_unseal(sealer, bucket, key, wall, sealed, item);
	assert_int_equal(
	    sts_unseal(sealer, bucket, key, wall, sealed, item), result);
	sts_sealer_free(sealer);
	return result;
}
