/* SPDX-License-Identifier: ISC */
#ifndef PACKET_H
#define PACKET_H

#include <stddef.h>
#include <stdint.h>

#define PACKET_SIZE 65535

enum { QUESTION, ANSWER, AUTHORITY, ADDITIONAL };

/* A response in the making: sections in order, names uncompressed. */
struct packet {
	unsigned char b[PACKET_SIZE];
	size_t n;
};

void packet_begin(struct packet *packet, unsigned id, unsigned rcode,
    const char *name, unsigned type);
void packet_u16(struct packet *packet, unsigned value);
void packet_u32(struct packet *packet, uint32_t value);
void packet_octets(struct packet *packet, const void *octets, size_t n);
void packet_name(struct packet *packet, const char *name);
/* Owner, type and TTL; then the data, then packet_rr_end(). */
size_t packet_rr(struct packet *packet, unsigned section, const char *owner,
    unsigned type, uint32_t ttl);
void packet_rr_end(struct packet *packet, size_t rr);
/* Whole ones. */
void packet_txt(
    struct packet *packet, const char *owner, uint32_t ttl, const char *text);
void packet_cname(
    struct packet *packet, const char *owner, uint32_t ttl, const char *target);
void packet_soa(
    struct packet *packet, const char *owner, uint32_t ttl, uint32_t minimum);
void packet_mx(struct packet *packet, const char *owner, unsigned preference,
    const char *host);
/* Overwrite a field of the header. */
void packet_count(struct packet *packet, unsigned section, unsigned count);
void packet_truncated(struct packet *packet);

#endif
