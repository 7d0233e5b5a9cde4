/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "wire_case.h"

struct packet packet;
struct sts_wire_answer answer;

/* From a copy of just its size, so that a sanitizer sees a read past it. */
enum sts_err
wire_read(size_t n, unsigned type)
{
	unsigned char *copy = malloc(n ? n : 1);
	enum sts_err err;

	assert_non_null(copy);
	memcpy(copy, packet.b, n);
	err = sts_wire_answer(copy, n, type, &answer);
	free(copy);
	return err;
}

void
wire_begin(unsigned rcode, unsigned type)
{
	packet_begin(&packet, 1, rcode, NAME, type);
}

void
wire_found(unsigned type)
{
	assert_int_equal(wire_read(packet.n, type), STS_OK);
	assert_int_equal(answer.status, STS_DNS_FOUND);
}

void
wire_unreadable(unsigned type)
{
	assert_int_equal(wire_read(packet.n, type), STS_ESYNTAX);
}
