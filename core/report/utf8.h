/* SPDX-License-Identifier: ISC */
#ifndef STS_REPORT_UTF8_H
#define STS_REPORT_UTF8_H

#include "sts/str.h"

#define STS_UTF8_GROWS 3 /* octets that one may become */

bool sts_utf8_ascii(struct sts_str text);
/*
 * Copy what I-JSON lets a string hold (RFC 7493 section 2.1): UTF-8, without
 * surrogates and noncharacters; for each other octet, or character, U+FFFD.
 * out has room for STS_UTF8_GROWS * text.n octets. Returns how many there are.
 */
size_t sts_utf8_clean(struct sts_str text, char *out);

#endif
