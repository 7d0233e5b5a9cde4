/* SPDX-License-Identifier: ISC */
#include <time.h>

#include "service_link.h"

#define MS_PER_S  1000
#define NS_PER_MS 1000000

/* A file of its own, so that a test can bring another clock. */
int64_t
sts_link_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * MS_PER_S + ts.tv_nsec / NS_PER_MS;
}
