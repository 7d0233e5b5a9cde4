/* SPDX-License-Identifier: ISC */
/* The keys of Redis: each by itself, what they need of each other, and the
 * files that they name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "sts/config.h"

#define NOBODY 65534
#define URL    "redis = \"redis://r.example\"\n"

static char path[] = "/tmp/stsgate-redis-XXXXXX";
static char secret[sizeof(path) + 8];

static void
put(const char *name, const char *text, mode_t mode)
{
	FILE *file = fopen(name, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	assert_int_equal(chmod(name, mode), 0);
}

static enum sts_err
load(const char *text, struct sts_config *config)
{
	struct sts_findings found;
	enum sts_err err;

	put(path, text, 0644);
	err = sts_config_load(path, true, config, &found);
	if (err != STS_OK)
		print_error("%u: %s\n", found.list[0].line, found.list[0].text);
	return err;
}

/* One finding, and it is this. */
static void
is_found(const char *text, enum sts_err want, unsigned line, const char *part)
{
	struct sts_findings found;

	put(path, text, 0644);
	assert_int_equal(sts_config_check(path, true, &found), want);
	assert_int_equal(found.n, 1);
	if (found.list[0].line != line ||
	    strstr(found.list[0].text, part) == NULL)
		fail_msg("%u: %s", found.list[0].line, found.list[0].text);
	assert_null(strstr(found.list[0].text, "sesame"));
}

static const char every_key[] =
    "redis = \"sentinel://s1.example,s2.example/mail/2\"\n"
    "redis_user = out\nredis_password_file = /tmp/p\n"
    "redis_prefix = \"mail-2:\"\nredis_secret_file = /tmp/s\n"
    "redis_secret_file_old = /tmp/o\nredis_trust = verify\n"
    "redis_wait = 1s\nredis_connect_timeout = 10ms\nredis_timeout = 30s\n";

static void
keys(void **state)
{
	struct sts_config c;

	(void)state;
	assert_int_equal(load(every_key, &c), STS_OK);
	assert_string_equal(
	    c.redis.url, "sentinel://s1.example,s2.example/mail/2");
	assert_string_equal(c.redis.user, "out");
	assert_string_equal(c.redis.password_file, "/tmp/p");
	assert_string_equal(c.redis.prefix, "mail-2:");
	assert_string_equal(c.redis.secret_file, "/tmp/s");
	assert_string_equal(c.redis.secret_file_old, "/tmp/o");
	assert_int_equal(c.redis.trust, STS_CONFIG_VERIFY);
	assert_int_equal(c.redis.wait, 1000);
	assert_int_equal(c.redis.connect_timeout, 10);
	assert_int_equal(c.redis.timeout, 30000);
	sts_config_free(&c);
	/* What belongs to TLS is let stand while there is no Redis. */
	assert_int_equal(
	    load("redis_ca_file = a\nredis_cert_file = b\nredis_key_file = c\n",
		&c),
	    STS_OK);
	assert_string_equal(c.redis.ca_file, "a");
	assert_string_equal(c.redis.cert_file, "b");
	assert_string_equal(c.redis.key_file, "c");
	sts_config_free(&c);
}

static void
values(void **state)
{
	(void)state;
	is_found("\nredis = \"redis://r.example:0\"\n", STS_ESYNTAX, 2,
	    "redis: the port is a number from 1 to 65535");
	is_found("redis = r.example", STS_ESYNTAX, 1, "redis: want redis://");
	/* The password is not told to the log. */
	is_found("redis = \"redis://u:sesame@r.example\"", STS_ESYNTAX, 1,
	    "redis: a user or password does not belong in a URL");
	is_found("redis_prefix = \"\"", STS_ESYNTAX, 1,
	    "want 1 to 64 letters, digits");
	is_found("redis_prefix = \"a*\"", STS_ESYNTAX, 1, "redis_prefix");
	is_found("redis_trust = no", STS_ESYNTAX, 1, "want take or verify");
	is_found("redis_wait = 0ms", STS_ESYNTAX, 1, "a time from 1ms to 1s");
	is_found("redis_wait = 2s", STS_ESYNTAX, 1, "a time from 1ms to 1s");
	is_found("redis_timeout = 1m", STS_ESYNTAX, 1, "from 10ms to 30s");
	is_found("redis_connect_timeout = 9ms", STS_ESYNTAX, 1, "from 10ms");
}

