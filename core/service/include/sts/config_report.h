/* SPDX-License-Identifier: ISC */
#ifndef STS_CONFIG_REPORT_H
#define STS_CONFIG_REPORT_H

#include <stdint.h>

/* The keys that begin with "report", but for report_users; strings are never
 * NULL. Without an organization, or a collectd, nothing is counted or reported.
 */
struct sts_config_report {
	char *organization;
	char *contact;    /* an address of mail; there is one with the other */
	char *sendmail;   /* a program */
	char *collectd;   /* a socket; "": none. With it, no organization */
	char *submission; /* see loopback.h; "": by the program */
};

#endif
