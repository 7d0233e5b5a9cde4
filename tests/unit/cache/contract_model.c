/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "contract.h"

/* What was said, kept in the plainest way. */
#define MODEL_KEYS 40
struct model {
	int value; /* -1: not there */
	int64_t expiry;
};

static void
compare(struct fixture *f, const struct model *model, int i)
{
	char key[16], value[16];

	snprintf(key, sizeof(key), "k%02d", i);
	snprintf(value, sizeof(value), "%d", model[i].value);
	if (model[i].value >= 0 && model[i].expiry > f->wall)
		assert_found(f, key, value);
	else
		assert_status(f, key, STS_STORE_MISS);
}

static void
compare_walk(struct fixture *f, const struct model *model)
{
	char want[MODEL_KEYS * 5] = "", keys[MODEL_KEYS * 5];
	size_t n = 0;
	int i;

	for (i = 0; i < MODEL_KEYS; i++)
		if (model[i].value >= 0 && model[i].expiry > f->wall)
			n += (size_t)snprintf(want + n, sizeof(want) - n,
			    "%sk%02d", n > 0 ? " " : "", i);
	assert_int_equal(
	    walked(f, STS_BUCKET_POLICY, "", 99, keys, sizeof(keys)), STS_OK);
	assert_string_equal(keys, want);
}

void
random_steps(struct fixture *f)
{
	struct model model[MODEL_KEYS];
	char key[16], value[16];
	int step, i;

	memset(model, 0xff, sizeof(model));
	srandom(8461);
	for (step = 0; step < 20000; step++) {
		i = (int)(random() % MODEL_KEYS);
		snprintf(key, sizeof(key), "k%02d", i);
		switch (random() % 8) {
		case 0:
			model[i].value = -1;
			del(f, key);
			break;
		case 1:
		case 2:
			model[i].value = step;
			model[i].expiry = f->wall + random() % 40;
			snprintf(value, sizeof(value), "%d", step);
			put_bytes(f, STS_BUCKET_POLICY, sts_str(key),
			    sts_str(value), model[i].expiry);
			break;
		case 3:
			f->wall += random() % 3;
			break;
		case 4:
			if (random() % 50 == 0)
				settle(f);
			break;
		case 5:
			if (random() % 20 == 0)
				compare_walk(f, model);
			break;
		default:
			compare(f, model, i);
			break;
		}
	}
	settle(f);
	compare_walk(f, model);
	assert_int_equal(f->fails, 0);
}
