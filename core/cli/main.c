/* SPDX-License-Identifier: ISC */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "sts/domain.h"

/* Options that only some verbs take. */
enum {
	TAKES_SOCKET = 1,
	TAKES_CONFIG = 2,
	TAKES_MX = 4,
	TAKES_EXIM = 8,
	TAKES_PROMETHEUS = 16,
	TAKES_PUBLISH = 32,
	TAKES_CHECK = 64,
	TAKES_TEST = 128,
	ASKS = TAKES_SOCKET | TAKES_CONFIG
};

static const struct verb {
	const char *word, *second; /* second is NULL for one-word verbs */
	int least, most;           /* arguments; most < 0: any number */
	unsigned takes;
	sts_verb_fn *run;
} verbs[] = {
    {"query", NULL, 1, 1, ASKS | TAKES_MX, sts_cli_query},
    {"explain", NULL, 1, 1, ASKS | TAKES_MX, sts_cli_explain},
    {"lint", "record", 1, 1, 0, sts_cli_lint_record},
    {"lint", "policy", 1, 1, 0, sts_cli_lint_policy},
    {"lint", "tlsrpt", 1, 1, 0, sts_cli_lint_tlsrpt},
    {"check", NULL, 0, -1, TAKES_CONFIG | TAKES_CHECK, sts_cli_check},
    {"match", NULL, 1, -1, 0, sts_cli_match},
    {"cache", "list", 0, 0, ASKS, sts_cli_cache_list},
    {"cache", "show", 1, 1, ASKS, sts_cli_cache_show},
    {"cache", "refresh", 1, 1, ASKS, sts_cli_cache_refresh},
    {"cache", "purge", 1, 1, ASKS, sts_cli_cache_purge},
    {"cluster", NULL, 0, 0, ASKS, sts_cli_cluster},
    {"report", "list", 0, 0, ASKS, sts_cli_report_list},
    {"report", "show", 1, 2, ASKS, sts_cli_report_show},
    {"report", "preview", 1, 2, ASKS, sts_cli_report_preview},
    {"report", "send", 1, 2, ASKS, sts_cli_report_send},
    {"report", "read", 1, 1, 0, sts_cli_report_read},
    {"report", "test", 0, 1, ASKS | TAKES_TEST, sts_cli_report_test},
    {"publish", NULL, 1, 1, TAKES_CONFIG | TAKES_MX | TAKES_PUBLISH,
	sts_cli_publish},
    {"stats", NULL, 0, 0, ASKS | TAKES_PROMETHEUS, sts_cli_stats},
    {"reload", NULL, 0, 0, ASKS, sts_cli_reload},
    {"config", "check", 0, 0, TAKES_CONFIG | TAKES_EXIM, sts_cli_config_check},
};

enum {
	OPT_EXIM = 256,
	OPT_EXIM_BINARY,
	OPT_ID,
	OPT_JOBS,
	OPT_JSON,
	OPT_KEY,
	OPT_MAX_AGE,
	OPT_MODE,
	OPT_MX,
	OPT_NO_PROBE,
	OPT_PROMETHEUS,
	OPT_RUA,
	OPT_SELECTOR,
	OPT_SEND,
	OPT_TRY
};

#define JOBS     64
#define JOBS_MAX 256

static const struct option options[] = {
    {"config", required_argument, NULL, 'c'},
    {"exim", no_argument, NULL, OPT_EXIM},
    {"exim-binary", required_argument, NULL, OPT_EXIM_BINARY},
    {"file", required_argument, NULL, 'f'},
    {"help", no_argument, NULL, 'h'},
    {"id", required_argument, NULL, OPT_ID},
    {"jobs", required_argument, NULL, OPT_JOBS},
    {"json", no_argument, NULL, OPT_JSON},
    {"key", required_argument, NULL, OPT_KEY},
    {"max-age", required_argument, NULL, OPT_MAX_AGE},
    {"mode", required_argument, NULL, OPT_MODE},
    {"mx", required_argument, NULL, OPT_MX},
    {"no-probe", no_argument, NULL, OPT_NO_PROBE},
    {"prometheus", no_argument, NULL, OPT_PROMETHEUS},
    {"rua", required_argument, NULL, OPT_RUA},
    {"selector", required_argument, NULL, OPT_SELECTOR},
    {"send", required_argument, NULL, OPT_SEND},
    {"socket", required_argument, NULL, 's'},
    {"try", required_argument, NULL, OPT_TRY},
    {"version", no_argument, NULL, 'V'},
    {NULL, 0, NULL, 0},
};

static int
wrong_usage(const char *what, const char *word)
{
	fprintf(stderr, "stsgate: %s%s; see stsgate --help\n", what, word);
	return STS_EXIT_USAGE;
}

/* One more word; too many are no option. */
static int
take_word(struct sts_words *words, const char *word, int takes)
{
	if (words->n == STS_OPTION_MAX) {
		fprintf(stderr, "stsgate: more than %d of one option\n",
		    STS_OPTION_MAX);
		return -1;
	}
	words->word[words->n++] = word;
	return takes;
}

static int
take_publish(struct sts_cli *cli, int option)
{
	switch (option) {
	case OPT_ID:
		cli->id = optarg;
		return TAKES_PUBLISH;
	case OPT_MAX_AGE:
		cli->max_age = optarg;
		return TAKES_PUBLISH;
	case OPT_MODE:
		cli->mode = optarg;
		return TAKES_PUBLISH;
	case OPT_RUA:
		return take_word(&cli->rua, optarg, TAKES_PUBLISH);
	default:
		return -1;
	}
}

