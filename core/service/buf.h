/* SPDX-License-Identifier: ISC */
#ifndef STS_BUF_H
#define STS_BUF_H

#include <stdbool.h>
#include <stdint.h>

#include "sts/str.h"

/* Octets that grow up to a bound. Once something did not fit, failed stays
 * set and nothing more is added, until the user cuts it back. */
struct sts_buf {
	char *p;
	size_t n, cap, max;
	bool failed;
};

void sts_buf_init(struct sts_buf *buf, size_t max);
void sts_buf_fini(struct sts_buf *buf);
/* Back to n octets, no longer failed. */
void sts_buf_cut(struct sts_buf *buf, size_t n);
/* Empty; memory above keep octets is given back. */
void sts_buf_clear(struct sts_buf *buf, size_t keep);

void sts_buf_add(struct sts_buf *buf, const char *p, size_t n);
void sts_buf_text(struct sts_buf *buf, const char *text);
void sts_buf_number(struct sts_buf *buf, int64_t number);
/* As the protocol writes a value: octets outside '!' to '~', '%' and those in
 * also (may be "") as %HH. */
void sts_buf_value(struct sts_buf *buf, struct sts_str value, const char *also);
/* " key=" and the value. */
void sts_buf_key(struct sts_buf *buf, const char *key, const char *value);
void sts_buf_key_number(struct sts_buf *buf, const char *key, int64_t number);

#endif
