/* SPDX-License-Identifier: ISC */
#ifndef STS_FILTER_LOG_H
#define STS_FILTER_LOG_H

/*
 * One line to standard error, which smtpd logs as a warning with the filter's
 * name before it. Never blocks: a line that finds no room is lost. What is not
 * printable ASCII becomes '?'.
 */
__attribute__((format(printf, 1, 2))) void
sts_filter_log(const char *format, ...);

#endif
