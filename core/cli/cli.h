/* SPDX-License-Identifier: ISC */
#ifndef STS_CLI_H
#define STS_CLI_H

#include <stdbool.h>
#include <stddef.h>

#define STS_SELECTORS_MAX 16

/* What the command ends with; never "no" when something only went wrong. */
enum sts_exit {
	STS_EXIT_YES = 0,  /* yes, valid, found */
	STS_EXIT_NO = 1,   /* no, invalid, not there */
	STS_EXIT_TEMP = 2, /* could not find out */
	STS_EXIT_USAGE = 64
};

#define STS_OPTION_MAX 64

/* An option that may be given many times. */
struct sts_words {
	const char *word[STS_OPTION_MAX];
	size_t n;
};

/* The command line, taken apart. */
struct sts_cli {
	bool json;
	bool exim;               /* --exim */
	bool prometheus;         /* --prometheus */
	const char *socket;      /* NULL: as the config says */
	const char *config;      /* NULL: the usual file, if it is there */
	const char *mx;          /* --mx, the last, or NULL */
	struct sts_words mxs;    /* --mx, all */
	struct sts_words rua;    /* --rua */
	const char *mode;        /* --mode, or NULL */
	const char *max_age;     /* --max-age, or NULL */
	const char *id;          /* --id, or NULL */
	const char *exim_binary; /* NULL: exim4 or exim */
	const char *try_domain;  /* --try, or NULL */
	const char *file;        /* --file, or NULL */
	bool no_probe;           /* --no-probe */
	size_t jobs;             /* --jobs, 1.. */
	const char *selectors[STS_SELECTORS_MAX]; /* --selector */
	size_t n_selectors;
	const char *key;  /* --key, or NULL */
	const char *send; /* --send, or NULL */
	char **argv;      /* what follows the verb */
	int argc;
};

typedef int sts_verb_fn(const struct sts_cli *cli);

sts_verb_fn sts_cli_query;
sts_verb_fn sts_cli_explain;
sts_verb_fn sts_cli_lint_record;
sts_verb_fn sts_cli_lint_policy;
sts_verb_fn sts_cli_lint_tlsrpt;
sts_verb_fn sts_cli_match;
sts_verb_fn sts_cli_check;
sts_verb_fn sts_cli_cache_list;
sts_verb_fn sts_cli_cache_show;
sts_verb_fn sts_cli_cache_refresh;
sts_verb_fn sts_cli_cache_purge;
sts_verb_fn sts_cli_cluster;
sts_verb_fn sts_cli_report_list;
sts_verb_fn sts_cli_report_show;
sts_verb_fn sts_cli_report_preview;
sts_verb_fn sts_cli_report_send;
sts_verb_fn sts_cli_report_read;
sts_verb_fn sts_cli_report_test;
sts_verb_fn sts_cli_stats;
sts_verb_fn sts_cli_publish;
sts_verb_fn sts_cli_config_check;
sts_verb_fn sts_cli_reload;

extern const char sts_cli_help[];
extern const char sts_cli_help_config[]; /* of config check */
extern const char sts_cli_help_check[];  /* of check */

#endif
