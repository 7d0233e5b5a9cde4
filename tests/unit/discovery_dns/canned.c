/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "canned.h"
#include "wire.h"

#define NXDOMAIN 3
#define RECORD   "v=STSv1; id=1;"

static void
soa(const struct authority_question *asked, struct packet *packet)
{
	(void)asked;
	packet_soa(packet, "example", 900, 300);
}

static void
one(const struct authority_question *asked, struct packet *packet)
{
	packet_txt(packet, asked->name, 240, RECORD);
}

/* TXT-6: 600 octets of one RR in three strings. */
static void
strings(const struct authority_question *asked, struct packet *packet)
{
	size_t i, j, rr;
	const unsigned char n = 200;

	rr = packet_rr(packet, ANSWER, asked->name, STS_TYPE_TXT, 240);
	for (i = 0; i < 3; i++) {
		packet_octets(packet, &n, 1);
		for (j = 0; j < n; j++)
			packet_octets(packet, i == 1 ? "b" : "a", 1);
	}
	packet_rr_end(packet, rr);
}

static void
txts(const struct authority_question *asked, struct packet *packet, unsigned n)
{
	char text[256];
	unsigned i;

	memset(text, 'x', sizeof(text));
	text[255] = '\0';
	for (i = 0; i < n; i++) {
		text[0] = (char)('0' + i / 100);
		text[1] = (char)('0' + i / 10 % 10);
		text[2] = (char)('0' + i % 10);
		packet_txt(packet, asked->name, 240, text);
	}
}

static void
many(const struct authority_question *asked, struct packet *packet)
{
	txts(asked, packet, 40);
}

static void
huge(const struct authority_question *asked, struct packet *packet)
{
	if (asked->tcp)
		txts(asked, packet, 220);
	else
		packet_truncated(packet);
}

/* TXT-7: c1 -> c2 -> c3 -> txt, one at a time. */
static void
chain(const struct authority_question *asked, struct packet *packet)
{
	char next[] = "c0.example";

	next[1] = (char)(asked->name[1] + 1);
	packet_cname(packet, asked->name, 200,
	    asked->name[1] == '3' ? "txt.example" : next);
}

static void
half(const struct authority_question *asked, struct packet *packet)
{
	(void)asked;
	packet_cname(packet, "w2.example", 200, "w3.example");
	packet_txt(packet, "w3.example", 240, RECORD);
}

/* All at once, the target too. */
static void
whole(const struct authority_question *asked, struct packet *packet)
{
	packet_cname(packet, asked->name, 200, "w2.example");
	half(asked, packet);
}

/* TXT-7: old.example is moved to new.example as a whole. */
static void
dname(const struct authority_question *asked, struct packet *packet)
{
	size_t rr = packet_rr(packet, ANSWER, "old.example", 39, 200);

	packet_name(packet, "new.example");
	packet_rr_end(packet, rr);
	packet_cname(packet, asked->name, 200, "moved.new.example");
}

static void
loop_a(const struct authority_question *asked, struct packet *packet)
{
	packet_cname(packet, asked->name, 200, "loop-b.example");
}

static void
loop_b(const struct authority_question *asked, struct packet *packet)
{
	packet_cname(packet, asked->name, 200, "loop-a.example");
}

static void
ring(const struct authority_question *asked, struct packet *packet)
{
	packet_cname(packet, asked->name, 200, asked->name);
}

static void
dangling(const struct authority_question *asked, struct packet *packet)
{
	packet_cname(packet, asked->name, 200, "nothing.example");
}

static void
truncated(const struct authority_question *asked, struct packet *packet)
{
	if (asked->tcp)
		one(asked, packet);
	else
		packet_truncated(packet);
}

static void
stuck(const struct authority_question *asked, struct packet *packet)
{
	packet_truncated(packet);
	packet->n = asked->tcp ? 0 : packet->n;
}

static void
liar(const struct authority_question *asked, struct packet *packet)
{
	one(asked, packet);
	packet_count(packet, ANSWER, 200);
}

static void
cut(const struct authority_question *asked, struct packet *packet)
{
	one(asked, packet);
	packet->n -= 6;
}

/* The owner is a pointer to itself. */
static void
pointer(const struct authority_question *asked, struct packet *packet)
{
	(void)asked;
	packet_count(packet, ANSWER, 1);
	packet_u16(packet, 0xc000 | (unsigned)packet->n);
	packet_octets(packet, "\0\20\0\1\0\0\0\1\0\2\1x", 12);
}

static void
mx(const struct authority_question *asked, struct packet *packet)
{
	packet_mx(packet, asked->name, 20, "MX2.example");
	packet_mx(packet, asked->name, 10, "mx1.example");
}

