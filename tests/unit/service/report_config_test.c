/* SPDX-License-Identifier: ISC */
/* The keys of reports: what they allow, what they need of each other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "sts/config.h"

static char path[] = "/tmp/stsgate-report-XXXXXX";

static int
make_file(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	return fd < 0 || close(fd) != 0;
}

static int
remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

/* The one finding, or "" where there is none. */
static const char *
finding(const char *text, unsigned *line)
{
	static struct sts_findings found;
	FILE *file = fopen(path, "w");
	struct sts_config config;
	enum sts_err err;

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	err = sts_config_load(path, true, &config, &found);
	if (err == STS_OK) {
		sts_config_free(&config);
		return "";
	}
	assert_int_equal(err, STS_ESYNTAX);
	assert_int_equal(found.n, 1);
	*line = found.list[0].line;
	return found.list[0].text;
}

static void
assert_finding(const char *text, unsigned line, const char *part)
{
	unsigned got = 0;
	const char *found = finding(text, &got);

	if (strstr(found, part) == NULL || got != line)
		fail_msg("%u: %s", got, found);
}

static void
assert_fine(const char *text)
{
	unsigned line;

	assert_string_equal(finding(text, &line), "");
}

#define BOTH "report_organization = Ex\nreport_contact = a@b.example\n"

static void
organization_and_contact(void **state)
{
	(void)state;
	assert_finding("report_organization = Ex", 1, "want report_contact");
	assert_finding("log = stderr\nreport_contact = a@b.example", 2,
	    "want report_organization");
	assert_finding("report_organization = Ex\nreport_contact = \"a b@c.d\"",
	    2, "an address such as");
	assert_finding("report_organization = Ex\nreport_contact = b.example",
	    2, "an address such as");
	assert_fine(BOTH);
}

static void
submission(void **state)
{
	(void)state;
	assert_finding("report_submission = mail.example", 1,
	    "report_submission = \"mail.example\": want a host:port");
	assert_finding(
	    "report_submission = \"192.0.2.1:25\"", 1, "only this host itself");
	assert_fine(BOTH "report_submission = \"localhost:25\"");
	assert_fine(BOTH "report_submission = \"\"");
}

/* One of the two reports. */
static void
collectd(void **state)
{
	(void)state;
	assert_fine("report_collectd = \"/run/tlsrpt/collectd.sock\"");
	assert_fine(BOTH "report_collectd = \"\"");
	assert_finding("report_collectd = \"collectd.sock\"", 1,
	    "an absolute path of at most 107 octets, or empty");
	assert_finding(BOTH "report_collectd = \"/run/c\"", 3,
	    "not with report_organization");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(organization_and_contact),
	    cmocka_unit_test(submission),
	    cmocka_unit_test(collectd),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}
