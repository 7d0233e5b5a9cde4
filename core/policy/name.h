/* SPDX-License-Identifier: ISC */
#ifndef STS_NAME_H
#define STS_NAME_H

#include <stdbool.h>

#include "sts/str.h"

#define STS_LABEL_MAX 63

enum sts_name_rule {
	STS_NAME_HOST, /* Domain of RFC 5321: letters, digits, inner hyphens */
	STS_NAME_DNS   /* '_' counts as a letter */
};

/* Labels of 1 to 63 octets, at most 253 in all, no trailing dot. */
bool sts_name_valid(struct sts_str name, enum sts_name_rule rule);
/* No octet beyond ASCII, so no U-label. */
bool sts_name_is_ascii(struct sts_str name);
/* Four labels of digits: an IPv4 address, however wrong its numbers. */
bool sts_name_is_ipv4(struct sts_str name);
/* Without one trailing dot, if there is one. */
struct sts_str sts_name_undot(struct sts_str name);
/* Copy in lower case with a NUL; out has name.n + 1 octets. */
void sts_name_lower(struct sts_str name, char *out);

#endif