static void
null_mx(const struct authority_question *asked, struct packet *packet)
{
	packet_mx(packet, asked->name, 0, "");
}

static void
bad_mx(const struct authority_question *asked, struct packet *packet)
{
	packet_mx(packet, asked->name, 10, "192.0.2.1");
}

static void
tlsa(const struct authority_question *asked, struct packet *packet)
{
	size_t rr = packet_rr(packet, ANSWER, asked->name, STS_TYPE_TLSA, 60);

	packet_octets(packet, "\3\1\1digest", 9);
	packet_rr_end(packet, rr);
}

static void
a(const struct authority_question *asked, struct packet *packet)
{
	size_t rr;

	if (asked->type != STS_TYPE_A) {
		soa(asked, packet);
		return;
	}
	rr = packet_rr(packet, ANSWER, asked->name, STS_TYPE_A, 60);
	packet_octets(packet, "\300\0\2\1", 4);
	packet_rr_end(packet, rr);
}

/* A host that is another's name. */
static void
alias(const struct authority_question *asked, struct packet *packet)
{
	size_t rr;

	packet_cname(packet, asked->name, 60, "A.example");
	if (asked->type != STS_TYPE_A)
		return;
	rr = packet_rr(packet, ANSWER, "a.example", STS_TYPE_A, 60);
	packet_octets(packet, "\300\0\2\1", 4);
	packet_rr_end(packet, rr);
}

static void
aaaa(const struct authority_question *asked, struct packet *packet)
{
	const char addr[16] = "\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1";
	unsigned char i;
	size_t rr;

	for (i = 0; i < 20; i++) {
		rr = packet_rr(packet, ANSWER, asked->name, STS_TYPE_AAAA, 60);
		packet_octets(packet, addr, 15);
		packet_octets(packet, &i, 1);
		packet_rr_end(packet, rr);
	}
}

static void
both(const struct authority_question *asked, struct packet *packet)
{
	if (asked->type == STS_TYPE_A)
		a(asked, packet);
	else
		aaaa(asked, packet);
}

/* Servers that drop AAAA, or fail on it. */
static void
only_a(const struct authority_question *asked, struct packet *packet)
{
	if (asked->type == STS_TYPE_A)
		a(asked, packet);
	else
		packet->n = 0;
}

static void
bad_aaaa(const struct authority_question *asked, struct packet *packet)
{
	if (asked->type == STS_TYPE_A)
		soa(asked, packet);
	else
		packet->b[3] |= 2;
}

static void
drop(const struct authority_question *asked, struct packet *packet)
{
	(void)asked;
	packet->n = 0;
}

static void
empty(const struct authority_question *asked, struct packet *packet)
{
	(void)asked, (void)packet;
}

static const struct {
	const char *label;
	unsigned rcode;
	void (*fill)(
	    const struct authority_question *asked, struct packet *packet);
} cases[] = {
    {"txt", 0, one},
    {"strings", 0, strings},
    {"many", 0, many},
    {"huge", 0, huge},
    {"absent", NXDOMAIN, soa},
    {"nothing", NXDOMAIN, soa},
    {"nodata", 0, soa},
    {"bare", 0, empty},
    {"servfail", 2, empty},
    {"refused", 5, empty},
    {"notimp", 4, empty},
    {"timeout", 0, drop},
    {"c1", 0, chain},
    {"c2", 0, chain},
    {"c3", 0, chain},
    {"w1", 0, whole},
    {"w2", 0, half},
    {"w3", 0, one},
    {"under", 0, dname},
    {"moved", 0, one},
    {"loop-a", 0, loop_a},
    {"loop-b", 0, loop_b},
    {"ring", 0, ring},
    {"dangling", 0, dangling},
    {"truncated", 0, truncated},
    {"stuck", 0, stuck},
    {"liar", 0, liar},
    {"cut", 0, cut},
    {"pointer", 0, pointer},
    {"mx", 0, mx},
    {"null-mx", 0, null_mx},
    {"bad-mx", 0, bad_mx},
    {"tlsa", 0, tlsa},
    {"a", 0, a},
    {"alias", 0, alias},
    {"both", 0, both},
    {"only-a", 0, only_a},
    {"bad-aaaa", 0, bad_aaaa},
};

bool
canned(void *arg, const struct authority_question *asked, struct packet *packet)
{
	size_t i, n = strcspn(asked->name, ".");

	(void)arg;
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		if (strlen(cases[i].label) != n ||
		    strncmp(cases[i].label, asked->name, n) != 0)
			continue;
		packet_begin(packet, asked->id, cases[i].rcode, asked->name,
		    asked->type);
		cases[i].fill(asked, packet);
		return packet->n > 0;
	}
	packet_begin(packet, asked->id, NXDOMAIN, asked->name, asked->type);
	soa(asked, packet);
	return true;
}
