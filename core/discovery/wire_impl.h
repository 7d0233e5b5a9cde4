/* SPDX-License-Identifier: ISC */
#ifndef WIRE_IMPL_H
#define WIRE_IMPL_H

#include "wire.h"

/* Where the records asked for lie, and what was met on the way there. */
struct sts_wire_found {
	struct sts_wire_name chain[STS_WIRE_CHAIN + 1];
	size_t n_chain;
	struct {
		size_t off;
		size_t n;
	} * rr;
	size_t n;
	uint32_t ttl;
	bool stray; /* a record that is not of the chain so far */
};

/* wire.c */
bool
sts_wire_name_eq(const struct sts_wire_name *a, const struct sts_wire_name *b);
/* As text without the last dot, "" for the root; STS_EINVAL: not a host. */
enum sts_err
sts_wire_host(const struct sts_wire_name *name, char out[STS_DOMAIN_SIZE]);
/* The same of any name, to be shown: '?' for what is not printable. */
void sts_wire_show(const struct sts_wire_name *name, char out[STS_DOMAIN_SIZE]);

/*
 * wire_rdata.c: read what was found, at least one record. STS_ESYNTAX: its
 * data break the type's rules; STS_ENOMEM.
 */
enum sts_err
sts_wire_read(const struct sts_wire *wire, const struct sts_wire_found *found,
    unsigned type, struct sts_wire_answer *out);

#endif
