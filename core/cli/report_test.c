/* SPDX-License-Identifier: ISC */
/* Is the mail of a report signed as RFC 8460 wants it (section 3)? */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "admin.h"
#include "input.h"
#include "key_record.h"
#include "print.h"
#include "sts/dkim.h"
#include "sts/report_read.h"

#define CELL 300
#define NAME 600

/* What was looked at, and what was seen. */
struct test {
	const struct sts_cli *cli;
	struct sts_str mail, submitter;
	json_t *checks;
	bool good;   /* of the signature that is looked at */
	bool unsure; /* DNS could not say */
};

static const char *
shown(struct sts_str text, char buf[CELL])
{
	return sts_str_escape(text, buf, CELL);
}

/* One line; the text is of ours, or was escaped. */
static void __attribute__((format(printf, 4, 5)))
check(struct test *test, bool good, const char *what, const char *fmt, ...)
{
	char text[3 * CELL];
	va_list list;

	va_start(list, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, list);
	va_end(list);
	if (!good)
		test->good = false;
	if (!test->cli->json)
		printf("%s %-10s %s\n", good ? "ok" : "NO", what, text);
	(void)json_array_append_new(
	    test->checks, json_pack("{s:s, s:b, s:s}", "what", what, "ok", good,
			      "text", text));
}

static void
check_fields(struct test *test, const struct sts_dkim *sig)
{
	static const char *const names[] = {
	    "From", "TLS-Report-Domain", "TLS-Report-Submitter"};
	char missing[CELL] = "";
	size_t n = 0;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!sts_dkim_covers(sig, names[i]))
			n += (size_t)snprintf(missing + n, sizeof(missing) - n,
			    "%s%s", n > 0 ? ", " : "", names[i]);
	check(test, missing[0] == '\0', "fields", "%s%s",
	    missing[0] == '\0'
		? "From, TLS-Report-Domain and TLS-Report-Submitter are signed"
		: "not signed (RFC 8460 section 5.3): ",
	    missing);
}

/* The record of the key into buf; p is NULL: there is none to go by. */
static struct sts_str
find_record(struct test *test, const char *name, char buf[STS_KEY_RECORD])
{
	struct sts_str record = {NULL, 0}, file;
	char text[CELL];
	size_t n = 0;

	if (test->cli->key != NULL) {
		if (sts_input_file(test->cli->key, STS_KEY_RECORD - 1, &file) ==
		    0) {
			n = file.n < STS_KEY_RECORD ? file.n : 0;
			memcpy(buf, file.p, n);
			free((char *)file.p);
			record = (struct sts_str){buf, n};
		} else {
			test->unsure = true;
			sts_print_trouble(test->cli->key, strerror(errno));
		}
		return record;
	}
	switch (sts_key_record(name, buf, &n)) {
	case STS_KEY_FOUND:
		return (struct sts_str){buf, n};
	case STS_KEY_ABSENT:
		check(test, false, "key", "there is no record at %s",
		    shown(sts_str(name), text));
		return record;
	case STS_KEY_UNKNOWN:
		break;
	}
	test->unsure = true;
	sts_print_trouble(name, "DNS does not answer");
	return record;
}

static void
check_key(struct test *test, const struct sts_dkim *sig)
{
	char name[NAME], record[STS_KEY_RECORD], text[CELL];
	struct sts_dkim_key key;
	struct sts_str found;
	const char *why;

	(void)snprintf(name, sizeof(name), "%.*s._domainkey.%.*s",
	    (int)sig->selector.n, sig->selector.p, (int)sig->domain.n,
	    sig->domain.p);
	found = find_record(test, name, record);
	if (found.p == NULL)
		return;
	sts_dkim_key(found, &key);
	check(test, key.wrong == NULL, "key", "%s%s%s",
	    shown(sts_str(name), text), key.wrong != NULL ? ": " : "",
	    key.wrong != NULL ? key.wrong : "");
	if (key.wrong != NULL)
		return;
	check(test, true, "service", "%s",
	    key.tlsrpt ? "s=tlsrpt"
		       : "s= does not name tlsrpt: a receiver may ignore the "
			 "report (RFC 8460 section 3)");
	why = sts_dkim_head(test->mail, sig, &key);
	check(test, why == NULL, "signature", "%s",
	    why != NULL ? why : "it is by that key");
}

