/* SPDX-License-Identifier: ISC */
#ifndef POSTER_H
#define POSTER_H

#include "rig.h"
#include "sts/post.h"

#define URL       "https://" HOST "/v1/tlsrpt?a=b"
#define ANSWER(x) "HTTP/1.1 " x "\r\nContent-Length: 0\r\n\r\n"

struct sent {
	unsigned calls;
	enum sts_sent result;
	char why[STS_SENDING_WHY];
	int64_t ms; /* that poster_wait() waited */
};

void poster_on_sent(void *arg, enum sts_sent result, const char *why);
/* Through the rig's fetcher, with so many ms from now. */
struct sts_send *poster_post(struct rig *rig, const char *url,
    struct sts_str gzip, int64_t ms, struct sent *sent);
void poster_cancel(struct rig *rig, struct sts_send *send);
void poster_wait(struct rig *rig, struct sent *sent);
/* The whole of it: server, rig, one POST to URL within five seconds. */
struct seen poster_once(
    const struct script *script, struct sts_str gzip, struct sent *sent);
void
assert_sent(const struct sent *sent, enum sts_sent result, const char *why);

#endif
