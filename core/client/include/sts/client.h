/* SPDX-License-Identifier: ISC */
#ifndef STS_CLIENT_H
#define STS_CLIENT_H

#include <stddef.h>
#include <stdint.h>

#define STS_CLIENT_LINE 65536

/* See docs/protocol.md. Anything but a whole known answer is TEMP. */
enum sts_reply_kind {
	STS_REPLY_TEMP,
	STS_REPLY_NONE,
	STS_REPLY_POLICY,
	STS_REPLY_MATCH,
	STS_REPLY_MISMATCH,
	STS_REPLY_USABLE,
	STS_REPLY_YES,
	STS_REPLY_NO,
	STS_REPLY_OK,
	STS_REPLY_PONG,
	STS_REPLY_JSON,
	STS_REPLY_ERROR,
	STS_REPLY_ROUTE,
	STS_REPLY_BLOCKED
};

struct sts_client_config {
	const char *socket; /* path */
	int64_t silence_ms; /* without a line: the service is gone (1500) */
	int64_t total_ms;   /* the longest wait in all (12000) */
	/* NULL, or a question to be answered first, whatever the answer. */
	const char *first;
};

/*
 * Ask one question on a connection of its own and take the answer's last
 * line into line (NUL-terminated, without LF). verb_and_args has no version
 * and no LF, "policy example.com progress". Blocks at most total_ms; SIGPIPE
 * cannot come (MSG_NOSIGNAL), EINTR is waited out, no descriptor is left,
 * errno is kept. TEMP with an empty line: no sign of the service; with a line:
 * it said so, or had said "wait" and then total_ms was over ("STS1 temp -
 * reason=timeout") or no whole answer came ("STS1 temp - reason=fell-silent").
 */
enum sts_reply_kind sts_client_ask(const struct sts_client_config *config,
    const char *verb_and_args, char *line, size_t size);

/* Which kind a whole answer line is; TEMP for what is not known. */
enum sts_reply_kind sts_client_kind(const char *line);

/*
 * Copy the value of key=value in an answer, %HH undone; returns 0, or -1 when
 * the key is not there or the value does not fit (out is then "").
 */
int sts_client_value(const char *line, const char *key, char *out, size_t size);

/*
 * A decimal number of 1 to 18 digits and nothing else, or -1. Not by strtoll:
 * built on Debian 13 that is a symbol which Debian 12 does not have, and what
 * mail servers load or start shall run there as well.
 */
int64_t sts_client_number(const char *text);

/* Append word to a question with what the protocol demands escaped as %HH, no
 * space before it; returns 0, or -1 when it does not fit (out as before). */
int sts_client_escape(char *out, size_t size, const char *word);

#endif
