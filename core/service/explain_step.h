/* SPDX-License-Identifier: ISC */
#ifndef STS_EXPLAIN_STEP_H
#define STS_EXPLAIN_STEP_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "sts/diag.h"

#define STS_STEP_TEXT 240 /* octets of a step's or a note's text */

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

/* Sections are static, text is ASCII; ms < 0: it took no time worth it. */
void sts_step(struct sts_steps *steps, const char *name,
    enum sts_step_verdict verdict, int64_t ms, const char *section,
    const char *fmt, ...) __attribute__((format(printf, 6, 7)));
/* More of the last step. */
void sts_note(struct sts_steps *steps, enum sts_step_verdict verdict,
    const char *section, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* "line 3, rule: text" */
const char *sts_diag_text(const struct sts_diag *diag, char buf[STS_STEP_TEXT]);
/* A note each, but for one that is told already (or NULL). */
void sts_note_diags(struct sts_steps *steps, const struct sts_diags *diags,
    const struct sts_diag *but);
/* "2027-01-15 08:00:00 UTC"; buf has 32 octets. */
const char *sts_explain_time(int64_t wall, char *buf);

#endif
