/* SPDX-License-Identifier: ISC */
#ifndef STS_METRICS_H
#define STS_METRICS_H

#include "cli.h"

/*
 * What the service counts and the policies that it holds, in the text format
 * of Prometheus, for the textfile collector of its node exporter. Where the
 * service does not answer that is told (stsgate_up 0), and the exit code is as
 * for every question.
 */
int sts_metrics(const struct sts_cli *cli);

/*
 * One sample. help and type come first unless name is as that of the call
 * before. labels are "" or "key=\"value\"", without braces.
 */
void sts_metric(const char *name, const char *labels, const char *type,
    const char *help, long long value);

/* Gauges of the policies held, of how many are about to be lost. */
int sts_metrics_policies(const struct sts_cli *cli);

#endif
