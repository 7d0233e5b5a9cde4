/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "call.h"
#include "exim.h"
#include "names.h"

#define SOCKET   "/run/stsgate/query.sock"
#define ARGS_MAX 8 /* Exim passes no more */

static const struct {
	const char *text;
	enum sts_word word;
} words[] = {
    {"guard", STS_WORD_GUARD},
    {"ignore", STS_WORD_IGNORE},
    {"rest", STS_WORD_REST},
    {"require", STS_WORD_REQUIRE},
    {"verify", STS_WORD_VERIFY},
    {"names", STS_WORD_NAMES},
    {"interface", STS_WORD_INTERFACE},
    {"retry", STS_WORD_RETRY},
    {"defer", STS_WORD_DEFER},
    {"domains", STS_WORD_DOMAINS},
    {"sni", STS_WORD_SNI},
};

static const char *
after(const char *text, const char *prefix)
{
	size_t n = strlen(prefix);

	return strncmp(text, prefix, n) == 0 ? text + n : NULL;
}

/* guard stays what it is whatever stands beside it. */
static void
set_word(struct sts_call *call, enum sts_word word)
{
	if (call->word == STS_WORD_LIST || word == STS_WORD_GUARD)
		call->word = word;
	else if (call->word != STS_WORD_GUARD)
		call->word = STS_WORD_UNKNOWN;
}

static int
read_option(struct sts_call *call, const char *text)
{
	const char *value;
	size_t n;

	if ((value = after(text, "socket=")) != NULL) {
		call->socket = value;
		return 0;
	}
	if ((value = after(text, "rest=")) != NULL) {
		call->rest = value;
		return strlen(value) < STS_NAME_SIZE ? 0 : -1;
	}
	if ((value = after(text, "on_unavailable=")) != NULL) {
		call->deliver = strcmp(value, "deliver") == 0;
		return call->deliver || strcmp(value, "defer") == 0 ? 0 : -1;
	}
	if ((value = after(text, "domain=")) != NULL) {
		n = strnlen(value, sizeof(call->domain));
		if (n == 0 || n == sizeof(call->domain))
			return -1;
		memcpy(call->domain, value, n + 1);
		call->fixed = true;
		return 0;
	}
	return -1;
}

static void
read_word(struct sts_call *call, const char *text)
{
	static bool said;
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(text, words[i].text) == 0) {
			set_word(call, words[i].word);
			return;
		}
	}
	if (read_option(call, text) == 0)
		return;
	set_word(call, STS_WORD_UNKNOWN);
	if (!said) {
		said = true;
		sts_exim_log(
		    "argument \"%.64s\" is not known: deferring", text);
	}
}

/*
 * Mail by SMTPUTF8 has U-labels there. All that is looked up in DNS, or
 * compared with what comes from there, has A-labels; an Exim that cannot make
 * them has no such mail.
 */
static void
read_domain(struct sts_call *call)
{
	char alabels[STS_NAME_SIZE];
	const char *p;

	sts_exim_value("$domain", call->domain, sizeof(call->domain));
	for (p = call->domain; *p != '\0' && (unsigned char)*p < 0x80; p++)
		continue;
	if (*p != '\0' &&
	    sts_exim_value("${utf8_domain_to_alabel:$domain}", alabels,
		sizeof(alabels)) == 0 &&
	    sts_name_ok(alabels)) {
		memcpy(call->ulabels, call->domain, sizeof(call->ulabels));
		memcpy(call->domain, alabels, strlen(alabels) + 1);
	}
}

void
sts_call_read(struct sts_call *call, int argc, unsigned char *argv[])
{
	int i;

	memset(call, 0, sizeof(*call));
	call->socket = SOCKET;
	for (i = 0; i < argc && i < ARGS_MAX && argv != NULL; i++)
		read_word(call, argv[i] == NULL ? "" : (const char *)argv[i]);
	if (call->word == STS_WORD_GUARD)
		return;
	if (call->domain[0] == '\0')
		read_domain(call);
	sts_exim_value("$event_name", call->event, sizeof(call->event));
}
