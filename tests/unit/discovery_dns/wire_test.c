/* SPDX-License-Identifier: ISC */
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "wire_case.h"

static void
assert_txt(size_t i, const char *want)
{
	assert_true(i < answer.txt.n);
	assert_int_equal(answer.txt.rr[i].n, strlen(want));
	assert_memory_equal(answer.txt.rr[i].p, want, strlen(want));
}

static void
assert_absent(uint32_t ttl)
{
	assert_int_equal(wire_read(packet.n, STS_TYPE_TXT), STS_OK);
	assert_int_equal(answer.status, STS_DNS_ABSENT);
	assert_int_equal(answer.ttl, ttl);
}

/* TXT-6: strings of an RR are joined with nothing between, RRs are not. */
static void
txt6_strings_joined(void **state)
{
	size_t rr;

	(void)state;
	wire_begin(0, STS_TYPE_TXT);
	rr = packet_rr(&packet, ANSWER, NAME, STS_TYPE_TXT, 300);
	packet_octets(&packet,
	    "\7v=STSv1\0\6; id=2\3"
	    "01;",
	    20);
	packet_rr_end(&packet, rr);
	packet_txt(&packet, NAME, 200, "v=spf1 -all");
	wire_found(STS_TYPE_TXT);
	assert_int_equal(answer.txt.n, 2);
	assert_txt(0, "v=STSv1; id=201;");
	assert_txt(1, "v=spf1 -all");
	assert_int_equal(answer.ttl, 200);
	sts_wire_answer_free(&answer);
}

/* TXT-6: a string longer than its RR is no answer; one without is empty. */
static void
txt6_string_bounds(void **state)
{
	size_t rr;

	(void)state;
	wire_begin(0, STS_TYPE_TXT);
	rr = packet_rr(&packet, ANSWER, NAME, STS_TYPE_TXT, 300);
	packet_octets(&packet, "\10v=STSv1", 8);
	packet_rr_end(&packet, rr);
	wire_unreadable(STS_TYPE_TXT);
	wire_begin(0, STS_TYPE_TXT);
	rr = packet_rr(&packet, ANSWER, NAME, STS_TYPE_TXT, 300);
	packet_rr_end(&packet, rr);
	wire_found(STS_TYPE_TXT);
	assert_txt(0, "");
	sts_wire_answer_free(&answer);
}

/* TXT-7: three CNAMEs in one packet; the least TTL of all of them counts. */
static void
txt7_chain(void **state)
{
	(void)state;
	wire_begin(0, STS_TYPE_TXT);
	packet_cname(&packet, "_MTA-STS.a.example", 900, "b.example");
	packet_cname(&packet, "b.example", 60, "C.example");
	packet_cname(&packet, "c.example", 900, "d.example");
	packet_txt(&packet, "d.EXAMPLE", 900, "v=STSv1; id=1;");
	packet_txt(&packet, "d.example", 800, "other");
	wire_found(STS_TYPE_TXT);
	assert_int_equal(answer.txt.n, 2);
	assert_int_equal(answer.ttl, 60);
	sts_wire_answer_free(&answer);
}

static void
txt7_loop(void **state)
{
	(void)state;
	wire_begin(0, STS_TYPE_TXT);
	packet_cname(&packet, NAME, 900, "b.example");
	packet_cname(&packet, "b.example", 900, NAME);
	wire_unreadable(STS_TYPE_TXT);
	wire_begin(0, STS_TYPE_TXT);
	packet_cname(&packet, NAME, 900, NAME);
	wire_unreadable(STS_TYPE_TXT);
}

static void
txt7_long_chain(void **state)
{
	char from[32] = NAME, to[32];
	int i, n;

	(void)state;
	for (n = STS_WIRE_CHAIN; n <= STS_WIRE_CHAIN + 1; n++) {
		wire_begin(0, STS_TYPE_TXT);
		(void)snprintf(from, sizeof(from), "%s", NAME);
		for (i = 0; i < n; i++) {
			(void)snprintf(to, sizeof(to), "h%d.example", i);
			packet_cname(&packet, from, 900, to);
			(void)snprintf(from, sizeof(from), "%s", to);
		}
		packet_txt(&packet, from, 900, "x");
		if (n > STS_WIRE_CHAIN) {
			wire_unreadable(STS_TYPE_TXT);
			continue;
		}
		wire_found(STS_TYPE_TXT);
		sts_wire_answer_free(&answer);
	}
}

static void
absent_ttls(void **state)
{
	(void)state;
	wire_begin(3, STS_TYPE_TXT);
	packet_soa(&packet, "example", 900, 300);
	assert_absent(300);
	wire_begin(0, STS_TYPE_TXT);
	packet_soa(&packet, "example", 120, 300);
	assert_absent(120);
	wire_begin(3, STS_TYPE_TXT);
	packet_cname(&packet, NAME, 30, "b.example");
	packet_soa(&packet, "example", 120, 300);
	assert_absent(30);
	wire_begin(0, STS_TYPE_TXT);
	packet_soa(&packet, "example", 120, 0x80000000);
	assert_absent(0);
	wire_begin(3, STS_TYPE_TXT);
	assert_absent(0);
}

