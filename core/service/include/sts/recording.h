/* SPDX-License-Identifier: ISC */
#ifndef STS_RECORDING_H
#define STS_RECORDING_H

#include <sys/types.h>

#include "sts/counters.h"
#include "sts/reporter.h"

#define STS_RECORDERS 32

/* Where results of TLS are counted for reports, and by whom they may be told:
 * by these users, by root, and on the admin socket. */
struct sts_recording {
	struct sts_counters *counters;
	struct sts_reporter *reporter; /* NULL: counted, but not sent */
	struct sts_reporter_name name;
	uid_t uid[STS_RECORDERS];
	size_t n;
};

#endif
