/* SPDX-License-Identifier: ISC */
#ifndef STS_REPORT_H
#define STS_REPORT_H

#include "sts/tally.h"

/* Who reports. */
struct sts_reporter_name {
	const char *organization; /* organization-name; UTF-8 */
	const char *contact;      /* contact-info: a dot-atom @ a domain */
	const char *submitter;    /* its domain, an A-label */
	const char *host; /* NULL; or whose report beside the cluster's this is:
			   * letters, digits, '.', '-' of it are in the id */
};

#define STS_REPORT_ID   584 /* octets, with the NUL */
#define STS_REPORT_FILE 700

/* The same for each try (RFC 8460 section 5.3): of domain, day, submitter. */
void sts_report_id(const struct sts_reporter_name *name,
    const struct sts_tally *tally, char out[STS_REPORT_ID]);
/* "sender!policy-domain!begin!end!uid.json.gz" (section 5.1). */
void sts_report_file(const struct sts_reporter_name *name,
    const struct sts_tally *tally, char out[STS_REPORT_FILE]);

/* The JSON of section 4.4. Malloc'd, for the caller to free. STS_ENOMEM.
 * Sessions under policies that there was no room for are not in it. */
enum sts_err sts_report_json(const struct sts_reporter_name *name,
    const struct sts_tally *tally, char **out, size_t *size);
/* RFC 1952; the same octets give the same. Malloc'd; STS_ENOMEM. */
enum sts_err sts_report_gzip(struct sts_str plain, char **out, size_t *size);
/* Malloc'd, of max octets at most. STS_ESYNTAX: broken or cut short;
 * STS_ELIMIT: it unpacks to more; STS_ENOMEM. */
enum sts_err
sts_report_gunzip(struct sts_str packed, size_t max, char **out, size_t *size);

/*
 * The whole mail of section 5.3 with LF at the end of lines, for sendmail: from
 * contact, to one address; a text for people, and the report. date: wall
 * seconds. STS_EINVAL: the address cannot be written in a header.
 */
enum sts_err sts_report_mail(const struct sts_reporter_name *name,
    const struct sts_tally *tally, const char *to, struct sts_str gzip,
    int64_t date, char **out, size_t *size);

#endif
