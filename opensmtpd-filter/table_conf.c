/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "table_conf.h"

#define LINE_SIZE 512
#define WAIT_MAX  10
#define MS_PER_S  1000
#define DECIMAL   10

static const char blank[] = " \t\r\n";

/* Without the blanks around it, and one pair of quotes. */
static char *
trim(char *p)
{
	size_t n;

	p += strspn(p, blank);
	for (n = strlen(p); n > 0 && strchr(blank, p[n - 1]) != NULL; n--)
		p[n - 1] = '\0';
	if (n >= 2 && p[0] == '"' && p[n - 1] == '"') {
		p[n - 1] = '\0';
		p++;
	}
	return p;
}

/* Whole seconds and perhaps three digits behind a point. */
static const char *
set_wait(struct sts_table_conf *conf, const char *value)
{
	static const char wrong[] = "wait is 0 to 10 seconds";
	const char *end = value;
	long ms = 0, unit = MS_PER_S;

	if (value[0] < '0' || value[0] > '9')
		return wrong;
	for (; *end >= '0' && *end <= '9' && ms <= WAIT_MAX; end++)
		ms = ms * DECIMAL + (*end - '0');
	ms *= MS_PER_S;
	if (*end == '.')
		for (end++; *end >= '0' && *end <= '9' && unit > 1; end++) {
			unit /= DECIMAL;
			ms += unit * (*end - '0');
		}
	if (strcmp(end, "") != 0 && strcmp(end, "s") != 0)
		return wrong;
	if (ms > (long)WAIT_MAX * MS_PER_S)
		return wrong;
	conf->wait_ms = ms;
	return NULL;
}

static const char *
set(struct sts_table_conf *conf, const char *key, const char *value)
{
	size_t n = strlen(value);

	if (strcmp(key, "wait") == 0)
		return set_wait(conf, value);
	if (strcmp(key, "socket") != 0)
		return "no such key: socket and wait are";
	if (value[0] != '/' || n >= sizeof(conf->socket))
		return "socket is an absolute path of at most 107 octets";
	memcpy(conf->socket, value, n + 1);
	return NULL;
}

static const char *
take_line(struct sts_table_conf *conf, char *line)
{
	char *equals;

	line[strcspn(line, "#")] = '\0';
	line = trim(line);
	if (line[0] == '\0')
		return NULL;
	equals = strchr(line, '=');
	if (equals == NULL)
		return "want key = value";
	*equals = '\0';
	return set(conf, trim(line), trim(equals + 1));
}

void
sts_table_conf_read(
    const char *path, struct sts_table_conf *conf, sts_table_complain *complain)
{
	char line[LINE_SIZE];
	unsigned int number = 0;
	FILE *file;

	*conf = (struct sts_table_conf){
	    .socket = STS_TABLE_SOCKET, .wait_ms = STS_TABLE_WAIT};
	if (path == NULL)
		return;
	file = fopen(path, "re");
	if (file == NULL) {
		if (errno != ENOENT)
			complain(path, 0, strerror(errno));
		return;
	}
	while (fgets(line, sizeof(line), file) != NULL) {
		const char *what = take_line(conf, line);

		number++;
		if (what != NULL)
			complain(path, number, what);
	}
	if (ferror(file))
		complain(path, number, "cannot be read");
	fclose(file);
}
