/* SPDX-License-Identifier: ISC */
#ifndef STS_RD_SCRIPTS_H
#define STS_RD_SCRIPTS_H

/*
 * Lua for Redis, sent whole: EVAL knows a text that it has seen. The longest,
 * once a fetch, costs Redis 2 to 8 us more than by EVALSHA, which would need a
 * second way for a Redis that has forgotten it.
 */

/* KEYS: item. ARGV: sealed, ms to live, channel, announcement.
 * 0: there is a newer one; 1: put; 2: put and announced. */
extern const char sts_rd_script_put[];
/* KEYS: parts. ARGV: sealed, ms to live, the part, the one that closes.
 * 0: there is a newer one, or they are closed; 1: put. */
extern const char sts_rd_script_put_part[];
/* KEYS: parts. ARGV: how many at most. Their names; -1: more. */
extern const char sts_rd_script_parts[];
/* KEYS: parts. ARGV: a part, octets at most. It; else empty. */
extern const char sts_rd_script_part[];
/* KEYS: lease. ARGV: value, ms to live. 1: ours; 0: another's. */
extern const char sts_rd_script_lease[];
/* KEYS: lease. ARGV: value. */
extern const char sts_rd_script_release[];
/* ARGV: cursor, pattern. Cursor, then key, value and ms left of each. */
extern const char sts_rd_script_leases[];

#endif
