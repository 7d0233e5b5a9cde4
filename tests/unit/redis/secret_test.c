/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "sts/seal.h"

#define TEXT "0123456789abcdef0123456789abcdef"

static char path[] = "/tmp/stsgate-secret-XXXXXX";

static void
write_file(const char *text, size_t n, mode_t mode)
{
	FILE *file;

	/* Who is not root may not write to what was made with 0400. */
	(void)unlink(path);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, n, file), n);
	fclose(file);
	assert_int_equal(chmod(path, mode), 0);
}

static enum sts_err
read_secret(struct sts_secrets *secrets, const char **why)
{
	*why = "";
	return sts_secret_read(path, secrets, why);
}

static enum sts_err
secret_of(size_t n, mode_t mode, const char **why)
{
	static char text[2 * STS_SECRET_MAX];
	struct sts_secrets secrets = {.n = 0};
	enum sts_err err;

	memset(text, 'x', sizeof(text));
	write_file(text, n, mode);
	err = read_secret(&secrets, why);
	assert_int_equal(secrets.n, err == STS_OK ? 1 : 0);
	return err;
}

/* The key is what sha256sum says of the text without its line end. */
static void
key(void **state)
{
	static const unsigned char want[4] = {0x3e, 0xb1, 0xbd, 0x43};
	struct sts_secrets secrets = {.n = 0};
	const char *why;

	(void)state;
	write_file(TEXT, 32, 0400);
	assert_int_equal(read_secret(&secrets, &why), STS_OK);
	write_file(TEXT "\n", 33, 0640);
	assert_int_equal(read_secret(&secrets, &why), STS_OK);
	assert_int_equal(secrets.n, 2);
	assert_memory_equal(secrets.key[0], want, sizeof(want));
	assert_memory_equal(secrets.key[0], secrets.key[1], 32);
	assert_int_equal(read_secret(&secrets, &why), STS_EINVAL);
	assert_string_equal(why, "more secrets than two");
	/* One line end, and no more. */
	secrets.n = 1;
	write_file(TEXT "\n\n", 34, 0640);
	assert_int_equal(read_secret(&secrets, &why), STS_OK);
	assert_memory_not_equal(secrets.key[0], secrets.key[1], 32);
}

static void
lengths(void **state)
{
	const char *why;

	(void)state;
	assert_int_equal(secret_of(0, 0600, &why), STS_EINVAL);
	assert_int_equal(secret_of(31, 0600, &why), STS_EINVAL);
	assert_non_null(strstr(why, "too short"));
	assert_int_equal(secret_of(32, 0600, &why), STS_OK);
	assert_int_equal(secret_of(1024, 0600, &why), STS_OK);
	assert_int_equal(secret_of(1025, 0600, &why), STS_EINVAL);
	assert_non_null(strstr(why, "too long"));
	assert_int_equal(secret_of(2000, 0600, &why), STS_EINVAL);
}

static void
open_to_others(void **state)
{
	static const mode_t bad[] = {0604, 0602, 0601, 0644, 0666};
	const char *why;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(secret_of(40, bad[i], &why), STS_EINVAL);
		assert_string_equal(
		    why, "open to others than its owner and group");
	}
	assert_int_equal(secret_of(40, 0660, &why), STS_OK);
}

static void
not_a_file(void **state)
{
	struct sts_secrets secrets = {.n = 0};
	const char *why = "";
	char other[sizeof(path) + 8];

	(void)state;
	assert_int_equal(
	    sts_secret_read("/nonexistent", &secrets, &why), STS_ENOENT);
	assert_string_equal(why, "No such file or directory");
	assert_int_equal(
	    sts_secret_read("/dev/null", &secrets, &why), STS_EINVAL);
	assert_string_equal(why, "not a file");
	assert_int_equal(sts_secret_read("/", &secrets, &why), STS_EINVAL);
	snprintf(other, sizeof(other), "%s.other", path);
	assert_int_equal(mkfifo(other, 0600), 0);
	assert_int_equal(sts_secret_read(other, &secrets, &why), STS_EINVAL);
	unlink(other);
	/* The file behind a link counts, not the link. */
	assert_int_equal(symlink(path, other), 0);
	write_file(TEXT, 32, 0600);
	assert_int_equal(sts_secret_read(other, &secrets, &why), STS_OK);
	write_file(TEXT, 32, 0604);
	assert_int_equal(sts_secret_read(other, &secrets, &why), STS_EINVAL);
	unlink(other);
}

static enum sts_err
password_of(const char *text, size_t n, char out[STS_PASSWORD_SIZE])
{
	const char *why = NULL;
	enum sts_err err;

	write_file(text, n, 0600);
	err = sts_password_file_read(path, out, &why);
	assert_true((err == STS_OK) == (why == NULL));
	return err;
}

static void
passwords(void **state)
{
	char out[STS_PASSWORD_SIZE], text[STS_PASSWORD_SIZE];
	const char *why;

	(void)state;
	assert_int_equal(password_of("open sesame\n", 12, out), STS_OK);
	assert_string_equal(out, "open sesame");
	assert_int_equal(password_of("x", 1, out), STS_OK);
	assert_string_equal(out, "x");
	assert_int_equal(password_of("", 0, out), STS_EINVAL);
	assert_int_equal(password_of("\n", 1, out), STS_EINVAL);
	assert_int_equal(password_of("a\nb", 3, out), STS_EINVAL);
	assert_int_equal(password_of("a\0b", 3, out), STS_EINVAL);
	assert_int_equal(password_of("a\r\n", 3, out), STS_EINVAL);
	memset(text, 'p', sizeof(text));
	assert_int_equal(password_of(text, STS_PASSWORD_MAX, out), STS_OK);
	assert_int_equal(strlen(out), STS_PASSWORD_MAX);
	assert_int_equal(
	    password_of(text, STS_PASSWORD_MAX + 1, out), STS_EINVAL);
	write_file("x", 1, 0644);
	assert_int_equal(sts_password_file_read(path, out, &why), STS_EINVAL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(key),
	    cmocka_unit_test(lengths),
	    cmocka_unit_test(open_to_others),
	    cmocka_unit_test(not_a_file),
	    cmocka_unit_test(passwords),
	};
	int rc;

	close(mkstemp(path));
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(path);
	return rc;
}
