/* SPDX-License-Identifier: ISC */
#ifndef STS_FILTER_STANCE_H
#define STS_FILTER_STANCE_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

/*
 * What the service says of domains, asked once for all who want to know it,
 * and remembered for a few seconds, so that the mail of a busy domain costs no
 * question each. Times are those of sts_link_now().
 */
#define STS_NAME_SIZE  1024 /* of a domain as it is asked */
#define STS_STANCE_FDS 18   /* at most to poll */

enum sts_stance {
	STS_STANCE_UNKNOWN, /* no service, no answer, temporary */
	STS_STANCE_NONE,
	STS_STANCE_TESTING,
	STS_STANCE_ENFORCE, /* there is a host to deliver to */
	STS_STANCE_BLOCKED, /* enforce, and none qualifies */
	STS_STANCE_WAITING  /* enforce, and which host is not known */
};

struct sts_known {
	enum sts_stance stance;
	bool tell;       /* of a success, too */
	char reason[40]; /* a-z, 0-9, '-'; of BLOCKED and WAITING, or "" */
};

/* Who waits. Yours to keep until told is called or sts_stance_cancel(). */
struct sts_waiter {
	TAILQ_ENTRY(sts_waiter) link;
	struct sts_name *name; /* NULL: waits for nothing */
	void (*told)(struct sts_waiter *waiter, const struct sts_known *known);
};

struct sts_stances;

/* socket: path of the service. NULL for no memory. */
struct sts_stances *sts_stances_new(const char *socket);
void sts_stances_free(struct sts_stances *stances);

/*
 * What is known of a domain (see sts_field_domain()). Returns true with *known,
 * when that is at hand or cannot be had (UNKNOWN); else waiter->told is called
 * later, from sts_stances_run(). It may ask and cancel, but not free.
 */
bool sts_stance_ask(struct sts_stances *stances, const char *domain,
    struct sts_waiter *waiter, struct sts_known *known);

/* told will not be called. Nothing, if it was. */
void sts_stance_cancel(struct sts_waiter *waiter);

/* An octet that is remembered as long as the domain is, 0 at first; NULL: no
 * memory. Valid until the next call. */
unsigned char *sts_stance_note(struct sts_stances *stances, const char *domain);

/* Tell the service something, such as "result ... progress", and forget it. */
void sts_stances_tell(struct sts_stances *stances, const char *what);

/* Fill at most STS_STANCE_FDS of p; returns how many. */
nfds_t sts_stances_poll(struct sts_stances *stances, struct pollfd *p);
int64_t sts_stances_next(const struct sts_stances *stances);
/* p as filled by sts_stances_poll() and polled since. */
void sts_stances_run(struct sts_stances *stances, const struct pollfd *p);

#endif
