/* SPDX-License-Identifier: ISC */
#ifndef STS_RECORDING_H
#define STS_RECORDING_H

#include <sys/types.h>

#include "sts/collectd.h"
#include "sts/counters.h"
#include "sts/reporter.h"

#define STS_RECORDERS 32

/* Where results of TLS are counted for reports, or who else takes them; and by
 * whom they may be told: by these users, by root, and on the admin socket. */
struct sts_recording {
	struct sts_collectd *collectd; /* NULL: they are counted here: */
	struct sts_counters *counters; /* NULL with collectd */
	struct sts_reporter *reporter; /* NULL: counted, but not sent */
	struct sts_reporter_name name;
	uid_t uid[STS_RECORDERS];
	size_t n;
};

/* To the one or the other; done (may be NULL) as of sts_counters_add(), with
 * collectd when it is taken. */
void sts_recording_add(const struct sts_recording *recording,
    const struct sts_tls_result *result, sts_store_done_cb *done, void *arg);

#endif
