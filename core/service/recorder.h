/* SPDX-License-Identifier: ISC */
#ifndef STS_RECORDER_H
#define STS_RECORDER_H

#include "conn.h"

#define STS_MX_MISMATCH "mta-sts-mx-mismatch" /* our failure-reason-code */

/* Who tells of it has not seen all; docs/protocol.md, "result". */
enum sts_record_doubt {
	STS_DOUBT_NOTHING,
	STS_DOUBT_SUCCESS, /* nobody looked at the certificate */
	STS_DOUBT_FAILURE  /* nobody knows why it failed */
};

/* What a client, or a part of ours, tells of a session; plain texts (%HH is
 * undone), or "". Without mx, a failure's is found by addr. */
struct sts_record {
	const char *domain;
	enum sts_result_type result;
	bool bound; /* by a policy of testing or enforce, as was told */
	bool none;  /* by none, as was told */
	bool tlsa;  /* DANE decided, and not such a policy */
	enum sts_record_doubt doubt;
	struct sts_str mx, addr, from, helo, detail;
};

/*
 * Count it under the policy that is held. done: STS_OK: it is committed, or
 * not to be counted (nothing is, or an override stands in the way); possibly
 * inside the call. done may be NULL. What is given is copied.
 */
void sts_record(struct sts_service *service, const struct sts_record *record,
    sts_store_done_cb *done, void *arg);
/* Would a success be counted, and be told to somebody, as far as is known? */
bool sts_record_wanted(const struct sts_conn *conn, const char *domain);
/* The word "tell" at the end of the answer, where the question has it, and we
 * want to hear of a success. */
void sts_task_put_tell(struct sts_task *task);
/* May who is at the other end tell results that are counted? */
bool sts_record_allowed(const struct sts_conn *conn);

#endif
