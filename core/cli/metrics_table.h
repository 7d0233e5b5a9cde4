/* SPDX-License-Identifier: ISC */
#ifndef STS_METRICS_TABLE_H
#define STS_METRICS_TABLE_H

#include <stddef.h>

/* A number in the answer to "stats", and how Prometheus is told of it. */
struct sts_metric_row {
	const char *object; /* that it is in; NULL: at the top */
	const char *key;
	const char *name, *labels, *type, *help;
};

extern const struct sts_metric_row sts_metric_rows[];
extern const size_t sts_metric_n_rows;

#endif
