/* SPDX-License-Identifier: ISC */
#ifndef STS_FETCH_KINDS_H
#define STS_FETCH_KINDS_H

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
