/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#include "wire_case.h"

/* A record that is not where the chain leads is no absence. */
static void
stray_is_not_absent(void **state)
{
	(void)state;
	wire_begin(0, STS_TYPE_TXT);
	packet_txt(&packet, "other.example", 900, "v=STSv1; id=1;");
	wire_unreadable(STS_TYPE_TXT);
	wire_begin(0, STS_TYPE_TXT);
	packet_txt(&packet, "b.example", 900, "v=STSv1; id=1;");
	packet_cname(&packet, NAME, 900, "b.example");
	wire_unreadable(STS_TYPE_TXT);
}

/* TXT-10: all other rcodes are failures, and so is NXDOMAIN with data. */
static void
txt10_rcodes(void **state)
{
	unsigned rcode;

	(void)state;
	for (rcode = 1; rcode < 16; rcode++) {
		if (rcode == 3)
			continue;
		wire_begin(rcode, STS_TYPE_TXT);
		wire_unreadable(STS_TYPE_TXT);
	}
	wire_begin(3, STS_TYPE_TXT);
	packet_txt(&packet, NAME, 900, "v=STSv1; id=1;");
	wire_unreadable(STS_TYPE_TXT);
}

/* Every prefix of a good answer is unreadable, never absent (TXT-10). */
static void
txt10_cut_anywhere(void **state)
{
	size_t n, whole;

	(void)state;
	wire_begin(0, STS_TYPE_TXT);
	packet_cname(&packet, NAME, 900, "b.example");
	packet_txt(&packet, "b.example", 900, "v=STSv1; id=1;");
	whole = packet.n;
	for (n = 0; n < whole; n++)
		assert_int_equal(wire_read(n, STS_TYPE_TXT), STS_ESYNTAX);
	wire_begin(3, STS_TYPE_TXT);
	packet_soa(&packet, "example", 900, 300);
	whole = packet.n;
	for (n = 0; n < whole; n++)
		assert_int_equal(wire_read(n, STS_TYPE_TXT), STS_ESYNTAX);
}

static void
counts_that_lie(void **state)
{
	(void)state;
	wire_begin(0, STS_TYPE_TXT);
	packet_txt(&packet, NAME, 900, "v=STSv1; id=1;");
	packet_count(&packet, ANSWER, 2);
	wire_unreadable(STS_TYPE_TXT);
	packet_count(&packet, ANSWER, 65535);
	wire_unreadable(STS_TYPE_TXT);
	packet_count(&packet, ANSWER, 1);
	packet_count(&packet, QUESTION, 2);
	wire_unreadable(STS_TYPE_TXT);
	packet_count(&packet, QUESTION, 0);
	wire_unreadable(STS_TYPE_TXT);
	wire_begin(3, STS_TYPE_TXT);
	packet_count(&packet, AUTHORITY, 1);
	wire_unreadable(STS_TYPE_TXT);
	wire_begin(0, STS_TYPE_TXT);
	packet_txt(&packet, NAME, 900, "v=STSv1; id=1;");
	packet_truncated(&packet);
	wire_unreadable(STS_TYPE_TXT);
}

/* An owner made of what stands there: raw octets, not a name. */
static void
owner(const char *octets, size_t n)
{
	wire_begin(0, STS_TYPE_TXT);
	packet_octets(&packet, octets, n);
	packet_octets(&packet, "\0\20\0\1\0\0\0\1\0\2\1x", 12);
	packet_count(&packet, ANSWER, 1);
}

static void
compression(void **state)
{
	char self[2] = {(char)0xc0, 0};
	size_t i;

	(void)state;
	owner("\xc0\x0c", 2);
	wire_found(STS_TYPE_TXT);
	sts_wire_answer_free(&answer);
	wire_begin(0, STS_TYPE_TXT);
	self[1] = (char)packet.n;
	owner(self, 2); /* itself */
	wire_unreadable(STS_TYPE_TXT);
	self[1]++;
	owner(self, 2); /* forwards */
	wire_unreadable(STS_TYPE_TXT);
	/* Forwards, to where the name asked for stands as TXT. */
	wire_begin(0, STS_TYPE_TXT);
	packet_u16(&packet, 0xc000 | (unsigned)(packet.n + 12));
	packet_octets(&packet, "\0\20\0\1\0\0\0\1\0\24", 10);
	packet_name(&packet, NAME);
	packet_count(&packet, ANSWER, 1);
	wire_unreadable(STS_TYPE_TXT);
	owner("\x40x", 2);
	wire_unreadable(STS_TYPE_TXT);
	owner("\x80x", 2);
	wire_unreadable(STS_TYPE_TXT);
	/* One pointer to another, 128 times. */
	wire_begin(0, STS_TYPE_TXT);
	i = packet_rr(&packet, ANSWER, NAME, 10, 1);
	packet_u16(&packet, 0xc00c);
	for (; packet.n < i + 300;)
		packet_u16(&packet, 0xc000 | (unsigned)(packet.n - 2));
	packet_rr_end(&packet, i);
	packet_u16(&packet, 0xc000 | (unsigned)(packet.n - 2));
	packet_octets(&packet, "\0\20\0\1\0\0\0\1\0\2\1x", 12);
	packet_count(&packet, ANSWER, 2);
	wire_unreadable(STS_TYPE_TXT);
}

/* 255 octets of name are the most, however they come together. */
static void
long_names(void **state)
{
	char labels[256];
	size_t i;

	(void)state;
	memset(labels, 'a', sizeof(labels));
	for (i = 0; i < 4; i++)
		labels[i * 64] = 63;
	labels[192] = 61;
	labels[254] = 0;
	owner(labels, 255);
	/* Readable, and not the name asked for. */
	wire_unreadable(STS_TYPE_TXT);
	wire_begin(0, STS_TYPE_MX);
	packet_octets(&packet, labels, 255);
	packet_octets(&packet, "\0\20\0\1\0\0\0\1\0\2\1x", 12);
	packet_count(&packet, ANSWER, 1);
	assert_int_equal(wire_read(packet.n, STS_TYPE_MX), STS_OK);
	labels[192] = 62;
	wire_begin(0, STS_TYPE_MX);
	packet_octets(&packet, labels, 255);
	packet_octets(&packet, "\0\0\20\0\1\0\0\0\1\0\2\1x", 13);
	packet_count(&packet, ANSWER, 1);
	wire_unreadable(STS_TYPE_MX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(stray_is_not_absent),
	    cmocka_unit_test(txt10_rcodes),
	    cmocka_unit_test(txt10_cut_anywhere),
	    cmocka_unit_test(counts_that_lie),
	    cmocka_unit_test(compression),
	    cmocka_unit_test(long_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
