/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#include "packet.h"

void
packet_octets(struct packet *packet, const void *octets, size_t n)
{
	assert_true(n <= sizeof(packet->b) - packet->n);
	memcpy(packet->b + packet->n, octets, n);
	packet->n += n;
}

void
packet_u16(struct packet *packet, unsigned value)
{
	unsigned char b[2] = {value >> 8 & 0xff, value & 0xff};

	packet_octets(packet, b, sizeof(b));
}

void
packet_u32(struct packet *packet, uint32_t value)
{
	packet_u16(packet, value >> 16);
	packet_u16(packet, value & 0xffff);
}

void
packet_name(struct packet *packet, const char *name)
{
	while (*name != '\0') {
		size_t n = strcspn(name, ".");
		unsigned char length = (unsigned char)n;

		packet_octets(packet, &length, 1);
		packet_octets(packet, name, n);
		name += n;
		name += *name == '.';
	}
	packet_octets(packet, "", 1);
}

void
packet_begin(struct packet *packet, unsigned id, unsigned rcode,
    const char *name, unsigned type)
{
	packet->n = 0;
	packet_u16(packet, id);
	packet_u16(packet, 0x8180 | rcode); /* QR, RD, RA */
	packet_u32(packet, 0x00010000);
	packet_u32(packet, 0);
	packet_name(packet, name);
	packet_u16(packet, type);
	packet_u16(packet, 1);
}

void
packet_count(struct packet *packet, unsigned section, unsigned count)
{
	packet->b[4 + 2 * section] = count >> 8 & 0xff;
	packet->b[5 + 2 * section] = count & 0xff;
}

void
packet_truncated(struct packet *packet)
{
	packet->b[2] |= 0x02;
}

size_t
packet_rr(struct packet *packet, unsigned section, const char *owner,
    unsigned type, uint32_t ttl)
{
	unsigned char *count = packet->b + 4 + (size_t)section * 2;

	if (++count[1] == 0)
		count[0]++;
	packet_name(packet, owner);
	packet_u16(packet, type);
	packet_u16(packet, 1);
	packet_u32(packet, ttl);
	packet_u16(packet, 0);
	return packet->n;
}

void
packet_rr_end(struct packet *packet, size_t rr)
{
	size_t n = packet->n - rr;

	packet->b[rr - 2] = n >> 8 & 0xff;
	packet->b[rr - 1] = n & 0xff;
}

void
packet_txt(
    struct packet *packet, const char *owner, uint32_t ttl, const char *text)
{
	size_t rr = packet_rr(packet, ANSWER, owner, 16, ttl);
	unsigned char n = (unsigned char)strlen(text);

	packet_octets(packet, &n, 1);
	packet_octets(packet, text, n);
	packet_rr_end(packet, rr);
}

void
packet_cname(
    struct packet *packet, const char *owner, uint32_t ttl, const char *target)
{
	size_t rr = packet_rr(packet, ANSWER, owner, 5, ttl);

	packet_name(packet, target);
	packet_rr_end(packet, rr);
}

void
packet_soa(
    struct packet *packet, const char *owner, uint32_t ttl, uint32_t minimum)
{
	size_t i, rr = packet_rr(packet, AUTHORITY, owner, 6, ttl);

	packet_name(packet, "ns.example");
	packet_name(packet, "hostmaster.example");
	for (i = 0; i < 4; i++)
		packet_u32(packet, 3600);
	packet_u32(packet, minimum);
	packet_rr_end(packet, rr);
}

void
packet_mx(struct packet *packet, const char *owner, unsigned preference,
    const char *host)
{
	size_t rr = packet_rr(packet, ANSWER, owner, 15, 3600);

	packet_u16(packet, preference);
	packet_name(packet, host);
	packet_rr_end(packet, rr);
}
