/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "table_tell.h"

#define TELL_MS       3000
#define QUESTION_SIZE (3 * STS_TABLE_KEY + 32)

static void
heard(void *arg, enum sts_reply_kind kind, const char *line)
{
	(void)arg;
	(void)kind;
	(void)line;
}

void
sts_tell_held(struct sts_link *link, const char *domain)
{
	char text[QUESTION_SIZE] = "held ";
	size_t n;

	if (sts_client_escape(text, sizeof(text), domain) != 0)
		return;
	n = strlen(text);
	snprintf(text + n, sizeof(text) - n, " progress");
	(void)sts_link_ask(link, text, sts_link_now() + TELL_MS, heard, NULL);
}

void
sts_tell_in_vain(sts_asker_note *note, const char *domain, int64_t waited)
{
	char text[STS_TABLE_TEXT] = "not-known domain=";
	size_t n;

	if (sts_client_escape(text, STS_TABLE_TEXT / 2, domain) != 0)
		snprintf(text, sizeof(text), "not-known domain=-");
	n = strlen(text);
	snprintf(text + n, sizeof(text) - n, " waited=%lld", (long long)waited);
	note(LOG_WARNING, text);
}
