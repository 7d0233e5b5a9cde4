/* SPDX-License-Identifier: ISC */
#ifndef STS_SUBMIT_TEXT_H
#define STS_SUBMIT_TEXT_H

#include <stdbool.h>

#include "sts/str.h"

/* A message with LF at the end of lines, on its way to SMTP. */
struct sts_submit_text {
	struct sts_str rest;
	bool inside; /* a line has begun */
	bool ended;  /* the "." was given */
};

/*
 * The next octets as they go behind DATA (RFC 5321 section 4.5.2): CR LF at
 * the end of lines, a dot more where one begins a line, a line of "." at the
 * end. size: 8 at least. 0: that was all.
 */
size_t sts_submit_text(struct sts_submit_text *text, char *buf, size_t size);

#endif
