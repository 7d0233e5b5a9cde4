/* SPDX-License-Identifier: ISC */
#ifndef STS_EXIM_H
#define STS_EXIM_H

#include <jansson.h>

#include "cli.h"
#include "sts/str.h"

/*
 * Ask Exim what it is configured to do and append what is against a safe use
 * of stsgate: {"rule": option, "transport" or "router": name, "message": why}.
 * Returns
 * STS_EXIT_YES when Exim could be asked (findings or not), else
 * STS_EXIT_TEMP, told.
 */
int sts_exim_check(const struct sts_cli *cli, json_t *findings);

/* Run "binary -bP what"; text.p is for free(). Returns as above. */
int sts_exim_run(const char *binary, const char *what, struct sts_str *text);
/* Where Exim is; NULL: nowhere on PATH nor beside it. buf has size octets. */
const char *sts_exim_find(char *buf, size_t size);

/* One block of -bP output: the options of a transport or a router. */
struct sts_exim_block {
	struct sts_str name;
	struct sts_str text;
};

enum sts_exim_state {
	STS_EXIM_ABSENT, /* this Exim has no such option */
	STS_EXIM_FALSE,  /* no_option */
	STS_EXIM_TRUE,   /* option */
	STS_EXIM_VALUE   /* option = value */
};

/* Cut the next "NAME <kind>:" block off; false: there is none. */
bool sts_exim_next_block(
    struct sts_str *rest, const char *kind, struct sts_exim_block *block);
enum sts_exim_state sts_exim_option(const struct sts_exim_block *block,
    const char *option, struct sts_str *value);
bool sts_exim_contains(struct sts_str text, const char *word);
bool sts_exim_next_line(struct sts_str *rest, struct sts_str *line);

/*
 * Append a finding; kind is "transport" or "router", NULL for neither and then
 * name does not count. Returns 0, -1 without memory.
 */
int sts_exim_add(json_t *findings, const char *rule, const char *kind,
    struct sts_str name, const char *why);

/* The checks, each over one output of exim -bP. Return 0 or -1. */
int sts_exim_config(struct sts_str config, json_t *findings);
int sts_exim_transports(
    struct sts_str transports, struct sts_str routers, json_t *findings);

#endif
