/* SPDX-License-Identifier: ISC */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "wire_impl.h"

#define TLSA_HEAD 3 /* usage, selector, matching type */

/* Join the strings of one RR (TXT-6); to may be NULL to measure. */
static enum sts_err
join(const unsigned char *rdata, size_t n, char *to, size_t *total)
{
	size_t i, sum = 0;

	for (i = 0; i < n; i += (size_t)rdata[i] + 1) {
		if (rdata[i] > n - i - 1)
			return STS_ESYNTAX;
		if (to != NULL)
			memcpy(to + sum, rdata + i + 1, rdata[i]);
		sum += rdata[i];
	}
	*total = sum;
	return STS_OK;
}

static enum sts_err
read_txt(const struct sts_wire *wire, const struct sts_wire_found *found,
    struct sts_wire_answer *out)
{
	struct sts_str *rr;
	size_t i, n, total = 0;
	char *to;

	for (i = 0; i < found->n; i++) {
		if (join(wire->p + found->rr[i].off, found->rr[i].n, NULL, &n))
			return STS_ESYNTAX;
		total += n;
	}
	rr = malloc(found->n * sizeof(*rr) + total);
	if (rr == NULL)
		return STS_ENOMEM;
	to = (char *)(rr + found->n);
	for (i = 0; i < found->n; i++) {
		rr[i] = (struct sts_str){to, 0};
		(void)join(
		    wire->p + found->rr[i].off, found->rr[i].n, to, &rr[i].n);
		to += rr[i].n;
	}
	out->block = rr;
	out->txt = (struct sts_txt){rr, found->n};
	return STS_OK;
}

/* Sorted by preference, the best STS_MX_MAX of them. */
static void
insert_mx(struct sts_wire_answer *out, const struct sts_mx *mx)
{
	size_t i = out->n_mx;

	while (i > 0 && out->mx[i - 1].preference > mx->preference)
		i--;
	if (i == STS_MX_MAX)
		return;
	if (out->n_mx < STS_MX_MAX)
		out->n_mx++;
	memmove(&out->mx[i + 1], &out->mx[i],
	    (out->n_mx - i - 1) * sizeof(*out->mx));
	out->mx[i] = *mx;
}

/* The first of them is kept behind the others. */
static void
keep_bad(struct sts_wire_answer *out, unsigned preference,
    const struct sts_wire_name *name)
{
	struct sts_mx *bad = &out->mx[STS_MX_MAX];

	if (out->n_mx_bad++ > 0)
		return;
	bad->preference = (uint16_t)preference;
	sts_wire_show(name, bad->host);
	out->mx_bad = bad;
}

/*
 * One with a host that cannot be one, an address say, is passed over: nobody
 * delivers there. None but such is a failure, not "there is none".
 */
static enum sts_err
read_mx(const struct sts_wire *wire, const struct sts_wire_found *found,
    struct sts_wire_answer *out)
{
	struct sts_wire_name name;
	struct sts_mx mx;
	unsigned preference;
	size_t i;

	out->block = out->mx = calloc(STS_MX_MAX + 1, sizeof(*out->mx));
	if (out->mx == NULL)
		return STS_ENOMEM;
	for (i = 0; i < found->n; i++) {
		struct sts_wire at = {wire->p,
		    found->rr[i].off + found->rr[i].n, found->rr[i].off};

		if (sts_wire_u16(&at, &preference) ||
		    sts_wire_name(&at, &name) || at.off != at.n)
			return STS_ESYNTAX;
		mx.preference = (uint16_t)preference;
		if (sts_wire_host(&name, mx.host) == STS_OK)
			insert_mx(out, &mx);
		else
			keep_bad(out, preference, &name);
	}
	if (out->n_mx == 0)
		out->status = STS_DNS_SERVFAIL;
	return STS_OK;
}

static enum sts_err
put_address(const unsigned char *rdata, size_t n, unsigned type,
    struct sockaddr_storage *out)
{
	struct sockaddr_in in = {.sin_family = AF_INET};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};

	if (type == STS_TYPE_A) {
		if (n != sizeof(in.sin_addr))
			return STS_ESYNTAX;
		memcpy(&in.sin_addr, rdata, n);
		memcpy(out, &in, sizeof(in));
		return STS_OK;
	}
	if (n != sizeof(in6.sin6_addr))
		return STS_ESYNTAX;
	memcpy(&in6.sin6_addr, rdata, n);
	memcpy(out, &in6, sizeof(in6));
	return STS_OK;
}

static enum sts_err
read_addresses(const struct sts_wire *wire, const struct sts_wire_found *found,
    unsigned type, struct sts_wire_answer *out)
{
	size_t i;

	out->block = out->addr = calloc(STS_ADDRESSES_MAX, sizeof(*out->addr));
	if (out->addr == NULL)
		return STS_ENOMEM;
	for (i = 0; i < found->n && i < STS_ADDRESSES_MAX; i++)
		if (put_address(wire->p + found->rr[i].off, found->rr[i].n,
			type, &out->addr[i]))
			return STS_ESYNTAX;
	out->n_addr = i;
	return STS_OK;
}

/* RFC 6698 section 2.1: three octets, and data; past the bound left out. */
static enum sts_err
read_tlsa(const struct sts_wire *wire, const struct sts_wire_found *found,
    struct sts_wire_answer *out)
{
	size_t i, n, total = 0, kept = found->n;
	struct sts_tlsa *tlsa;
	char *to;

	for (i = 0; i < found->n; i++) {
		if (found->rr[i].n <= TLSA_HEAD)
			return STS_ESYNTAX;
		total += found->rr[i].n - TLSA_HEAD;
	}
	kept = kept < STS_TLSA_MAX ? kept : STS_TLSA_MAX;
	tlsa = malloc(kept * sizeof(*tlsa) + total);
	if (tlsa == NULL)
		return STS_ENOMEM;
	to = (char *)(tlsa + kept);
	for (i = 0; i < kept; i++) {
		const unsigned char *p = wire->p + found->rr[i].off;

		n = found->rr[i].n - TLSA_HEAD;
		memcpy(to, p + TLSA_HEAD, n);
		tlsa[i] = (struct sts_tlsa){p[0], p[1], p[2], {to, n}};
		to += n;
	}
	out->block = out->tlsa = tlsa;
	out->n_tlsa = kept;
	return STS_OK;
}

enum sts_err
sts_wire_read(const struct sts_wire *wire, const struct sts_wire_found *found,
    unsigned type, struct sts_wire_answer *out)
{
	enum sts_err err;

	if (found->n == 0)
		return STS_EINVAL;
	switch (type) {
	case STS_TYPE_TXT:
		err = read_txt(wire, found, out);
		break;
	case STS_TYPE_MX:
		err = read_mx(wire, found, out);
		break;
	case STS_TYPE_TLSA:
		err = read_tlsa(wire, found, out);
		break;
	case STS_TYPE_A:
	case STS_TYPE_AAAA:
		err = read_addresses(wire, found, type, out);
		break;
	default:
		err = STS_EINVAL;
		break;
	}
	if (err != STS_OK)
		sts_wire_answer_free(out);
	return err;
}
