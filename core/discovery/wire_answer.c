/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "wire_impl.h"

#define CLASS_IN       1
#define RCODE_NXDOMAIN 3
#define RR_SIZE_MIN    11 /* root owner, type, class, TTL, length */

static void
least(uint32_t *ttl, uint32_t other)
{
	if (other < *ttl)
		*ttl = other;
}

/* One more CNAME: a long chain or one that bites its tail is no answer. */
static enum sts_err
follow(const struct sts_wire *wire, const struct sts_wire_rr *rr,
    struct sts_wire_found *found)
{
	struct sts_wire at = {wire->p, rr->rdata + rr->n, rr->rdata};
	struct sts_wire_name target;
	size_t i;

	if (found->n > 0 || found->n_chain > STS_WIRE_CHAIN ||
	    sts_wire_name(&at, &target) || at.off != at.n)
		return STS_ESYNTAX;
	for (i = 0; i < found->n_chain; i++)
		if (sts_wire_name_eq(&target, &found->chain[i]))
			return STS_ESYNTAX;
	found->chain[found->n_chain++] = target;
	least(&found->ttl, rr->ttl);
	return STS_OK;
}

static enum sts_err
answer_rr(const struct sts_wire *wire, unsigned type,
    const struct sts_wire_rr *rr, struct sts_wire_found *found)
{
	const struct sts_wire_name *now = &found->chain[found->n_chain - 1];

	if (rr->class != CLASS_IN)
		return STS_OK;
	if (rr->type != type && rr->type != STS_TYPE_CNAME)
		return STS_OK; /* RRSIG, DNAME: their work is done already */
	if (!sts_wire_name_eq(&rr->owner, now)) {
		found->stray = true;
		return STS_OK;
	}
	if (rr->type == STS_TYPE_CNAME)
		return follow(wire, rr, found);
	found->rr[found->n].off = rr->rdata;
	found->rr[found->n++].n = rr->n;
	least(&found->ttl, rr->ttl);
	return STS_OK;
}

static enum sts_err
answer_section(struct sts_wire *wire, unsigned count, unsigned type,
    struct sts_wire_found *found)
{
	struct sts_wire_rr rr;

	/* A count that says more than there is room for lies. */
	if (count > (wire->n - wire->off) / RR_SIZE_MIN)
		return STS_ESYNTAX;
	found->rr = calloc((size_t)count + 1, sizeof(*found->rr));
	if (found->rr == NULL)
		return STS_ENOMEM;
	for (; count > 0; count--)
		if (sts_wire_rr(wire, &rr) || answer_rr(wire, type, &rr, found))
			return STS_ESYNTAX;
	/* What we asked for is there, but not where the chain leads. */
	return found->n == 0 && found->stray ? STS_ESYNTAX : STS_OK;
}

/* How long an absence holds (RFC 2308 section 5), 0 where nobody says. */
static enum sts_err
absent_ttl(struct sts_wire *wire, unsigned count, uint32_t *ttl)
{
	struct sts_wire_rr rr;
	uint32_t minimum = 0, held = *ttl;
	bool soa = false;

	for (; count > 0; count--) {
		struct sts_wire at = {wire->p, 0, 0};

		if (sts_wire_rr(wire, &rr))
			return STS_ESYNTAX;
		if (rr.type != STS_TYPE_SOA || rr.class != CLASS_IN)
			continue;
		if (rr.n < 22)
			return STS_ESYNTAX;
		at.n = rr.rdata + rr.n;
		at.off = at.n - 4;
		if (sts_wire_u32(&at, &minimum))
			return STS_ESYNTAX;
		least(&held, rr.ttl);
		least(&held, minimum > INT32_MAX ? 0 : minimum);
		soa = true;
	}
	*ttl = soa ? held : 0;
	return STS_OK;
}

/* Header and question; the name asked for is where the chain begins. */
static enum sts_err
question(struct sts_wire *wire, unsigned type, struct sts_wire_header *header,
    struct sts_wire_name *name)
{
	unsigned qtype, qclass;

	if (sts_wire_header(wire, header) || sts_wire_name(wire, name) ||
	    sts_wire_u16(wire, &qtype) || sts_wire_u16(wire, &qclass) ||
	    qtype != type || qclass != CLASS_IN)
		return STS_ESYNTAX;
	if (header->rcode != 0 && header->rcode != RCODE_NXDOMAIN)
		return STS_ESYNTAX;
	return STS_OK;
}

enum sts_err
sts_wire_answer(const unsigned char *packet, size_t n, unsigned type,
    struct sts_wire_answer *out)
{
	struct sts_wire wire = {packet, n, 0};
	struct sts_wire_answer answer = {.status = STS_DNS_ABSENT};
	struct sts_wire_header header;
	struct sts_wire_found found = {.n_chain = 1, .ttl = UINT32_MAX};
	enum sts_err err;

	err = question(&wire, type, &header, &found.chain[0]);
	if (err == STS_OK)
		err = answer_section(&wire, header.count[1], type, &found);
	if (err == STS_OK && found.n > 0) {
		answer.status = STS_DNS_FOUND;
		err = header.rcode == 0
			  ? sts_wire_read(&wire, &found, type, &answer)
			  : STS_ESYNTAX;
	} else if (err == STS_OK) {
		err = absent_ttl(&wire, header.count[2], &found.ttl);
	}
	free(found.rr);
	if (err != STS_OK)
		return err;
	answer.ttl = found.ttl;
	answer.alias = found.n_chain > 1;
	if (answer.alias &&
	    sts_wire_host(&found.chain[found.n_chain - 1], answer.canonical))
		answer.canonical[0] = '\0';
	*out = answer;
	return STS_OK;
}

void
sts_wire_answer_free(struct sts_wire_answer *answer)
{
	free(answer->block);
	*answer = (struct sts_wire_answer){.status = answer->status};
}

/* Is it a signature over DNSKEY: does its first field say so? */
static bool
covers_keys(const struct sts_wire *wire, const struct sts_wire_rr *rr)
{
	struct sts_wire at = {wire->p, rr->rdata + rr->n, rr->rdata};
	unsigned covered;

	return rr->type == STS_TYPE_RRSIG && sts_wire_u16(&at, &covered) == 0 &&
	       covered == STS_TYPE_DNSKEY;
}

enum sts_err
sts_wire_signed(
    const unsigned char *packet, size_t n, unsigned type, bool *is_signed)
{
	struct sts_wire wire = {packet, n, 0};
	struct sts_wire_header header;
	struct sts_wire_name name;
	struct sts_wire_rr rr;
	bool keys = false, signature = false;
	unsigned i;

	if (question(&wire, type, &header, &name))
		return STS_ESYNTAX;
	for (i = 0; i < header.count[1]; i++) {
		if (sts_wire_rr(&wire, &rr))
			return STS_ESYNTAX;
		keys = keys || rr.type == STS_TYPE_DNSKEY;
		signature = signature || covers_keys(&wire, &rr);
	}
	*is_signed = keys && signature;
	return STS_OK;
}
