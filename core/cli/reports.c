/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "admin.h"
#include "print.h"

#define DAY_SECONDS 86400

static const char *
text_of(const json_t *object, const char *key, char buf[256])
{
	const char *text = json_string_value(json_object_get(object, key));

	return sts_str_escape(
	    sts_str(text == NULL || text[0] == '\0' ? "-" : text), buf, 256);
}

static long long
number_of(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

/* The day that was named, or one so many days ago (UTC). */
static int
add_day(const struct sts_cli *cli, int ago, char question[STS_QUESTION])
{
	time_t then = time(NULL) - (time_t)ago * DAY_SECONDS;
	char word[64] = "day=";
	struct tm tm;

	if (cli->argc > 1)
		snprintf(word + 4, sizeof(word) - 4, "%s", cli->argv[1]);
	else if (gmtime_r(&then, &tm) == NULL ||
		 strftime(word + 4, sizeof(word) - 4, "%Y-%m-%d", &tm) == 0)
		return sts_print_trouble("report", "what day is it");
	return sts_ask_word(question, word);
}

/* Ask of a domain and a day, and have the answer told. */
static int
ask_report(const struct sts_cli *cli, const char *verb, int ago,
    enum sts_ask_for what, sts_admin_tell_fn *tell)
{
	char question[STS_QUESTION];
	struct sts_ask *ask;
	int code;

	sts_ask_begin(question, verb);
	code = sts_ask_domain(question, cli->argv[0]);
	if (code == STS_EXIT_YES)
		code = add_day(cli, ago, question);
	if (code == STS_EXIT_YES && what == STS_ASK_REFRESH)
		code = sts_ask_word(question, "progress");
	if (code != STS_EXIT_YES)
		return code;
	ask = malloc(sizeof(*ask));
	if (ask == NULL)
		return sts_print_trouble(verb, "out of memory");
	code = sts_ask(cli, what, question, ask);
	if (code == STS_EXIT_YES)
		code = tell(cli, ask);
	free(ask);
	return code;
}

static void
print_policy(const json_t *policy)
{
	const json_t *details = json_object_get(policy, "details");
	char result[256], mx[256], ip[256], reason[256];
	const json_t *detail;
	size_t i;

	printf("%s: %lld succeeded, %lld failed\n",
	    text_of(policy, "type", result), number_of(policy, "successful"),
	    number_of(policy, "failed"));
	json_array_foreach (details, i, detail) {
		printf("  %8lld  %-26s %s %s %s\n",
		    number_of(detail, "sessions"),
		    text_of(detail, "result", result),
		    text_of(detail, "mx", mx),
		    text_of(detail, "receiving_ip", ip),
		    text_of(detail, "reason", reason));
	}
	if (number_of(policy, "details_count") > (long long)i)
		printf("  and %lld more kinds\n",
		    number_of(policy, "details_count") - (long long)i);
}

static int
tell_report(const struct sts_cli *cli, const struct sts_ask *ask)
{
	json_t *report = sts_admin_json(ask);
	const json_t *policy;
	char domain[256], day[256];
	size_t i;

	if (!json_is_array(json_object_get(report, "policies"))) {
		json_decref(report);
		return sts_admin_unexpected(ask);
	}
	if (cli->json)
		return sts_print_json(report, STS_EXIT_YES);
	printf("%s, %s UTC\n", text_of(report, "domain", domain),
	    text_of(report, "day", day));
	json_array_foreach (json_object_get(report, "policies"), i, policy) {
		print_policy(policy);
	}
	if (number_of(report, "dropped") > 0)
		printf("dropped: %lld\n", number_of(report, "dropped"));
	json_decref(report);
	return STS_EXIT_YES;
}

static int
tell_preview(const struct sts_cli *cli, const struct sts_ask *ask)
{
	json_t *report = sts_admin_json(ask);
	char *text;

	if (report == NULL)
		return sts_admin_unexpected(ask);
	if (cli->json)
		return sts_print_json(report, STS_EXIT_YES);
	text = json_dumps(report, JSON_INDENT(2) | JSON_ENSURE_ASCII);
	json_decref(report);
	if (text == NULL)
		return sts_print_trouble("report preview", "out of memory");
	puts(text);
	free(text);
	return STS_EXIT_YES;
}

static int
tell_sent(const struct sts_cli *cli, const struct sts_ask *ask)
{
	if (ask->kind != STS_REPLY_OK)
		return sts_admin_unexpected(ask);
	if (cli->json)
		return sts_print_json(
		    json_pack("{ss}", "kind", "ok"), STS_EXIT_YES);
	puts("sent");
	return STS_EXIT_YES;
}

int
sts_cli_report_show(const struct sts_cli *cli)
{
	return ask_report(cli, "report", 0, STS_ASK_ADMIN, tell_report);
}

int
sts_cli_report_preview(const struct sts_cli *cli)
{
	return ask_report(
	    cli, "report-preview", 0, STS_ASK_ADMIN, tell_preview);
}

int
sts_cli_report_send(const struct sts_cli *cli)
{
	return ask_report(cli, "report-send", 1, STS_ASK_REFRESH, tell_sent);
}

static void
print_row(const json_t *report)
{
	char day[256], domain[256], state[256], last[256], next[32] = "-";

	if (number_of(report, "next") > 0)
		(void)sts_print_time(number_of(report, "next"), next);
	printf("%s %-30s %-13s %3lld %-23s %s\n", text_of(report, "day", day),
	    text_of(report, "domain", domain), text_of(report, "state", state),
	    number_of(report, "tries"), next, text_of(report, "last", last));
}

/* One part of the list into all; after: where it begins, then the next, "":
 * there is none. It must go forward. */
static int
list_part(const struct sts_cli *cli, struct sts_ask *ask, json_t *all,
    char after[STS_QUESTION])
{
	char question[STS_QUESTION], word[STS_QUESTION], day[256], domain[256];
	const json_t *list, *last;
	json_t *part;
	int code = STS_EXIT_YES;

	snprintf(word, sizeof(word), "after=%s", after);
	sts_ask_begin(question, "reports");
	if (after[0] != '\0')
		code = sts_ask_word(question, word);
	if (code == STS_EXIT_YES)
		code = sts_ask(cli, STS_ASK_ADMIN, question, ask);
	if (code != STS_EXIT_YES)
		return code;
	part = sts_admin_json(ask);
	list = json_object_get(part, "reports");
	last = json_array_get(list, json_array_size(list) - 1);
	word[0] = '\0';
	if (last != NULL && json_is_true(json_object_get(part, "more")))
		snprintf(word, sizeof(word), "%s/%s", text_of(last, "day", day),
		    text_of(last, "domain", domain));
	if (!json_is_array(list) ||
	    (word[0] != '\0' && strcmp(word, after) <= 0))
		code = sts_admin_unexpected(ask);
	else if (json_array_extend(all, (json_t *)list) != 0)
		code = sts_print_trouble("report list", "out of memory");
	snprintf(after, STS_QUESTION, "%s", word);
	json_decref(part);
	return code;
}

int
sts_cli_report_list(const struct sts_cli *cli)
{
	char after[STS_QUESTION] = "";
	struct sts_ask *ask = malloc(sizeof(*ask));
	json_t *all = json_array();
	const json_t *report;
	int code = STS_EXIT_YES;
	size_t i;

	if (ask == NULL || all == NULL)
		code = sts_print_trouble("report list", "out of memory");
	else
		do
			code = list_part(cli, ask, all, after);
		while (code == STS_EXIT_YES && after[0] != '\0');
	free(ask);
	if (code == STS_EXIT_YES && cli->json)
		return sts_print_json(json_pack("{so}", "reports", all), code);
	if (code == STS_EXIT_YES)
		json_array_foreach (all, i, report) {
			print_row(report);
		}
	json_decref(all);
	return code;
}
