/* SPDX-License-Identifier: ISC */
/* A build without Redis: its keys are there, and a URL says what is missing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "sts/config.h"

static char path[] = "/tmp/stsgate-redis-XXXXXX";

static enum sts_err
check(const char *text, struct sts_findings *found)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	return sts_config_check(path, true, found);
}

static void
none(void **state)
{
	struct sts_findings found;

	(void)state;
	assert_int_equal(
	    check("redis = \"\"\nredis_secret_file = \"/nonexistent\"\n"
		  "redis_trust = verify\n",
		&found),
	    STS_OK);
	assert_int_equal(
	    check("\nredis = \"redis://r.example\"\n", &found), STS_ESYNTAX);
	assert_int_equal(found.n, 1);
	assert_int_equal(found.list[0].line, 2);
	assert_string_equal(
	    found.list[0].text, "redis: this build has no Redis (STS_REDIS)");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(none)};
	int rc;

	close(mkstemp(path));
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(path);
	return rc;
}