static void
ttl_top_bit(void **state)
{
	(void)state;
	wire_begin(0, STS_TYPE_TXT);
	packet_txt(&packet, NAME, 0x80000001, "x");
	wire_found(STS_TYPE_TXT);
	assert_int_equal(answer.ttl, 0);
	sts_wire_answer_free(&answer);
}

static void
mx_sorted_and_bounded(void **state)
{
	char host[32];
	unsigned i;

	(void)state;
	wire_begin(0, STS_TYPE_MX);
	for (i = 0; i < STS_MX_MAX + 6; i++) {
		(void)snprintf(host, sizeof(host), "MX%u.example", 100 - i);
		packet_mx(&packet, NAME, 100 - i, host);
	}
	packet_mx(&packet, NAME, 1, "192.0.2.1");
	wire_found(STS_TYPE_MX);
	assert_int_equal(answer.n_mx, STS_MX_MAX);
	assert_int_equal(answer.n_mx_bad, 1);
	assert_int_equal(answer.mx_bad->preference, 1);
	assert_string_equal(answer.mx_bad->host, "192.0.2.1");
	for (i = 0; i < STS_MX_MAX; i++) {
		(void)snprintf(host, sizeof(host), "mx%u.example", 31 + i);
		assert_int_equal(answer.mx[i].preference, 31 + i);
		assert_string_equal(answer.mx[i].host, host);
	}
	sts_wire_answer_free(&answer);
}

static void
mx_odd_ones(void **state)
{
	size_t rr;

	(void)state;
	wire_begin(0, STS_TYPE_MX);
	packet_mx(&packet, NAME, 0, "");
	wire_found(STS_TYPE_MX);
	assert_int_equal(answer.n_mx, 1);
	assert_string_equal(answer.mx[0].host, "");
	sts_wire_answer_free(&answer);
	/* None that can be a host: that is not "there is none". */
	wire_begin(0, STS_TYPE_MX);
	packet_mx(&packet, NAME, 10, "192.0.2.1");
	rr = packet_rr(&packet, ANSWER, NAME, STS_TYPE_MX, 60);
	packet_octets(&packet, "\0\12\3a.b\7example", 15);
	packet_rr_end(&packet, rr);
	assert_int_equal(wire_read(packet.n, STS_TYPE_MX), STS_OK);
	assert_int_equal(answer.status, STS_DNS_SERVFAIL);
	assert_int_equal(answer.n_mx, 0);
	assert_int_equal(answer.n_mx_bad, 2);
	assert_string_equal(answer.mx_bad->host, "192.0.2.1");
	sts_wire_answer_free(&answer);
	wire_begin(0, STS_TYPE_MX);
	rr = packet_rr(&packet, ANSWER, NAME, STS_TYPE_MX, 60);
	packet_octets(&packet, "\0\12\4a.\0\377\1b", 10);
	packet_rr_end(&packet, rr);
	assert_int_equal(wire_read(packet.n, STS_TYPE_MX), STS_OK);
	assert_string_equal(answer.mx_bad->host, "a.??.b");
	sts_wire_answer_free(&answer);
	wire_begin(0, STS_TYPE_MX);
	rr = packet_rr(&packet, ANSWER, NAME, STS_TYPE_MX, 60);
	packet_octets(&packet, "\0\12\1a\0x", 6);
	packet_rr_end(&packet, rr);
	wire_unreadable(STS_TYPE_MX);
}

static void
addresses(void **state)
{
	const struct sockaddr_in6 *in6;
	const struct sockaddr_in *in;
	size_t rr;

	(void)state;
	wire_begin(0, STS_TYPE_A);
	rr = packet_rr(&packet, ANSWER, NAME, STS_TYPE_A, 60);
	packet_octets(&packet, "\300\0\2\1", 4);
	packet_rr_end(&packet, rr);
	wire_found(STS_TYPE_A);
	in = (const struct sockaddr_in *)answer.addr;
	assert_int_equal(in->sin_family, AF_INET);
	assert_int_equal(in->sin_addr.s_addr, htonl(0xc0000201));
	sts_wire_answer_free(&answer);
	wire_begin(0, STS_TYPE_AAAA);
	rr = packet_rr(&packet, ANSWER, NAME, STS_TYPE_AAAA, 60);
	packet_octets(&packet, "\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1", 16);
	packet_rr_end(&packet, rr);
	wire_found(STS_TYPE_AAAA);
	in6 = (const struct sockaddr_in6 *)answer.addr;
	assert_int_equal(in6->sin6_family, AF_INET6);
	assert_int_equal(in6->sin6_addr.s6_addr[15], 1);
	sts_wire_answer_free(&answer);
	wire_begin(0, STS_TYPE_AAAA);
	rr = packet_rr(&packet, ANSWER, NAME, STS_TYPE_AAAA, 60);
	packet_octets(&packet, "\300\0\2\1", 4);
	packet_rr_end(&packet, rr);
	wire_unreadable(STS_TYPE_AAAA);
}

