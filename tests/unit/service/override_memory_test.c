/* SPDX-License-Identifier: ISC */
/* Memory runs out at every place where overrides are read: that is told as
 * what it is, and nothing is taken half. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "sts/config.h"
#include "sts/override.h"

void *__real_malloc(size_t n);
void *__wrap_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__real_reallocarray(void *p, size_t n, size_t size);
void *__wrap_reallocarray(void *p, size_t n, size_t size);
char *__real_strdup(const char *text);
char *__wrap_strdup(const char *text);
int __wrap_asprintf(char **out, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static long left; /* before one fails; negative: none does */
static bool failed;

static bool
fails(void)
{
	if (left < 0 || left-- > 0)
		return false;
	failed = true;
	return true;
}

void *
__wrap_malloc(size_t n)
{
	return fails() ? NULL : __real_malloc(n);
}

void *
__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

void *
__wrap_reallocarray(void *p, size_t n, size_t size)
{
	return fails() ? NULL : __real_reallocarray(p, n, size);
}

char *
__wrap_strdup(const char *text)
{
	return fails() ? NULL : __real_strdup(text);
}

int
__wrap_asprintf(char **out, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (fails())
		return -1;
	va_start(ap, fmt);
	n = vasprintf(out, fmt, ap);
	va_end(ap);
	return n;
}

static char path[] = "/tmp/stsgate-memory-XXXXXX";
static char policy[] = "/tmp/stsgate-memory-XXXXXX";

static void
put(const char *name, const char *text)
{
	FILE *file = fopen(name, "w");

	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

static void
test_every_place(void **state)
{
	static struct sts_findings found;
	struct sts_config config;
	char text[400];
	enum sts_err err;
	long n;

	(void)state;
	put(policy, "version: STSv1\nmode: enforce\nmx: *.a.example\n"
		    "mx: mx.a.example\nmax_age: 86400\n");
	snprintf(text, sizeof(text),
	    "override a.example { mode = off }\n"
	    "override .b.example { policy = \"%s\" mode = testing }\n"
	    "override b\303\274cher.example { mode = enforce }\n",
	    policy);
	put(path, text);
	for (n = 0;; n++) {
		memset(&config, 0xa5, sizeof(config));
		failed = false;
		left = n;
		err = sts_config_load(path, true, &config, &found);
		left = -1;
		if (!failed)
			break;
		assert_int_equal(err, STS_ENOMEM);
		assert_int_equal(found.n, 0);
		assert_int_equal(*(unsigned char *)&config, 0xa5);
	}
	assert_int_equal(err, STS_OK);
	assert_true(n > 20);
	assert_int_equal(sts_overrides_count(config.overrides), 3);
	sts_config_free(&config);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_place),
	};
	int rc;

	close(mkstemp(path));
	close(mkstemp(policy));
	left = -1;
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(path);
	unlink(policy);
	return rc;
}
