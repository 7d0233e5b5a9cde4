/* SPDX-License-Identifier: ISC */
#ifndef STS_PROBES_H
#define STS_PROBES_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

#include "sts/clock.h"
#include "sts/err.h"
#include "sts/probing.h"

#define STS_PROBE_GOOD_MS  300000 /* how long a result holds */
#define STS_PROBE_BAD_MS   60000
#define STS_PROBE_DOUBT_MS 3600000 /* how long a doubt is remembered */
#define STS_PROBE_LAST_MS  3600000 /* what sts_probes_last() still tells */

/* What is known of a host; mono milliseconds. */
struct sts_probed {
	enum sts_probe_status status;
	char result[32]; /* of RFC 8460; "" where none */
	char detail[STS_PROBE_DETAIL];
	char addr[INET6_ADDRSTRLEN]; /* that it speaks of, or "" */
	int64_t made, until;         /* 0: never tried */
	int64_t doubted;             /* a delivery failed; 0: none did */
};

struct sts_probes_stats {
	uint64_t started, good, defect, unreachable, local;
	size_t hosts, open, memory; /* now; octets */
};

struct sts_probes_config {
	struct sts_probing probing; /* ops may be NULL: nobody may ask then */
	struct sts_clock clock;
	size_t hosts_max; /* remembered */
	size_t open_max;  /* tried or waiting at once */
	uint64_t seed;
};

/* Results of the prober by host name: each host is tried once for all. */
struct sts_probes;
struct sts_probe_wait;

typedef void sts_probed_cb(void *arg, const struct sts_probed *probed);

struct sts_probes *sts_probes_new(const struct sts_probes_config *config);
/* No callback comes any more. */
void sts_probes_free(struct sts_probes *probes);

/*
 * The result that still holds for at least so many milliseconds, or a new try,
 * by timeout (milliseconds). The callback comes once, possibly inside the call;
 * STS_PROBE_LOCAL is not kept. NULL: it has run.
 */
struct sts_probe_wait *
sts_probes_ask(struct sts_probes *probes, const char *host, int64_t least,
    int64_t timeout, sts_probed_cb *cb, void *arg);
/* No callback; the try goes on for whoever asks next. NULL is fine. */
void sts_probes_leave(struct sts_probe_wait *wait);

/* What its last try came to, if that is no older than an hour; NULL: there was
 * none. Valid until the next call. */
const struct sts_probed *
sts_probes_last(struct sts_probes *probes, const char *host);

/* A delivery failed: what is known counts no more, unless it is this new. */
void sts_probes_doubt(struct sts_probes *probes, const char *host);
/* The same of all hosts at this address, as inet_ntop() writes it, whose last
 * try went well or was too slow. */
void sts_probes_doubt_address(struct sts_probes *probes, const char *addr);
/* When that was, 0: not, or long ago. */
int64_t sts_probes_doubted(struct sts_probes *probes, const char *host);

void
sts_probes_stats(const struct sts_probes *probes, struct sts_probes_stats *out);

#endif
