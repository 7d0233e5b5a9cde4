/* SPDX-License-Identifier: ISC */
#ifndef STS_CHECK_RESULT_H
#define STS_CHECK_RESULT_H

#include "sts/domain.h"
#include "sts/http_trace.h"
#include "sts/policy.h"

#define STS_CHECK_CODE  48
#define STS_CHECK_TEXT  400
#define STS_CHECK_ITEMS 256 /* kept of one domain; the others are counted */

/* Where it belongs, in the order in which it is told. */
enum sts_check_area {
	STS_CHECK_RECORD,
	STS_CHECK_POLICY,
	STS_CHECK_MX,
	STS_CHECK_DANE,
	STS_CHECK_TLSRPT,
	STS_CHECK_SPF,
	STS_CHECK_DMARC,
	STS_CHECK_DKIM,
	STS_CHECK_AREAS
};

enum sts_check_grade {
	STS_CHECK_FACT,    /* what was seen, and is as it should be */
	STS_CHECK_NOTE,    /* worth knowing; nothing has to be done */
	STS_CHECK_UNKNOWN, /* could not be looked at */
	STS_CHECK_WARNING, /* mail may be hurt, or will be */
	STS_CHECK_ERROR,   /* mail of some senders is hurt now */
	STS_CHECK_GRADES
};

/* Printable ASCII all, what is remote is escaped. */
struct sts_check_item {
	enum sts_check_area area;
	enum sts_check_grade grade;
	unsigned line;             /* of the policy or the TXT set; 0: none */
	char code[STS_CHECK_CODE]; /* a stable word, "" for a fact */
	char subject[STS_DOMAIN_SIZE]; /* host or record that it is about */
	char seen[STS_CHECK_TEXT];
	const char *section; /* static: "RFC 8461 section 3.2"; "" for a fact */
	const char *says;    /* static: what that section says; may be "" */
	char mend[STS_CHECK_TEXT]; /* may be "" */
};

/* A certificate that was seen. */
struct sts_check_cert {
	char host[STS_DOMAIN_SIZE];
	char address[STS_TRACE_ADDRESS];
	const char *tls; /* static */
	struct sts_cert_seen cert;
	int64_t days; /* left of it, rounded down; negative: expired */
};

/* Lives until the callback returns. */
struct sts_check_result {
	const char *domain;
	const struct sts_check_item *item; /* by area */
	size_t n, dropped;
	size_t count[STS_CHECK_GRADES];
	const char *id;                  /* of the record, "" for none */
	const struct sts_policy *policy; /* NULL: none */
	const struct sts_check_cert *cert;
	size_t n_cert;
};

const char *sts_check_area_name(enum sts_check_area area);    /* "mx" */
const char *sts_check_grade_name(enum sts_check_grade grade); /* "error" */

#endif
