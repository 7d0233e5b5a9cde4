/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "findings.h"
#include "print.h"
#include "publish.h"
#include "sts/tlsrpt.h"

static char *
policy_text(const struct sts_publish *publish)
{
	char *text = NULL;
	size_t i, size;
	FILE *out = open_memstream(&text, &size);

	if (out == NULL)
		return NULL;
	fprintf(
	    out, "version: STSv1\nmode: %s\n", sts_mode_name(publish->mode));
	for (i = 0; i < publish->n_mx; i++)
		fprintf(out, "mx: %s\n", publish->mx[i]);
	fprintf(out, "max_age: %ld\n", publish->max_age);
	if (fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}

/* Without --rua: that mailbox every domain has (RFC 5321 section 4.5.1). */
static char *
tlsrpt_text(const struct sts_publish *publish, const struct sts_cli *cli)
{
	char *text = NULL;
	size_t i, size;
	FILE *out = open_memstream(&text, &size);

	if (out == NULL)
		return NULL;
	fprintf(out, "v=TLSRPTv1; rua=");
	for (i = 0; i < cli->rua.n; i++)
		fprintf(out, "%s%s", i == 0 ? "" : ",", cli->rua.word[i]);
	if (cli->rua.n == 0)
		fprintf(out, "mailto:postmaster@%s", publish->domain);
	if (fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}

/* Findings are about what was given; nothing is to be published then. */
static int
told(const char *what, const struct sts_diags *diags, bool good)
{
	size_t i;

	if (good && diags->n == 0)
		return STS_EXIT_YES;
	for (i = 0; i < diags->n; i++)
		fprintf(stderr, "stsgate: %s: %s (%s, %s)\n", what,
		    diags->list[i].text, diags->list[i].rule,
		    diags->list[i].section);
	if (diags->n == 0)
		fprintf(stderr, "stsgate: %s: not valid\n", what);
	return STS_EXIT_USAGE;
}

static int
look_at_policy(const struct sts_publish *publish)
{
	struct sts_policy *policy = NULL;
	struct sts_diags diags = {0};
	bool good = sts_policy_parse(
			sts_str(publish->policy), &policy, &diags) == STS_OK;

	sts_policy_free(policy);
	return told("policy", &diags, good);
}

static int
look_at_record(const struct sts_publish *publish)
{
	struct sts_str rr = sts_str(publish->record);
	struct sts_txt txt = {&rr, 1};
	struct sts_diags diags = {0};
	char id[STS_ID_SIZE];

	return told(
	    "--id", &diags, sts_record_parse(&txt, id, &diags) == STS_OK);
}

static int
look_at_tlsrpt(const struct sts_publish *publish, size_t wanted)
{
	struct sts_str rr = sts_str(publish->tlsrpt);
	struct sts_txt txt = {&rr, 1};
	struct sts_diags diags = {0};
	struct sts_tlsrpt found = {0};
	bool good = sts_tlsrpt_parse(&txt, &found, &diags) == STS_OK;

	return told("--rua", &diags, good && found.n == wanted);
}

int
sts_publish_texts(struct sts_publish *publish, const struct sts_cli *cli)
{
	int code;

	publish->policy = policy_text(publish);
	publish->tlsrpt = tlsrpt_text(publish, cli);
	if (asprintf(&publish->record, "v=STSv1; id=%s;", publish->id) < 0)
		publish->record = NULL;
	if (publish->policy == NULL || publish->tlsrpt == NULL ||
	    publish->record == NULL)
		return sts_print_trouble("publish", "out of memory");
	code = look_at_policy(publish);
	if (code == STS_EXIT_YES)
		code = look_at_record(publish);
	if (code == STS_EXIT_YES)
		code =
		    look_at_tlsrpt(publish, cli->rua.n == 0 ? 1 : cli->rua.n);
	return code;
}
