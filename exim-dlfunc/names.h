/* SPDX-License-Identifier: ISC */
#ifndef STS_NAMES_H
#define STS_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "call.h"

#define STS_NAMES_MAX 16

/* Host names, checked; those past the bound are left out. */
struct sts_names {
	char name[STS_NAMES_MAX][STS_NAME_SIZE];
	size_t n;
};

/*
 * Letters, digits, hyphens and underscores in labels of 1 to 63 octets: such a
 * name cannot mean anything to Exim's expansion, its lists, or a log.
 */
bool sts_name_ok(const char *name);
/* The same, or "*." and such a name. */
bool sts_pattern_ok(const char *pattern);

/* The MX hosts of domain by Exim's resolver; the domain itself without MX. */
void sts_names_mx(const char *domain, struct sts_names *out);
/* Is host itself, in any case, one of a list with "," between? */
bool sts_names_listed(const char *list, const char *host);
bool sts_names_has(const struct sts_names *names, const char *host);
/* Does a chain of CNAMEs, of bounded length, lead from name to host? */
bool sts_names_leads(const char *name, const char *host);

#endif