static void
together(void **state)
{
	(void)state;
	is_found(
	    "\n" URL, STS_ESYNTAX, 2, "redis: want redis_secret_file with it");
	is_found(URL "redis_secret_file = s\nredis_user = u\n", STS_ESYNTAX, 3,
	    "redis_user: want redis_password_file with it");
	is_found(URL "redis_secret_file = s\nredis_ca_file = c\n", STS_ESYNTAX,
	    3, "redis_ca_file: want redis = \"rediss://...\" with it");
}

static void
tls(void **state)
{
	struct sts_config c;

	(void)state;
	assert_int_equal(load("redis = \"rediss://r.example\"\n"
			      "redis_secret_file = s\nredis_ca_file = a\n"
			      "redis_cert_file = b\nredis_key_file = c\n",
			     &c),
	    STS_OK);
	sts_config_free(&c);
	is_found("redis = \"rediss://r.example\"\nredis_secret_file = s\n"
		 "redis_cert_file = b\n",
	    STS_ESYNTAX, 3, "redis_cert_file: want redis_key_file with it");
	is_found("redis = \"rediss://r.example\"\nredis_secret_file = s\n"
		 "redis_key_file = b\n",
	    STS_ESYNTAX, 3, "redis_key_file: want redis_cert_file with it");
}

static void
with_secret(const char *text, mode_t mode, enum sts_err want, const char *part)
{
	char conf[256];

	put(secret, text, mode);
	snprintf(
	    conf, sizeof(conf), URL "\nredis_secret_file = \"%s\"\n", secret);
	is_found(conf, want, 3, part);
}

static void
files(void **state)
{
	static const char good[] = "0123456789abcdef0123456789abcdef\n";
	struct sts_findings found;
	struct sts_config c;
	char conf[512];

	(void)state;
	with_secret("short", 0600, STS_ESYNTAX, "too short");
	with_secret(good, 0604, STS_ESYNTAX, "open to others");
	put(secret, good, 0600);
	snprintf(conf, sizeof(conf),
	    URL "redis_secret_file = \"%s\"\n"
		"redis_secret_file_old = \"%s\"\n"
		"redis_user = u\nredis_password_file = \"%s\"\n",
	    secret, secret, secret);
	put(path, conf, 0644);
	assert_int_equal(sts_config_check(path, true, &found), STS_OK);
	strcat(conf, "redis_password_file = /nonexistent\n");
	is_found(conf, STS_ESYNTAX, 6,
	    "redis_password_file = \"/nonexistent\": No such file");
	/* Who only wants the socket need not read them. */
	assert_int_equal(load(conf, &c), STS_OK);
	sts_config_free(&c);
}

/* What may not be read is neither right nor wrong. */
static void
unreadable(void **state)
{
	bool root = geteuid() == 0;
	char conf[256];

	(void)state;
	put(secret, "0123456789abcdef0123456789abcdef\n", 0);
	snprintf(
	    conf, sizeof(conf), URL "\nredis_secret_file = \"%s\"\n", secret);
	if (root) {
		assert_int_equal(chown(path, NOBODY, (gid_t)-1), 0);
		assert_int_equal(seteuid(NOBODY), 0);
	}
	is_found(conf, STS_ETEMP, 3, "Permission denied");
	if (root)
		assert_int_equal(seteuid(0), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(keys),
	    cmocka_unit_test(values),
	    cmocka_unit_test(together),
	    cmocka_unit_test(tls),
	    cmocka_unit_test(files),
	    cmocka_unit_test(unreadable),
	};
	int rc;

	close(mkstemp(path));
	snprintf(secret, sizeof(secret), "%s.secret", path);
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(path);
	unlink(secret);
	return rc;
}
