/* SPDX-License-Identifier: ISC */
/*
 * Makes the report of a day for test_json.py and test_mail.py.
 *
 *	report_make DIR ORGANIZATION CONTACT SUBMITTER DOMAIN DAY TO DATE
 *
 * reads results from standard input, one a line: sessions, type of policy,
 * result, then policy, mx, sending ip, receiving ip, helo and reason in
 * hexadecimal, "-" if empty. Writes report.json, report.json.gz and
 * report.eml into DIR; prints the report's id and its file's name.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sts/report.h"

#define TEXTS 6

static void
must(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "report_make: %s\n", what);
	exit(1);
}

/* In place. */
static struct sts_str
from_hex(char *text)
{
	size_t n = strcmp(text, "-") == 0 ? 0 : strlen(text) / 2;

	for (size_t i = 0; i < n; i++) {
		char digits[] = {text[2 * i], text[2 * i + 1], '\0'};

		text[i] = (char)strtoul(digits, NULL, 16);
	}
	return (struct sts_str){text, n};
}

static char *
word(char **rest)
{
	char *found = strsep(rest, " \n");

	must(found != NULL, "a word is missing");
	return found;
}

static void
count(struct sts_tally *tally, char *line)
{
	unsigned long sessions = strtoul(word(&line), NULL, 10);
	struct sts_tls_result r = {.domain = tally->domain};
	struct sts_str *const texts[TEXTS] = {&r.policy, &r.mx, &r.sending_ip,
	    &r.receiving_ip, &r.helo, &r.reason};
	enum sts_err err;

	must(sts_policy_type_parse(sts_str(word(&line)), &r.policy_type) ==
		 STS_OK,
	    "policy");
	must(sts_result_type_parse(sts_str(word(&line)), &r.result) == STS_OK,
	    "result");
	for (size_t i = 0; i < TEXTS; i++)
		*texts[i] = from_hex(word(&line));
	while (sessions-- > 0) {
		err = sts_tally_add(tally, &r);
		must(err == STS_OK || err == STS_ELIMIT, sts_err_name(err));
	}
}

static void
write_file(const char *dir, const char *name, const char *p, size_t n)
{
	char path[4096];
	FILE *out;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	out = fopen(path, "w");
	must(
	    out != NULL && fwrite(p, 1, n, out) == n && fclose(out) == 0, path);
}

static void
make(const struct sts_reporter_name *name, const struct sts_tally *tally,
    char **argv)
{
	char id[STS_REPORT_ID], file[STS_REPORT_FILE];
	char *json, *gzip, *mail;
	size_t n, packed, whole;

	must(sts_report_json(name, tally, &json, &n) == STS_OK, "json");
	must(sts_report_gzip((struct sts_str){json, n}, &gzip, &packed) ==
		 STS_OK,
	    "gzip");
	must(sts_report_mail(name, tally, argv[7],
		 (struct sts_str){gzip, packed}, strtoll(argv[8], NULL, 10),
		 &mail, &whole) == STS_OK,
	    "mail");
	write_file(argv[1], "report.json", json, n);
	write_file(argv[1], "report.json.gz", gzip, packed);
	write_file(argv[1], "report.eml", mail, whole);
	sts_report_id(name, tally, id);
	sts_report_file(name, tally, file);
	printf("%s\n%s\n", id, file);
	free(json);
	free(gzip);
	free(mail);
}

int
main(int argc, char **argv)
{
	struct sts_reporter_name name;
	struct sts_tally *tally;
	char *line = NULL;
	size_t room = 0;

	must(
	    argc == 9, "DIR ORGANIZATION CONTACT SUBMITTER DOMAIN DAY TO DATE");
	name = (struct sts_reporter_name){argv[2], argv[3], argv[4], NULL};
	tally = sts_tally_new(argv[5], strtoll(argv[6], NULL, 10));
	must(tally != NULL, "memory");
	while (getline(&line, &room, stdin) > 0)
		count(tally, line);
	make(&name, tally, argv);
	free(line);
	sts_tally_free(tally);
	return 0;
}
