/* SPDX-License-Identifier: ISC */
#ifndef STS_EXPLAIN_H
#define STS_EXPLAIN_H

#include <jansson.h>

#include "task.h"

#define STS_EXPLAINS_MAX 4   /* at once, beside the engine's own fetches */
#define STS_STEP_TEXT    240 /* octets of a step's or a note's text */
#define STS_SAY          600 /* of the sentence at the end */

#define STS_RFC_RECORD "RFC 8461 section 3.1"
#define STS_RFC_POLICY "RFC 8461 section 3.2"
#define STS_RFC_FETCH  "RFC 8461 section 3.3"
#define STS_RFC_MATCH  "RFC 8461 section 4.1"
#define STS_RFC_FLOW   "RFC 8461 section 5.1"

enum sts_step_verdict {
	STS_STEP_OK,
	STS_STEP_NO,
	STS_STEP_SKIP, /* not done, or nothing to judge */
	STS_STEP_INFO  /* of a note only */
};

/* explain_json.c: what was found, as JSON of a bounded size. */
struct sts_steps {
	json_t *list, *last;
	size_t room;       /* octets of notes that are left */
	unsigned left_out; /* notes there was no room for */
	bool failed;       /* no memory: there is no answer */
};

/* A copy of an answer: the engine's, or one a fresh look gives. */
struct sts_look {
	struct sts_answer answer; /* points to what is below */
	char state[24], reason[64], detail[STS_HTTP_DETAIL], id[STS_ID_SIZE];
	struct sts_policy *policy; /* ours */
};

/* One look; it changes nothing of what the engine knows. */
struct sts_explain {
	struct sts_task *task;
	struct sts_service *service;
	struct sts_dns dns;
	struct sts_http http;
	struct sts_dns_query *txt, *mx;
	struct sts_http_request *request;
	unsigned depth, open; /* calls we are in; answers to come */
	bool txt_open;
	int64_t began, asked; /* mono: this; TXT or MX */
	bool known, live;     /* the engine has an answer; and it is a policy */
	bool blind;           /* the store could not be read */
	struct sts_look held, fresh;
	const struct sts_override *override; /* of overrides, or NULL */
	struct sts_overrides *overrides;
	bool have_id;
	char id[STS_ID_SIZE];
	bool mx_secure;
	enum sts_dns_status mx_status;
	int64_t mx_ms;
	struct sts_mx *mx_list;
	size_t n_mx;
	struct sts_steps steps;
};

/* Cancel what is under way, free. NULL is fine. */
void sts_explain_free(struct sts_explain *explain);

/* Sections are static, text is ASCII; ms < 0: it took no time worth it. */
void sts_step(struct sts_steps *steps, const char *name,
    enum sts_step_verdict verdict, int64_t ms, const char *section,
    const char *fmt, ...) __attribute__((format(printf, 6, 7)));
/* More of the last step. */
void sts_note(struct sts_steps *steps, enum sts_step_verdict verdict,
    const char *section, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
void sts_note_diags(struct sts_steps *steps, const struct sts_diags *diags);
/* "2027-01-15 08:00:00 UTC"; buf has 32 octets. */
const char *sts_explain_time(int64_t wall, char *buf);

/* explain_look.c. False: no memory. */
bool sts_look_copy(struct sts_look *look, const struct sts_answer *answer);
void sts_look_none(struct sts_look *look, enum sts_answer_kind kind,
    const char *state, const char *reason, const char *detail);
void sts_look_free(struct sts_look *look);

/* The steps, in their order. view is NULL where err is not STS_OK. */
void sts_explain_cache(struct sts_explain *explain, enum sts_err err,
    const struct sts_domain_view *view);
void sts_explain_txt(
    struct sts_explain *explain, const struct sts_dns_answer *answer);
void sts_explain_http(
    struct sts_explain *explain, const struct sts_http_answer *answer);
void sts_explain_unfetched(struct sts_explain *explain);
void sts_explain_mx(struct sts_explain *explain);
/* The MX records, or the host of the question, and the policy that holds. */
void
sts_explain_match(struct sts_explain *explain, const struct sts_answer *now);
/* The whole object; NULL: no memory. */
json_t *sts_explain_end(struct sts_explain *explain);

#endif
