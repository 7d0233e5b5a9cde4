/* SPDX-License-Identifier: ISC */
#ifndef WIRE_H
#define WIRE_H

#include "sts/addresses.h"

enum {
	STS_TYPE_A = 1,
	STS_TYPE_CNAME = 5,
	STS_TYPE_SOA = 6,
	STS_TYPE_MX = 15,
	STS_TYPE_TXT = 16,
	STS_TYPE_AAAA = 28,
	STS_TYPE_RRSIG = 46,
	STS_TYPE_DNSKEY = 48,
	STS_TYPE_TLSA = 52
};

#define STS_WIRE_NAME  255 /* octets of a name (RFC 1035 section 2.3.4) */
#define STS_WIRE_CHAIN 16  /* CNAMEs followed */

/* A place in a packet: nothing is read at or past n. */
struct sts_wire {
	const unsigned char *p;
	size_t n;
	size_t off;
};

/* A name, uncompressed, lower case, with the root's empty label. */
struct sts_wire_name {
	unsigned char b[STS_WIRE_NAME];
	size_t n;
};

struct sts_wire_header {
	unsigned rcode;
	unsigned count[4]; /* question, answer, authority, additional */
};

struct sts_wire_rr {
	struct sts_wire_name owner;
	unsigned type, class;
	uint32_t ttl; /* 0 where the top bit is set (RFC 2181 section 8) */
	size_t rdata; /* offset in the packet */
	size_t n;
};

/* All of them: STS_ESYNTAX at the packet's end or where it lies. */
enum sts_err sts_wire_u16(struct sts_wire *wire, unsigned *out);
enum sts_err sts_wire_u32(struct sts_wire *wire, uint32_t *out);
enum sts_err sts_wire_name(struct sts_wire *wire, struct sts_wire_name *out);
/* A whole response only: QR set, TC not set, one question. */
enum sts_err
sts_wire_header(struct sts_wire *wire, struct sts_wire_header *out);
enum sts_err sts_wire_rr(struct sts_wire *wire, struct sts_wire_rr *out);

/* What a response says; for sts_wire_answer_free(). */
struct sts_wire_answer {
	enum sts_dns_status status; /* FOUND, ABSENT; SERVFAIL: see mx_bad */
	uint32_t ttl;               /* as in dns.h */
	struct sts_txt txt;
	bool alias; /* there was a CNAME; to this host, or "" */
	char canonical[STS_DOMAIN_SIZE];
	size_t n_mx, n_addr, n_tlsa;
	struct sts_mx *mx;
	const struct sts_mx *mx_bad; /* as in dns.h */
	size_t n_mx_bad;
	struct sockaddr_storage *addr;
	struct sts_tlsa *tlsa;
	void *block; /* holds what the others point to */
};

/*
 * Read the answer to a question of TXT, MX, A, AAAA or TLSA, down its CNAME
 * chain. STS_ESYNTAX: no answer can be read from this: another rcode than
 * NOERROR or NXDOMAIN, cut off, malformed, or a CNAME loop. STS_ENOMEM.
 */
enum sts_err sts_wire_answer(const unsigned char *packet, size_t n,
    unsigned type, struct sts_wire_answer *out);
void sts_wire_answer_free(struct sts_wire_answer *answer);

/*
 * Are keys and a signature over them in the answer to ". DNSKEY" (or another
 * type, which has none)? STS_ESYNTAX as above.
 */
enum sts_err sts_wire_signed(
    const unsigned char *packet, size_t n, unsigned type, bool *is_signed);

#endif
