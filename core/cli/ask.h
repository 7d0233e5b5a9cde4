/* SPDX-License-Identifier: ISC */
#ifndef STS_ASK_H
#define STS_ASK_H

#include "cli.h"
#include "sts/client.h"
#include "sts/config.h"

#define STS_QUESTION 2048

enum sts_ask_for {
	STS_ASK_QUERY,  /* the query socket, lookup_timeout */
	STS_ASK_ADMIN,  /* the admin socket, lookup_timeout */
	STS_ASK_REFRESH /* the admin socket, fetch_timeout */
};

/* The answer's line; one at a time, it is large. */
struct sts_ask {
	enum sts_reply_kind kind;
	char line[STS_CLIENT_LINE];
};

/*
 * Read the configuration that the command line names, or the usual one if it is
 * there, for sts_config_free(). STS_EXIT_TEMP: what is wrong was told.
 */
int sts_ask_config(
    const struct sts_cli *cli, struct sts_config *out, const char **path);
/* Begin a question with a verb. */
void sts_ask_begin(char question[STS_QUESTION], const char *verb);
/* Append a word; STS_EXIT_USAGE, told, when the question gets too long. */
int sts_ask_word(char question[STS_QUESTION], const char *word);
/*
 * Append a domain as sts_domain_parse() makes it, or as it was given where it
 * can have no policy; STS_EXIT_USAGE, told, when it is no domain name.
 */
int sts_ask_domain(char question[STS_QUESTION], const char *domain);

/*
 * Ask the service. Returns STS_EXIT_YES when there is an answer to go by;
 * else an exit code: no service, or it could not find out, or it did not take
 * the question ("not-found" is STS_EXIT_NO). Then all has been printed.
 */
int sts_ask(const struct sts_cli *cli, enum sts_ask_for what,
    const char *question, struct sts_ask *out);

#endif
