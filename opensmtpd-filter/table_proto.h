/* SPDX-License-Identifier: ISC */
#ifndef STS_TABLE_PROTO_H
#define STS_TABLE_PROTO_H

#include <stdbool.h>
#include <stddef.h>

/*
 * What smtpd and a table say to each other, in either protocol: lines of text
 * (0.1; OpenSMTPD 7.6 and later) or imsg frames (API version 2; 6.8). Pure
 * functions over bytes, of which nothing is trusted.
 */
#define STS_TABLE_KEY  1025 /* smtpd's own limit */
#define STS_TABLE_TEXT 512
#define STS_TABLE_OUT  1024 /* room for any answer */
#define STS_IMSG_MAX   16384

enum sts_table_op {
	STS_OP_NOTHING, /* wants no answer */
	STS_OP_READY,   /* text: the greeting is over */
	STS_OP_OPEN,    /* imsg: the same */
	STS_OP_CLOSE,   /* imsg: the end; no answer */
	STS_OP_UPDATE,
	STS_OP_CHECK,
	STS_OP_LOOKUP,
	STS_OP_OTHER /* is answered with an error */
};

enum sts_table_service { STS_KEY_DOMAIN, STS_KEY_RELAYHOST, STS_KEY_OTHER };

struct sts_table_request {
	enum sts_table_op op;
	enum sts_table_service service;
	char verb[33];           /* text: of the answer */
	char id[65];             /* text: the same */
	char key[STS_TABLE_KEY]; /* "" for none, or none that could be one */
};

enum sts_found { STS_FOUND_ERROR = -1, STS_FOUND_NOT = 0, STS_FOUND = 1 };

struct sts_table_result {
	enum sts_found found;
	char text[STS_TABLE_TEXT]; /* the value, or what went wrong */
};

/* A line without its LF. What makes no sense is STS_OP_NOTHING. */
void
sts_text_request(const char *line, size_t n, struct sts_table_request *request);

/* The answer's octets in out (STS_TABLE_OUT); 0 if there is none. */
size_t sts_text_answer(char *out, const struct sts_table_request *request,
    const struct sts_table_result *result);

enum sts_imsg { STS_IMSG_PART, STS_IMSG_WHOLE, STS_IMSG_NONSENSE };

/* used: octets of the frame that was read, set for STS_IMSG_WHOLE. */
enum sts_imsg sts_imsg_request(
    const char *p, size_t n, struct sts_table_request *request, size_t *used);

size_t sts_imsg_answer(char *out, const struct sts_table_request *request,
    const struct sts_table_result *result);

#endif