/* What only check takes: TAKES_CHECK, or -1 for what is none. */
static int
take_check(struct sts_cli *cli, int option)
{
	char host[STS_DOMAIN_SIZE], *end;

	switch (option) {
	case 'f':
		cli->file = optarg;
		return TAKES_CHECK;
	case OPT_NO_PROBE:
		cli->no_probe = true;
		return TAKES_CHECK;
	case OPT_JOBS:
		cli->jobs = strtoul(optarg, &end, 10);
		if (*end == '\0' && cli->jobs > 0 && cli->jobs <= JOBS_MAX)
			return TAKES_CHECK;
		break;
	case OPT_SELECTOR:
		if (sts_host_parse(sts_str(optarg), host) != STS_OK ||
		    cli->n_selectors == STS_SELECTORS_MAX)
			break;
		cli->selectors[cli->n_selectors++] = optarg;
		return TAKES_CHECK;
	default:
		return -1;
	}
	(void)wrong_usage("not to be used: ", optarg);
	return -1;
}

/* Take one option; returns which verbs have it, or -1 for none. */
static int
take_option(struct sts_cli *cli, int option)
{
	int takes;

	switch (option) {
	case 'c':
		cli->config = optarg;
		return TAKES_CONFIG;
	case 's':
		cli->socket = optarg;
		return TAKES_SOCKET;
	case OPT_MX:
		cli->mx = optarg;
		return take_word(&cli->mxs, optarg, TAKES_MX);
	case OPT_EXIM:
		cli->exim = true;
		return TAKES_EXIM;
	case OPT_EXIM_BINARY:
		cli->exim_binary = optarg;
		return TAKES_EXIM;
	case OPT_PROMETHEUS:
		cli->prometheus = true;
		return TAKES_PROMETHEUS;
	case OPT_TRY:
		cli->try_domain = optarg;
		return TAKES_EXIM;
	case OPT_KEY:
		cli->key = optarg;
		return TAKES_TEST;
	case OPT_SEND:
		cli->send = optarg;
		return TAKES_TEST;
	case OPT_JSON:
		cli->json = true;
		return 0;
	default:
		takes = take_publish(cli, option);
		return takes < 0 ? take_check(cli, option) : takes;
	}
}

static const struct verb *
find_verb(struct sts_cli *cli)
{
	size_t i;

	for (i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		int words = verbs[i].second == NULL ? 1 : 2;

		if (cli->argc < words ||
		    strcmp(cli->argv[0], verbs[i].word) != 0)
			continue;
		if (words == 2 && strcmp(cli->argv[1], verbs[i].second) != 0)
			continue;
		cli->argv += words;
		cli->argc -= words;
		return &verbs[i];
	}
	return NULL;
}

/* Where one word is right, tell which may follow it. */
static int
no_verb(const char *word)
{
	size_t i, n = 0;

	if (word[0] == '\0')
		return wrong_usage("want a verb", "");
	for (i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (verbs[i].second == NULL || strcmp(word, verbs[i].word) != 0)
			continue;
		if (n++ == 0)
			fprintf(stderr, "stsgate: %s: want", word);
		fprintf(stderr, "%s %s", n > 1 ? "," : "", verbs[i].second);
	}
	if (n == 0)
		return wrong_usage("no such verb: ", word);
	fputs("; see stsgate --help\n", stderr);
	return STS_EXIT_USAGE;
}

static int
run(struct sts_cli *cli, unsigned given)
{
	const struct verb *verb;
	const char *word = cli->argc > 0 ? cli->argv[0] : "";

	verb = find_verb(cli);
	if (verb == NULL)
		return no_verb(word);
	if (cli->argc < verb->least ||
	    (verb->most >= 0 && cli->argc > verb->most))
		return wrong_usage("wrong number of arguments to ", word);
	if (given & ~verb->takes)
		return wrong_usage("an option that is not for ", word);
	if (cli->json && cli->prometheus)
		return wrong_usage("--json or --prometheus", "");
	return verb->run(cli);
}

static int
help(const struct sts_cli *cli)
{
	const char *verb = cli->argc > 0 ? cli->argv[0] : "";

	fputs(strcmp(verb, "config") == 0  ? sts_cli_help_config
	      : strcmp(verb, "check") == 0 ? sts_cli_help_check
					   : sts_cli_help,
	    stdout);
	return STS_EXIT_YES;
}

/* What was printed must have got out, or the exit code says too much. */
static int
flushed(int code)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return code;
	perror("stsgate: standard output");
	return STS_EXIT_TEMP;
}

int
main(int argc, char **argv)
{
	struct sts_cli cli = {.jobs = JOBS};
	unsigned given = 0;
	int option, takes;
	bool wanted = false;

	/* Who starts us may ignore it: then no child's end could be seen. */
	signal(SIGCHLD, SIG_DFL);
	while ((option = getopt_long(argc, argv, "c:f:hs:V", options, NULL)) !=
	       -1) {
		if (option == 'h') {
			wanted = true;
			continue;
		}
		if (option == 'V') {
			puts("stsgate " STS_VERSION);
			return flushed(STS_EXIT_YES);
		}
		takes = take_option(&cli, option);
		if (takes < 0)
			return STS_EXIT_USAGE; /* getopt has told why */
		given |= (unsigned)takes;
	}
	cli.argv = argv + optind;
	cli.argc = argc - optind;
	return flushed(wanted ? help(&cli) : run(&cli, given));
}
