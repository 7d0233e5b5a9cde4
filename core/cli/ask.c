/* SPDX-License-Identifier: ISC */
#include "ask.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "answer.h"
#include "print.h"
#include "sts/domain.h"

#define SILENCE_MS 1500  /* without a line the service is gone */
#define MARGIN_MS  2000  /* above what the service allows itself */
#define QUERY_MS   12000 /* where no config tells, these two */
#define REFRESH_MS 67000
#define WORD       32

void
sts_ask_begin(char question[STS_QUESTION], const char *verb)
{
	snprintf(question, STS_QUESTION, "%s", verb);
}

int
sts_ask_word(char question[STS_QUESTION], const char *word)
{
	size_t n = strlen(question);

	if (n + 1 < STS_QUESTION) {
		memcpy(question + n, " ", 2);
		if (word[0] != '\0' &&
		    sts_client_escape(question, STS_QUESTION, word) == 0)
			return STS_EXIT_YES;
	}
	sts_print_trouble(word, "too long, or empty");
	return STS_EXIT_USAGE;
}

int
sts_ask_domain(char question[STS_QUESTION], const char *domain)
{
	char made[STS_DOMAIN_SIZE];

	switch (sts_domain_parse(sts_str(domain), made)) {
	case STS_OK:
		return sts_ask_word(question, made);
	case STS_EINVAL:
		return sts_ask_word(question, domain);
	case STS_ENOMEM:
		return sts_print_trouble(domain, "out of memory");
	default:
		sts_print_trouble(domain, "not a domain name");
		return STS_EXIT_USAGE;
	}
}

int
sts_ask_config(
    const struct sts_cli *cli, struct sts_config *out, const char **path)
{
	struct sts_findings findings;

	*path = cli->config != NULL ? cli->config : STS_CONFIG_FILE;
	if (sts_config_load(*path, cli->config != NULL, out, &findings) ==
	    STS_OK)
		return STS_EXIT_YES;
	sts_print_config(*path, &findings);
	return STS_EXIT_TEMP;
}

/* Why, as far as who asks can see it. */
static void
print_silence(const char *path)
{
	char why[128] = "the service does not answer";

	if (access(path, W_OK) != 0)
		snprintf(why, sizeof(why), "the service does not answer: %s%s",
		    strerror(errno),
		    errno == EACCES ? "; be root, or see stsgate.conf(5)" : "");
	sts_print_trouble(path, why);
}

/* Ask at the socket the config names, with its times. */
static int
ask_configured(const struct sts_cli *cli, enum sts_ask_for what,
    const char *question, struct sts_ask *out)
{
	const char *path;
	struct sts_config config;
	struct sts_client_config client = {.silence_ms = SILENCE_MS};

	if (sts_ask_config(cli, &config, &path) != STS_EXIT_YES)
		return sts_print_trouble(path, "not usable; see --socket");
	client.socket = config.query_socket;
	client.total_ms = config.lookup_timeout + MARGIN_MS;
	if (what != STS_ASK_QUERY)
		client.socket = config.admin_socket;
	if (what == STS_ASK_REFRESH)
		client.total_ms =
		    config.dns_timeout + config.fetch_timeout + MARGIN_MS;
	if (cli->socket != NULL)
		client.socket = cli->socket;
	out->kind =
	    sts_client_ask(&client, question, out->line, sizeof(out->line));
	if (out->kind == STS_REPLY_TEMP && out->line[0] == '\0')
		print_silence(client.socket);
	sts_config_free(&config);
	return STS_EXIT_YES;
}

/* --socket without --config: nothing of the config is needed. */
static void
ask_socket(const struct sts_cli *cli, enum sts_ask_for what,
    const char *question, struct sts_ask *out)
{
	struct sts_client_config client = {
	    .socket = cli->socket, .silence_ms = SILENCE_MS};

	client.total_ms = what == STS_ASK_REFRESH ? REFRESH_MS : QUERY_MS;
	out->kind =
	    sts_client_ask(&client, question, out->line, sizeof(out->line));
	if (out->kind == STS_REPLY_TEMP && out->line[0] == '\0')
		print_silence(client.socket);
}

static int
error_code(const char *line)
{
	char code[WORD];

	sts_answer_word(line, 2, code, sizeof(code));
	if (strcmp(code, "not-found") == 0 || strcmp(code, "config") == 0)
		return STS_EXIT_NO;
	if (strcmp(code, "domain") == 0 || strcmp(code, "syntax") == 0)
		return STS_EXIT_USAGE;
	return STS_EXIT_TEMP;
}

/* Tell an answer that says nothing of what was asked. */
static int
print_refusal(const struct sts_cli *cli, const struct sts_ask *ask)
{
	int code = STS_EXIT_TEMP;
	json_t *object;

	if (ask->line[0] == '\0')
		return cli->json
			   ? sts_print_json(json_pack("{ss ss}", "kind", "temp",
						"reason", "no-service"),
				 code)
			   : code;
	if (ask->kind == STS_REPLY_ERROR)
		code = error_code(ask->line);
	if (cli->prometheus) { /* there nothing else may stand between */
		(void)sts_print_trouble("unexpected answer", ask->line);
		return code;
	}
	object = sts_answer_json(ask->line);
	if (cli->json)
		return sts_print_json(object, code);
	sts_answer_print(object);
	json_decref(object);
	return code;
}

int
sts_ask(const struct sts_cli *cli, enum sts_ask_for what, const char *question,
    struct sts_ask *out)
{
	int code = STS_EXIT_YES;

	if (cli->socket != NULL && cli->config == NULL)
		ask_socket(cli, what, question, out);
	else
		code = ask_configured(cli, what, question, out);
	if (code != STS_EXIT_YES)
		return code;
	if (out->kind == STS_REPLY_TEMP || out->kind == STS_REPLY_ERROR)
		return print_refusal(cli, out);
	return STS_EXIT_YES;
}