static void
add_tlsa(const char *head, const char *data, size_t n)
{
	size_t rr = packet_rr(&packet, ANSWER, NAME, STS_TYPE_TLSA, 60);

	packet_octets(&packet, head, 3);
	packet_octets(&packet, data, n);
	packet_rr_end(&packet, rr);
}

static void
tlsa(void **state)
{
	(void)state;
	wire_begin(0, STS_TYPE_TLSA);
	add_tlsa("\3\1\1", "abc\0d", 5);
	add_tlsa("\2\0\377", "x", 1);
	wire_found(STS_TYPE_TLSA);
	assert_int_equal(answer.n_tlsa, 2);
	assert_int_equal(answer.tlsa[0].usage, 3);
	assert_int_equal(answer.tlsa[0].selector, 1);
	assert_int_equal(answer.tlsa[0].matching, 1);
	assert_int_equal(answer.tlsa[0].data.n, 5);
	assert_memory_equal(answer.tlsa[0].data.p, "abc\0d", 5);
	assert_int_equal(answer.tlsa[1].usage, 2);
	assert_int_equal(answer.tlsa[1].selector, 0);
	assert_int_equal(answer.tlsa[1].matching, 255);
	assert_int_equal(answer.tlsa[1].data.n, 1);
	assert_memory_equal(answer.tlsa[1].data.p, "x", 1);
	sts_wire_answer_free(&answer);
}

/* One that is cut makes the whole unreadable; of very many the first stay. */
static void
tlsa_bounds(void **state)
{
	unsigned char i;

	(void)state;
	wire_begin(0, STS_TYPE_TLSA);
	add_tlsa("\3\1\1", "abc", 3);
	add_tlsa("\3\1\1", "", 0);
	wire_unreadable(STS_TYPE_TLSA);
	wire_begin(0, STS_TYPE_TLSA);
	for (i = 0; i < STS_TLSA_MAX + 3; i++)
		add_tlsa("\3\1\1", (const char *)&i, 1);
	wire_found(STS_TYPE_TLSA);
	assert_int_equal(answer.n_tlsa, STS_TLSA_MAX);
	assert_int_equal(
	    answer.tlsa[STS_TLSA_MAX - 1].data.p[0], STS_TLSA_MAX - 1);
	sts_wire_answer_free(&answer);
	add_tlsa("\3\1\1", "", 0);
	wire_unreadable(STS_TYPE_TLSA);
}

static void
root_keys(void **state)
{
	bool is_signed = true;
	size_t rr;

	(void)state;
	packet_begin(&packet, 1, 0, "", STS_TYPE_DNSKEY);
	rr = packet_rr(&packet, ANSWER, "", STS_TYPE_DNSKEY, 60);
	packet_octets(&packet, "\1\1\3\15key", 7);
	packet_rr_end(&packet, rr);
	assert_int_equal(
	    sts_wire_signed(packet.b, packet.n, STS_TYPE_DNSKEY, &is_signed),
	    STS_OK);
	assert_false(is_signed);
	rr = packet_rr(&packet, ANSWER, "", STS_TYPE_RRSIG, 60);
	packet_octets(&packet, "\0\6", 2); /* over SOA */
	packet_rr_end(&packet, rr);
	(void)sts_wire_signed(packet.b, packet.n, STS_TYPE_DNSKEY, &is_signed);
	assert_false(is_signed);
	rr = packet_rr(&packet, ANSWER, "", STS_TYPE_RRSIG, 60);
	packet_octets(&packet, "\0\60", 2); /* over DNSKEY */
	packet_rr_end(&packet, rr);
	(void)sts_wire_signed(packet.b, packet.n, STS_TYPE_DNSKEY, &is_signed);
	assert_true(is_signed);
	packet_begin(&packet, 1, 2, "", STS_TYPE_DNSKEY);
	assert_int_equal(
	    sts_wire_signed(packet.b, packet.n, STS_TYPE_DNSKEY, &is_signed),
	    STS_ESYNTAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(txt6_strings_joined),
	    cmocka_unit_test(txt6_string_bounds),
	    cmocka_unit_test(txt7_chain),
	    cmocka_unit_test(txt7_loop),
	    cmocka_unit_test(txt7_long_chain),
	    cmocka_unit_test(absent_ttls),
	    cmocka_unit_test(ttl_top_bit),
	    cmocka_unit_test(mx_sorted_and_bounded),
	    cmocka_unit_test(mx_odd_ones),
	    cmocka_unit_test(addresses),
	    cmocka_unit_test(tlsa),
	    cmocka_unit_test(tlsa_bounds),
	    cmocka_unit_test(root_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
