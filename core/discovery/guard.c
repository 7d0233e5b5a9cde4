/* SPDX-License-Identifier: ISC */
#include "sts/guard.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

/* "0123:...:0123/128": the longest text inet_pton() takes, and the prefix. */
#define CIDR_SIZE (INET6_ADDRSTRLEN + 4)

struct range {
	unsigned char addr[16];
	unsigned bits;
	const char *what;
};

/* IANA's registry of special-purpose IPv4 addresses, and multicast. */
static const struct range special4[] = {
    {{0}, 8, "this network"},
    {{10}, 8, "private"},
    {{100, 64}, 10, "shared"},
    {{127}, 8, "loopback"},
    {{169, 254}, 16, "link-local"},
    {{172, 16}, 12, "private"},
    {{192, 0, 0}, 24, "protocols"},
    {{192, 0, 2}, 24, "documentation"},
    {{192, 88, 99}, 24, "6to4 relays"},
    {{192, 168}, 16, "private"},
    {{198, 18}, 15, "benchmarks"},
    {{198, 51, 100}, 24, "documentation"},
    {{203, 0, 113}, 24, "documentation"},
    {{224}, 4, "multicast"},
    {{240}, 4, "reserved"},
};

/*
 * Of IPv6 only 2000::/3 is handed out at all: what is outside it (loopback,
 * v4-mapped and v4-compatible, 64:ff9b:1::/48, fc00::/7, fe80::/10, ff00::/8)
 * needs no line here.
 */
static const struct range global6 = {{0x20}, 3, NULL};
static const struct range special6[] = {
    {{0x20, 0x01}, 23, "protocols"}, /* with Teredo */
    {{0x20, 0x01, 0x0d, 0xb8}, 32, "documentation"}, {{0x20, 0x02}, 16, "6to4"},
    {{0x3f, 0xfe}, 16, "6bone"},         /* returned */
    {{0x3f, 0xff}, 20, "documentation"}, /* RFC 9637 */
};
/* What of the rest has a name of its own. */
static const struct range local6[] = {
    {{0}, 127, "loopback"}, /* ::1, and :: */
    {{0xfc}, 7, "private"},
    {{0xfe, 0x80}, 10, "link-local"},
    {{0xff}, 8, "multicast"},
};
/* NAT64 (RFC 6052): the way to IPv4 where a host has only IPv6. */
static const struct range nat64 = {{0x00, 0x64, 0xff, 0x9b}, 96, NULL};

static bool
covers(const unsigned char *net, unsigned bits, const unsigned char *addr)
{
	unsigned whole = bits / 8, rest = bits % 8;

	if (memcmp(net, addr, whole) != 0)
		return false;
	return rest == 0 || (net[whole] ^ addr[whole]) >> (8 - rest) == 0;
}

/* What the first range is that covers it, or NULL. */
static const char *
first_of(const struct range *range, size_t n, const unsigned char *addr)
{
	for (size_t i = 0; i < n; i++)
		if (covers(range[i].addr, range[i].bits, addr))
			return range[i].what;
	return NULL;
}

static const char *
special_v4(const unsigned char *addr)
{
	return first_of(special4, sizeof(special4) / sizeof(special4[0]), addr);
}

static const char *
special_v6(const unsigned char *addr)
{
	const char *what;

	if (covers(nat64.addr, nat64.bits, addr))
		return special_v4(addr + 12);
	if (covers(global6.addr, global6.bits, addr))
		return first_of(
		    special6, sizeof(special6) / sizeof(special6[0]), addr);
	what = first_of(local6, sizeof(local6) / sizeof(local6[0]), addr);
	return what != NULL ? what : "not global";
}

static bool
excepted(const struct sts_guard *guard, int family, const unsigned char *addr)
{
	for (size_t i = 0; i < guard->n; i++)
		if (guard->allow[i].family == family &&
		    covers(guard->allow[i].addr, guard->allow[i].bits, addr))
			return true;
	return false;
}

const char *
sts_guard_refusal(const struct sts_guard *guard, const struct sockaddr *addr)
{
	unsigned char octets[16];

	if (addr->sa_family == AF_INET) {
		struct sockaddr_in in;

		memcpy(&in, addr, sizeof(in));
		memcpy(octets, &in.sin_addr, 4);
		return excepted(guard, AF_INET, octets) ? NULL
							: special_v4(octets);
	}
	if (addr->sa_family == AF_INET6) {
		struct sockaddr_in6 in6;

		memcpy(&in6, addr, sizeof(in6));
		memcpy(octets, &in6.sin6_addr, 16);
		return excepted(guard, AF_INET6, octets) ? NULL
							 : special_v6(octets);
	}
	return "no internet address";
}

bool
sts_guard_permits(const struct sts_guard *guard, const struct sockaddr *addr)
{
	return sts_guard_refusal(guard, addr) == NULL;
}

/* One to three digits, no sign, no leading zero, at most max. */
static bool
parse_bits(const char *text, unsigned max, unsigned *bits)
{
	size_t n = strlen(text);
	unsigned value = 0;

	if (n < 1 || n > 3 || (n > 1 && text[0] == '0'))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		value = value * 10 + (unsigned)(text[i] - '0');
	}
	*bits = value;
	return value <= max;
}

/* "10.0.0.1/8" is more likely a slip than a wish for 10.0.0.0/8. */
static bool
host_bits_clear(const unsigned char *addr, unsigned bits, unsigned max)
{
	for (unsigned i = bits; i < max; i++)
		if (addr[i / 8] >> (7 - i % 8) & 1)
			return false;
	return true;
}

enum sts_err
sts_guard_allow(struct sts_guard *guard, struct sts_str cidr)
{
	unsigned char addr[16] = {0};
	char text[CIDR_SIZE], *slash;
	unsigned bits, max;
	int family;

	if (cidr.n == 0 || cidr.n >= sizeof(text) ||
	    memchr(cidr.p, '\0', cidr.n) != NULL)
		return STS_ESYNTAX;
	memcpy(text, cidr.p, cidr.n);
	text[cidr.n] = '\0';
	family = strchr(text, ':') != NULL ? AF_INET6 : AF_INET;
	max = bits = family == AF_INET6 ? 128 : 32;
	if ((slash = strchr(text, '/')) != NULL) {
		*slash = '\0';
		if (!parse_bits(slash + 1, max, &bits))
			return STS_ESYNTAX;
	}
	if (inet_pton(family, text, addr) != 1 ||
	    !host_bits_clear(addr, bits, max))
		return STS_ESYNTAX;
	if (guard->n == STS_GUARD_MAX)
		return STS_ELIMIT;
	guard->allow[guard->n].family = family;
	guard->allow[guard->n].bits = bits;
	memcpy(guard->allow[guard->n].addr, addr, sizeof(addr));
	guard->n++;
	return STS_OK;
}
