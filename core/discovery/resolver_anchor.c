/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unbound.h>

#include "resolver_upstream.h"

#define BLANK     " \t\r\n"
#define LINE_SIZE 4096

/* Base64 of a key, or hexadecimal digits of a digest. */
#define KEY_CHARS \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
#define KEY_MIN 32

/* The next word as a number; -1: it is none. */
static long
number(char **save)
{
	const char *word = strtok_r(NULL, BLANK, save);
	char *end;
	long value;

	if (word == NULL || *word < '0' || *word > '9')
		return -1;
	value = strtol(word, &end, 10);
	return *end == '\0' ? value : -1;
}

/* With another one libunbound drops the key and validates nothing. */
static bool
is_algorithm(long n)
{
	return n == 8 || n == 10 || (n >= 13 && n <= 16);
}

/* "... DNSKEY 257 3 8 AwEA..." or "... DS 20326 8 2 E06D...". */
static bool
is_key(const char *line)
{
	char copy[LINE_SIZE], *save = NULL, *word;
	long field[3];
	size_t i;
	bool is_ds;

	(void)snprintf(copy, sizeof(copy), "%s", line);
	word = strtok_r(copy, BLANK, &save);
	while (word != NULL && strcmp(word, "DNSKEY") != 0 &&
	       strcmp(word, "DS") != 0)
		word = strtok_r(NULL, BLANK, &save);
	if (word == NULL)
		return false;
	is_ds = word[1] == 'S';
	for (i = 0; i < 3; i++)
		field[i] = number(&save);
	word = strtok_r(NULL, BLANK, &save);
	return is_algorithm(is_ds ? field[1] : field[2]) && word != NULL &&
	       strlen(word) >= KEY_MIN && word[strspn(word, KEY_CHARS)] == '\0';
}

/* How many keys it has; each goes to libunbound. */
static size_t
add_keys(FILE *file, struct ub_ctx *ctx, int *rc)
{
	char line[LINE_SIZE];
	size_t n = 0;

	while (*rc == UB_NOERROR && fgets(line, sizeof(line), file) != NULL) {
		line[strcspn(line, ";\r\n")] = '\0';
		if (!is_key(line))
			continue;
		*rc = ub_ctx_add_ta(ctx, line);
		n++;
	}
	return n;
}

/*
 * libunbound, given the file, passes over what it cannot read in it without
 * a word, and with no key left it validates nothing. Given a key it checks it.
 */
enum sts_err
sts_anchor_add(struct ub_ctx *ctx, const char *path, const struct sts_log *log)
{
	const char *error = "no usable DNSKEY or DS in it";
	FILE *file = fopen(path, "re");
	int rc = UB_NOERROR;

	if (file == NULL) {
		error = strerror(errno);
	} else {
		if (add_keys(file, ctx, &rc) > 0)
			error = NULL;
		(void)fclose(file);
		if (rc != UB_NOERROR)
			error = ub_strerror(rc);
	}
	if (error == NULL)
		return STS_OK;
	sts_log(log, STS_LOG_ERROR, "resolver-config",
	    "trust-anchor=%s error=\"%s\"", path, error);
	return rc == UB_NOMEM ? STS_ENOMEM : STS_EINVAL;
}
