/* SPDX-License-Identifier: ISC */
#ifndef STS_EXIM_RULES_H
#define STS_EXIM_RULES_H

#include "exim.h"

enum sts_exim_test {
	STS_EXIM_FIRST,  /* asks before all else and on no condition */
	STS_EXIM_LIST,   /* asks for all hosts, or demands of all of them */
	STS_EXIM_GUARD,  /* asks, or the option is off */
	STS_EXIM_WHOLE,  /* asks, and holds nothing else */
	STS_EXIM_SOURCE, /* asks; a value of one's own has its price */
	STS_EXIM_NAME,   /* asks, or is text */
	STS_EXIM_CERT,   /* asks, or is text in the light form */
	STS_EXIM_IS,     /* the value is text, or the option unknown */
	STS_EXIM_OFF,    /* the option is off, or unknown */
	STS_EXIM_SET,    /* the value is not empty */
	STS_EXIM_EMPTY   /* nothing, or the option unknown */
};

/* What an option of a transport must be like. */
struct sts_exim_rule {
	const char *option;
	enum sts_exim_test test;
	enum sts_exim_severity severity;
	const char *text; /* IS, NAME, CERT: the value */
	const char *word; /* what is to be asked, as the module knows it */
	const char *why;
	const char *instead;
};

/* For transports to MX hosts, to a smart host, to either; a rule without an
 * option ends them. */
extern const struct sts_exim_rule sts_exim_rules_mx[];
extern const struct sts_exim_rule sts_exim_rules_via[];
extern const struct sts_exim_rule sts_exim_rules_common[];

#endif