static void
check_signature(struct test *test, const struct sts_dkim *sig)
{
	char selector[CELL], algorithm[CELL];
	const char *why = sig->wrong;

	if (why == NULL && sig->expires > 0 && sig->expires < time(NULL))
		why = "it has expired (x=)";
	if (why == NULL && sig->length)
		why = "it has l=, which lets a body grow (RFC 8460 section 3)";
	check(test, why == NULL, "form", "selector %s, %s%s%s",
	    shown(sig->selector, selector), shown(sig->algorithm, algorithm),
	    why != NULL ? ": " : "", why != NULL ? why : "");
	if (why != NULL)
		return;
	check_fields(test, sig);
	why = sts_dkim_body(test->mail, sig);
	check(test, why == NULL, "body", "%s",
	    why != NULL ? why : "it is as it was signed");
	check_key(test, sig);
}

/* One signature of the submitter that is right is enough. */
static bool
check_all(struct test *test)
{
	struct sts_dkim sig[STS_DKIM_MAX];
	size_t n = sts_dkim_list(test->mail, sig), own = 0;
	bool good = false, unsure = false;
	char name[CELL];

	for (size_t i = 0; i < n && !good; i++) {
		if (!sts_str_caseeq(sig[i].domain, test->submitter))
			continue;
		own++;
		test->good = true;
		test->unsure = false;
		check(test, true, "domain", "signed by %s, who submits it",
		    shown(test->submitter, name));
		check_signature(test, &sig[i]);
		good = test->good && !test->unsure;
		unsure = unsure || test->unsure;
	}
	if (own == 0)
		check(test, false, "domain",
		    "no signature of %s, and %zu of others",
		    shown(test->submitter, name), n);
	test->unsure = unsure && !good;
	return good;
}

static int
run(struct test *test)
{
	bool good = false;

	test->submitter = sts_dkim_field(test->mail, "TLS-Report-Submitter");
	if (test->submitter.n == 0)
		check(test, false, "report",
		    "there is no field TLS-Report-Submitter");
	else
		good = check_all(test);
	if (test->unsure) {
		json_decref(test->checks);
		return STS_EXIT_TEMP;
	}
	if (test->cli->json)
		return sts_print_json(json_pack("{s:b, s:o}", "good", good,
					  "checks", test->checks),
		    good ? STS_EXIT_YES : STS_EXIT_NO);
	json_decref(test->checks);
	return good ? STS_EXIT_YES : STS_EXIT_NO;
}

static int
tell_sent(const struct sts_cli *cli, const struct sts_ask *ask)
{
	if (ask->kind != STS_REPLY_OK)
		return sts_admin_unexpected(ask);
	if (cli->json)
		return sts_print_json(
		    json_pack("{ss}", "kind", "ok"), STS_EXIT_YES);
	puts("the mail server has taken it; when it has arrived, look at it "
	     "with:\nstsgate report test FILE");
	return STS_EXIT_YES;
}

static int
send_one(const struct sts_cli *cli)
{
	char question[STS_QUESTION];
	struct sts_ask *ask = malloc(sizeof(*ask));
	int code;

	if (ask == NULL)
		return sts_print_trouble("report test", "out of memory");
	sts_ask_begin(question, "report-test");
	code = sts_ask_word(question, cli->send);
	if (code == STS_EXIT_YES)
		code = sts_ask_word(question, "progress");
	if (code == STS_EXIT_YES)
		code = sts_ask(cli, STS_ASK_REFRESH, question, ask);
	if (code == STS_EXIT_YES)
		code = tell_sent(cli, ask);
	free(ask);
	return code;
}

int
sts_cli_report_test(const struct sts_cli *cli)
{
	struct test test = {.cli = cli};
	int code;

	if (cli->send != NULL && cli->argc == 0)
		return send_one(cli);
	if (cli->send != NULL || cli->argc == 0) {
		fputs("stsgate: want either --send ADDRESS or a FILE; see "
		      "stsgate --help\n",
		    stderr);
		return STS_EXIT_USAGE;
	}
	if (sts_input_file(cli->argv[0], STS_READ_FILE_MAX, &test.mail) != 0)
		return sts_print_trouble(cli->argv[0], strerror(errno));
	test.checks = json_array();
	if (test.mail.n > STS_READ_FILE_MAX || test.checks == NULL) {
		free((char *)test.mail.p);
		json_decref(test.checks);
		return sts_print_trouble(cli->argv[0], "too long");
	}
	code = run(&test);
	free((char *)test.mail.p);
	return code;
}
