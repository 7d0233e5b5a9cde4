/* SPDX-License-Identifier: ISC */
#ifndef STS_REPORT_BASE64_H
#define STS_REPORT_BASE64_H

#include <stdio.h>

#include "sts/str.h"

/* Lines of 76 columns, each with LF (RFC 2045 section 6.8). */
void sts_base64_lines(struct sts_str in, FILE *out);
/* Up to '='; what is no digit is passed over, as section 6.8 wants. out has
 * room for in.n octets. Returns how many there are. */
size_t sts_base64_decode(struct sts_str in, char *out);

#endif
