/* SPDX-License-Identifier: ISC */
#ifndef WIRE_CASE_H
#define WIRE_CASE_H

#include "packet.h"
#include "wire.h"

#define NAME "_mta-sts.a.example"

/* The packet of the case, and what was read from it. */
extern struct packet packet;
extern struct sts_wire_answer answer;

/* Begin a response about NAME. */
void wire_begin(unsigned rcode, unsigned type);
/* Read its first n octets. */
enum sts_err wire_read(size_t n, unsigned type);
/* All of it, and so it must be. */
void wire_found(unsigned type);
void wire_unreadable(unsigned type);

#endif
