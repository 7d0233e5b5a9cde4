/* SPDX-License-Identifier: ISC */
#ifndef STS_ABNF_H
#define STS_ABNF_H

#include <stdbool.h>

/*
 * Productions that the records and the policy share. Each takes where to begin
 * and the end, and returns the first octet behind what it read, or NULL where
 * the production does not fit. ASCII only, no locale.
 */

static inline bool
sts_is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static inline bool
sts_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool
sts_is_alnum(char c)
{
	return sts_is_alpha(c) || sts_is_digit(c);
}

static inline char
sts_lower(char c)
{
	if (c >= 'A' && c <= 'Z')
		c = (char)(c - 'A' + 'a');
	return c;
}

bool sts_is_wsp(char c);
bool sts_is_hex(char c);

/* The literal, to the octet (RFC 7405 %s). */
const char *sts_skip_literal(const char *p, const char *end, const char *s);
/* *WSP; never NULL. */
const char *sts_skip_wsp(const char *p, const char *end);
/* *WSP <c> *WSP: sts-field-delim, and the comma of tlsrpt-rua. */
const char *sts_skip_delim(const char *p, const char *end, char c);
/* (ALPHA / DIGIT) *31(ALPHA / DIGIT / "_" / "-" / "."), as long as it gets. */
const char *sts_skip_ext_name(const char *p, const char *end);
/* 1*(%x21-3A / %x3C / %x3E-7E) of the records, as long as it gets. */
const char *sts_skip_ext_value(const char *p, const char *end);

#endif
