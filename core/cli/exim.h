/* SPDX-License-Identifier: ISC */
#ifndef STS_EXIM_H
#define STS_EXIM_H

#include <jansson.h>

#include "cli.h"
#include "exim_text.h"
#include "sts/str.h"

#define STS_EXIM_WHY 640 /* room for a message made of parts */

/* What was found: arrays of errors and warnings; what --try came to. */
struct sts_exim_report {
	json_t *errors;
	json_t *warnings;
	json_t *tried; /* NULL: nothing was */
};

/* What Exim said of itself; the text is sts_exim_check()'s. */
struct sts_exim {
	const char *binary;
	struct sts_exim_report *report;
	struct sts_str config;     /* -bP config: macros, ACLs */
	struct sts_str transports; /* -bP transports */
	struct sts_str routers;    /* -bP routers */
	struct sts_str features;   /* -bV */
	struct sts_str user;       /* -bP exim_user */
};

enum sts_exim_severity { STS_EXIM_ERROR, STS_EXIM_WARNING };

/*
 * Ask Exim what it is configured to do and put what is against a safe use of
 * stsgate into the report: {"rule": option, "transport", "router" or "acl":
 * name, "message": why, "instead": what to write}. Returns STS_EXIT_YES when
 * Exim could be asked (findings or not), STS_EXIT_USAGE for a --try that is
 * no domain, else STS_EXIT_TEMP, told.
 */
int sts_exim_check(const struct sts_cli *cli, struct sts_exim_report *report);

/* Where Exim is; NULL: nowhere on PATH nor beside it. buf has size octets. */
const char *sts_exim_find(char *buf, size_t size);

/* A finding. kind is "transport", "router" or "acl", NULL for none of them and
 * then name does not count; instead may be NULL. */
struct sts_exim_finding {
	enum sts_exim_severity severity;
	const char *rule;
	const char *kind;
	struct sts_str name;
	const char *why;
	const char *instead;
};

/* Append it. Returns 0, -1 without memory. */
int sts_exim_add(
    const struct sts_exim *exim, const struct sts_exim_finding *finding);

/* One that is about none of these. */
int sts_exim_tell(const struct sts_exim *exim, enum sts_exim_severity severity,
    const char *rule, const char *why, const char *instead);
/* The name of the user that Exim delivers as, in buf; "" where it has none. */
const char *sts_exim_user(const struct sts_exim *exim, char *buf, size_t size);

/* The checks. Return 0, or -1 without memory. */
int sts_exim_acls(const struct sts_exim *exim);
int sts_exim_transports(const struct sts_exim *exim);
/* No transport asks stsgate: why, as far as can be seen. */
int sts_exim_idle(const struct sts_exim *exim);
int sts_exim_routers(const struct sts_exim *exim);
int sts_exim_reach(const struct sts_exim *exim);
int sts_exim_modules(const struct sts_exim *exim);
int sts_exim_routing(const struct sts_exim *exim);
/* Route DOMAIN and ask the service of it; STS_EXIT_YES, or a code, told. */
int sts_exim_try(const struct sts_exim *exim, const struct sts_cli *cli);

#endif
