/* SPDX-License-Identifier: ISC */
#ifndef STS_FETCH_KINDS_H
#define STS_FETCH_KINDS_H

#include <stdbool.h>
#include <stddef.h>

struct sts_http_answer;
struct sts_http_request;

/* curl's callbacks; arg is the request. */
typedef size_t sts_fetch_data_fn(char *p, size_t size, size_t n, void *arg);

/* What is asked of a server: a policy, or to take a report. */
struct sts_fetch_kind {
	const char *event; /* of its log line */
	const char *agent;
	/* It may wait for room, and for a server, up to its deadline. */
	bool patient;
	/* What follows the head changes nothing, also a deadline. */
	bool head_decides;
	/* Tell curl the URL, and what is sent. False: a fault. */
	bool (*set)(struct sts_http_request *req);
	sts_fetch_data_fn *on_header, *on_body;
	/* Make the answer of its code alone, which is 200 or more. False: that
	 * does not decide. */
	bool (*judge)(
	    struct sts_http_request *req, struct sts_http_answer *answer);
};

/* A failure's detail: the guard let no address through. */
#define STS_FETCH_ADDRESS "address-refused"

enum sts_fetch_stage {
	STS_FETCH_LOOKUP,  /* in fetcher->open, waits for addresses */
	STS_FETCH_WAITING, /* in fetcher->waiting: every address is full */
	STS_FETCH_TRANSFER /* in fetcher->open, curl has it */
};

/* Why a callback of ours made curl give up. */
enum sts_fetch_stop {
	STS_FETCH_GO,
	STS_FETCH_CODE,    /* the status is not 200 */
	STS_FETCH_TYPE,    /* not text/plain */
	STS_FETCH_CODING,  /* compressed, which was not asked for */
	STS_FETCH_BIG,     /* body over STS_FETCH_BODY */
	STS_FETCH_HEADER,  /* headers over STS_FETCH_HEADERS */
	STS_FETCH_REFUSED, /* the guard, at the socket */
	STS_FETCH_FAULT    /* of ours: memory, descriptors */
};

#endif
