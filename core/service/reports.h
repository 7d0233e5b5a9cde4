/* SPDX-License-Identifier: ISC */
#ifndef STS_SERVICE_REPORTS_H
#define STS_SERVICE_REPORTS_H

#include "daemon.h"

/* TLS reports, if an organization is configured; after the engine. */
enum sts_err sts_daemon_reports(struct sts_daemon *daemon);
const struct sts_recording *
sts_daemon_recording(const struct sts_daemon *daemon);
void sts_daemon_reports_use(
    struct sts_daemon *daemon, struct sts_resolver *resolver);
void sts_daemon_reports_close(struct sts_daemon *daemon);

#endif
