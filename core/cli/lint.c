/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "findings.h"
#include "input.h"
#include "print.h"
#include "rrset.h"
#include "sts/policy.h"
#include "sts/tlsrpt.h"

/*
 * Tell the result: an object that has what was found beside "valid", or NULL
 * where it is not valid.
 */
static int
tell(const struct sts_cli *cli, json_t *found, const struct sts_diags *diags)
{
	int code = found != NULL ? STS_EXIT_YES : STS_EXIT_NO;
	json_t *object;
	int failed;

	if (!cli->json) {
		sts_findings_print(cli->argv[0], diags);
		puts(found != NULL ? "valid" : "not valid");
		if (found != NULL)
			sts_print_value(NULL, found, 1);
		json_decref(found);
		return code;
	}
	object = json_pack("{sb}", "valid", found != NULL);
	failed = found != NULL && json_object_update(object, found) != 0;
	json_decref(found);
	if (failed || sts_findings_json(object, diags) != 0) {
		json_decref(object);
		object = NULL;
	}
	return sts_print_json(object, code);
}

static int
no_memory(void)
{
	return sts_print_trouble("lint", "out of memory");
}

int
sts_cli_lint_record(const struct sts_cli *cli)
{
	struct sts_rrset set = {0};
	struct sts_diags diags = {0};
	char id[STS_ID_SIZE];
	json_t *found = NULL;
	int code = sts_rrset_read(cli->argv[0], &set);

	if (code != STS_EXIT_YES)
		return code;
	if (sts_record_parse(&set.txt, id, &diags) == STS_OK) {
		found = json_pack("{ss}", "id", id);
		code = found == NULL ? no_memory() : STS_EXIT_YES;
	}
	if (code == STS_EXIT_YES)
		code = tell(cli, found, &diags);
	sts_rrset_free(&set);
	return code;
}

static json_t *
destinations(const struct sts_tlsrpt *tlsrpt)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < tlsrpt->n; i++)
		if (json_array_append_new(list, json_stringn(tlsrpt->rua[i].p,
						    tlsrpt->rua[i].n)) != 0) {
			json_decref(list);
			return NULL;
		}
	return json_pack("{so}", "rua", list);
}

int
sts_cli_lint_tlsrpt(const struct sts_cli *cli)
{
	struct sts_rrset set = {0};
	struct sts_diags diags = {0};
	struct sts_tlsrpt tlsrpt;
	json_t *found = NULL;
	int code = sts_rrset_read(cli->argv[0], &set);

	if (code != STS_EXIT_YES)
		return code;
	if (sts_tlsrpt_parse(&set.txt, &tlsrpt, &diags) == STS_OK) {
		found = destinations(&tlsrpt);
		code = found == NULL ? no_memory() : STS_EXIT_YES;
	}
	if (code == STS_EXIT_YES)
		code = tell(cli, found, &diags);
	sts_rrset_free(&set);
	return code;
}

static json_t *
policy_fields(const struct sts_policy *policy)
{
	json_t *mx = json_array();
	size_t i;

	for (i = 0; i < policy->n_mx; i++)
		if (json_array_append_new(mx, json_string(policy->mx[i])) !=
		    0) {
			json_decref(mx);
			return NULL;
		}
	return json_pack("{ss sI so}", "mode", sts_mode_name(policy->mode),
	    "max_age", (json_int_t)policy->max_age, "mx", mx);
}

int
sts_cli_lint_policy(const struct sts_cli *cli)
{
	struct sts_diags diags = {0};
	struct sts_policy *policy = NULL;
	struct sts_str text;
	json_t *found = NULL;
	enum sts_err err;

	if (sts_input_file(cli->argv[0], STS_POLICY_TEXT_MAX, &text) != 0)
		return sts_print_trouble(cli->argv[0], strerror(errno));
	err = sts_policy_parse(text, &policy, &diags);
	free((char *)text.p);
	if (err != STS_OK && err != STS_ESYNTAX)
		return no_memory();
	if (policy != NULL) {
		found = policy_fields(policy);
		sts_policy_free(policy);
		if (found == NULL)
			return no_memory();
	}
	return tell(cli, found, &diags);
}
