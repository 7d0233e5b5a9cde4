/* SPDX-License-Identifier: ISC */
#ifndef STS_CONFIG_H
#define STS_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "sts/config_redis.h"
#include "sts/config_report.h"
#include "sts/err.h"
#include "sts/findings.h"
#include "sts/log.h"

#define STS_CONFIG_FILE     "/etc/stsgate/stsgate.conf"
#define STS_CONFIG_LIST_MAX 32 /* values of a list */

enum sts_config_resolver {
	STS_CONFIG_SYSTEM,
	STS_CONFIG_FORWARD,
	STS_CONFIG_RECURSIVE
};

enum sts_config_log { STS_CONFIG_SYSLOG, STS_CONFIG_STDERR };

struct sts_config_list {
	char *v[STS_CONFIG_LIST_MAX];
	size_t n;
};

/* One member for each key, under its name; strings are never NULL. */
struct sts_config {
	char *query_socket;
	char *admin_socket;
	unsigned query_socket_mode; /* 0666 */
	unsigned admin_socket_mode;
	char *socket_group; /* "": that of the process */
	char *store;        /* a folder, or "memory" */
	char *user;         /* "": stay who we are */
	int resolver;       /* enum sts_config_resolver */
	char *resolv_conf;
	struct sts_config_list forwarders;
	char *root_hints;   /* "": the resolver's own */
	char *trust_anchor; /* "": no validation */
	char *ca_file;
	char *proxy;                            /* "": none */
	struct sts_config_list allow_addresses; /* "10.0.0.0/8" */
	int probe;                              /* 0: off, 1: on */
	int64_t probe_timeout;                  /* milliseconds */
	int64_t probes_max;
	int64_t probes_per_address;
	char *helo_name;                  /* "": the system's */
	struct sts_config_list own_hosts; /* none: the same */
	int64_t lookup_timeout;           /* these four: milliseconds */
	int64_t dns_timeout;
	int64_t fetch_timeout;
	int64_t refresh_interval;
	int on_dns_error; /* 0: continue, 1: defer */
	int64_t fetches_max;
	int64_t fetches_per_zone;
	int64_t fetches_per_address;
	int64_t domains_max;
	int64_t connections_max;
	struct sts_config_redis redis;
	struct sts_config_report report;
	struct sts_config_list report_users; /* who may record results */
	int log, log_level; /* enum sts_config_log, enum sts_level */
	int64_t policy_port;
	int64_t probe_port;
	struct sts_overrides *overrides; /* NULL: none; see override.h */
};

/*
 * Read a file over the defaults. A missing one is a finding if it must exist,
 * else the defaults alone. On STS_OK *out is for sts_config_free(). Findings
 * are cleared first. STS_ESYNTAX: there are findings; STS_ETEMP: the file
 * could not be read (a finding says why); STS_ENOMEM.
 */
enum sts_err sts_config_load(const char *path, bool must_exist,
    struct sts_config *out, struct sts_findings *findings);
void sts_config_free(struct sts_config *config);
/* The same, with a look at the files of secrets, for who may read them. */
enum sts_err sts_config_check(
    const char *path, bool must_exist, struct sts_findings *findings);

/* Write an example file: every key, what it is, its default, commented. */
void sts_config_example(FILE *out);

#endif
