/* SPDX-License-Identifier: ISC */
#include "publish.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "print.h"

#define DAY 86400L

static int
wrong(const char *what, const char *word, const char *why)
{
	char text[256];

	fprintf(stderr, "stsgate: publish: %s: \"%s\" %s\n", what,
	    sts_str_escape(sts_str(word), text, sizeof(text)), why);
	return STS_EXIT_USAGE;
}

static int
take_domain(struct sts_publish *publish, const char *word)
{
	if (sts_domain_parse(sts_str(word), publish->domain) == STS_OK)
		return STS_EXIT_YES;
	return wrong("domain", word,
	    "can have no policy: want letters, digits and hyphens, or a name "
	    "that IDNA knows");
}

/* Testing is short, so that a mistake is; enforce is weeks (RFC 8461 10.2);
 * none is short (8.3). */
static int
take_mode(struct sts_publish *publish, const struct sts_cli *cli)
{
	const char *word = cli->mode == NULL ? "testing" : cli->mode;
	char *end = NULL;

	if (sts_mode_parse(sts_str(word), &publish->mode) != STS_OK)
		return wrong("--mode", word,
		    "is none of testing, enforce, none (RFC 8461 section 3.2)");
	publish->max_age = publish->mode == STS_MODE_ENFORCE ? 30 * DAY : DAY;
	if (cli->max_age == NULL)
		return STS_EXIT_YES;
	errno = 0;
	publish->max_age = strtol(cli->max_age, &end, 10);
	if (errno == 0 && end != cli->max_age && *end == '\0' &&
	    cli->max_age[0] >= '0' && cli->max_age[0] <= '9' &&
	    publish->max_age <= STS_MAX_AGE_MAX)
		return STS_EXIT_YES;
	return wrong("--max-age", cli->max_age,
	    "is no number of seconds from 0 to 31557600 (RFC 8461 section "
	    "3.2)");
}

/* As of `stsgate check`; testing may be short, for the reason above. */
static void
warn_of_age(const struct sts_publish *publish)
{
	long few = publish->mode == STS_MODE_ENFORCE ? STS_MAX_AGE_FEW : DAY;

	if (publish->mode == STS_MODE_NONE || publish->max_age >= few)
		return;
	fprintf(stderr,
	    "stsgate: publish: warning: max_age is %ld seconds: weeks or more "
	    "are expected (max_age-short, RFC 8461 section 3.2)\n",
	    publish->max_age);
}

static int
take_id(struct sts_publish *publish, const char *word)
{
	time_t now = time(NULL);
	struct tm tm;

	if (word == NULL) {
		(void)strftime(publish->id, sizeof(publish->id), "%Y%m%d%H%M%S",
		    gmtime_r(&now, &tm));
		return STS_EXIT_YES;
	}
	if ((size_t)snprintf(publish->id, sizeof(publish->id), "%s", word) <
	    sizeof(publish->id))
		return STS_EXIT_YES;
	return wrong(
	    "--id", word, "has more than 32 characters (RFC 8461 section 3.1)");
}

void
sts_publish_add_mx(struct sts_publish *publish, const char *pattern)
{
	size_t i;

	for (i = 0; i < publish->n_mx; i++)
		if (strcmp(publish->mx[i], pattern) == 0)
			return;
	if (publish->n_mx < STS_MX_MAX)
		(void)snprintf(publish->mx[publish->n_mx++],
		    sizeof(publish->mx[0]), "%s", pattern);
}

/* One pattern: a host, or "*." and a name. */
static int
take_mx(struct sts_publish *publish, const char *word)
{
	bool wild = strncmp(word, "*.", 2) == 0;
	char name[STS_DOMAIN_SIZE], pattern[STS_DOMAIN_SIZE + 2];

	if (publish->n_mx == STS_MX_MAX)
		return wrong("--mx", word, "is one too many");
	if (sts_domain_parse(sts_str(word + (wild ? 2 : 0)), name) != STS_OK)
		return wrong("--mx", word,
		    "is no host name, nor \"*.\" and a name (RFC 8461 section "
		    "4.1)");
	(void)snprintf(
	    pattern, sizeof(pattern), "%s%s", wild ? "*." : "", name);
	sts_publish_add_mx(publish, pattern);
	return STS_EXIT_YES;
}

/* What would end a destination, or begin another. */
static int
take_rua(const struct sts_cli *cli)
{
	size_t i;

	for (i = 0; i < cli->rua.n; i++)
		if (strpbrk(cli->rua.word[i], ",!; \t\r\n\"\\") != NULL)
			return wrong("--rua", cli->rua.word[i],
			    "has what must be %-encoded (RFC 8460 section 3)");
	return STS_EXIT_YES;
}

static int
take_hosts(struct sts_publish *publish, const struct sts_cli *cli)
{
	int code = STS_EXIT_YES;
	size_t i;

	for (i = 0; i < cli->mxs.n && code == STS_EXIT_YES; i++)
		code = take_mx(publish, cli->mxs.word[i]);
	if (cli->mxs.n == 0 && publish->mode != STS_MODE_NONE)
		code = sts_publish_live_mx(publish, cli);
	return code;
}

int
sts_cli_publish(const struct sts_cli *cli)
{
	struct sts_publish *publish = calloc(1, sizeof(*publish));
	int code;

	if (publish == NULL)
		return sts_print_trouble("publish", "out of memory");
	code = take_domain(publish, cli->argv[0]);
	if (code == STS_EXIT_YES)
		code = take_mode(publish, cli);
	if (code == STS_EXIT_YES)
		code = take_id(publish, cli->id);
	if (code == STS_EXIT_YES)
		code = take_rua(cli);
	if (code == STS_EXIT_YES)
		code = take_hosts(publish, cli);
	if (code == STS_EXIT_YES)
		code = sts_publish_texts(publish, cli);
	if (code == STS_EXIT_YES)
		warn_of_age(publish);
	if (code == STS_EXIT_YES && cli->json)
		code = sts_publish_json(publish);
	else if (code == STS_EXIT_YES)
		sts_publish_print(publish);
	free(publish->policy);
	free(publish->record);
	free(publish->tlsrpt);
	free(publish);
	return code;
}
