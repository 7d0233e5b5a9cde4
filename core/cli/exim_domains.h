/* SPDX-License-Identifier: ISC */
#ifndef STS_EXIM_DOMAINS_H
#define STS_EXIM_DOMAINS_H

#include <stdint.h>

#include "exim.h"

#define STS_EXIM_ATOMS 12

/*
 * What domain lists are made of: names, patterns, named lists, expansions.
 * Nothing is known of these but whether they are the same text, so mail is
 * anything that is in some of them and not in others: a set of bits.
 */
struct sts_exim_atoms {
	struct sts_str list[STS_EXIM_ATOMS];
	uint32_t held; /* those that ask whether a policy holds */
	size_t n;
	bool full; /* there were more */
};

/* Take in the items of a list. */
void sts_exim_atoms_add(struct sts_exim_atoms *atoms, struct sts_str list);
/* Does the list match mail that is in just these? No list matches all. */
bool sts_exim_atoms_match(
    const struct sts_exim_atoms *atoms, struct sts_str list, uint32_t in);

#endif
