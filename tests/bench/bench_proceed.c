/* SPDX-License-Identifier: ISC */
/*
 * What filter-stsgate is measured against: a filter of OpenSMTPD that is asked
 * about every recipient and lets it proceed, with as little work as that takes.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SIZE 65536

static void
put(const char *text)
{
	size_t n = strlen(text);

	if (write(STDOUT_FILENO, text, n) != (ssize_t)n)
		_exit(1);
}

/* filter|VERSION|TIME|SUBSYSTEM|rcpt-to|SESSION|TOKEN|ADDRESS */
static size_t
answer(char *line, char *out, size_t size)
{
	char *word = NULL, *session = NULL;
	int i;

	if (strncmp(line, "filter|", 7) != 0)
		return 0;
	for (i = 0; i < 7; i++) {
		session = i == 6 ? word : session;
		word = strsep(&line, "|");
	}
	return (size_t)snprintf(
	    out, size, "filter-result|%s|%s|proceed\n", session, word);
}

/* Answer the whole lines of in; returns how many octets are left. */
static size_t
take(char *in, size_t n)
{
	static char out[SIZE + 1]; /* answers are shorter than questions */
	char *line = in, *end;
	size_t have = 0;

	while ((end = memchr(line, '\n', n - (size_t)(line - in))) != NULL) {
		*end = '\0';
		if (strcmp(line, "config|ready") == 0)
			put("register|filter|smtp-in|rcpt-to\n"
			    "register|ready\n");
		have += answer(line, out + have, sizeof(out) - have);
		line = end + 1;
	}
	out[have] = '\0';
	if (have > 0)
		put(out);
	n -= (size_t)(line - in);
	memmove(in, line, n);
	return n;
}

int
main(void)
{
	static char in[SIZE];
	size_t have = 0;
	ssize_t n;

	while ((n = read(STDIN_FILENO, in + have, sizeof(in) - have)) > 0)
		have = take(in, have + (size_t)n);
	return 0;
}
