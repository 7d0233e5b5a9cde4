/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admin.h"
#include "print.h"

/* The domain that the next part of the list begins after, or NULL. */
static const char *
last_domain(const json_t *part)
{
	const json_t *policies = json_object_get(part, "policies");
	size_t n = json_array_size(policies);

	if (n == 0 || !json_is_true(json_object_get(part, "more")))
		return NULL;
	return json_string_value(
	    json_object_get(json_array_get(policies, n - 1), "domain"));
}

static int
next_question(char question[STS_QUESTION], const char *after)
{
	char word[STS_QUESTION];

	sts_ask_begin(question, "list");
	if (after[0] == '\0')
		return STS_EXIT_YES;
	snprintf(word, sizeof(word), "after=%s", after);
	return sts_ask_word(question, word);
}

/*
 * One part of the list into all. after is where it begins, and then where the
 * next one does, "" for the end; it must go forward.
 */
static int
list_part(const struct sts_cli *cli, struct sts_ask *ask, json_t *all,
    char after[STS_QUESTION])
{
	char question[STS_QUESTION];
	const char *last;
	json_t *part;
	int code = next_question(question, after);

	if (code == STS_EXIT_YES)
		code = sts_ask(cli, STS_ASK_ADMIN, question, ask);
	if (code != STS_EXIT_YES)
		return code;
	part = sts_admin_json(ask);
	last = part == NULL ? NULL : last_domain(part);
	if (!json_is_array(json_object_get(part, "policies")) ||
	    (last != NULL && strcmp(last, after) <= 0))
		code = sts_admin_unexpected(ask);
	else if (json_array_extend(all, json_object_get(part, "policies")))
		code = sts_print_trouble("list", "out of memory");
	snprintf(after, STS_QUESTION, "%s", last == NULL ? "" : last);
	json_decref(part);
	return code;
}

int
sts_admin_list(const struct sts_cli *cli, json_t **out)
{
	struct sts_ask *ask = malloc(sizeof(*ask));
	json_t *all = json_array();
	char after[STS_QUESTION] = "";
	int code = STS_EXIT_YES;

	if (ask == NULL || all == NULL)
		code = sts_print_trouble("list", "out of memory");
	else
		do
			code = list_part(cli, ask, all, after);
		while (code == STS_EXIT_YES && after[0] != '\0');
	free(ask);
	if (code != STS_EXIT_YES) {
		json_decref(all);
		all = NULL;
	}
	*out = all;
	return code;
}
