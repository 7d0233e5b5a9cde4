/* SPDX-License-Identifier: ISC */
#ifndef STS_EXIM_CALL_H
#define STS_EXIM_CALL_H

#include <stdbool.h>

#include "sts/str.h"

#define STS_EXIM_SOCKET "/run/stsgate/query.sock" /* where none is named */

enum sts_exim_form { STS_EXIM_DLFUNC, STS_EXIM_LIGHT };

/*
 * One question to stsgate in a value: ${dlfunc{MODULE}{stsgate}{WORD}...}, or
 * what stsgate-light-macros.conf has for it. Parts that are not there are
 * empty; the words are the module's.
 */
struct sts_exim_call {
	enum sts_exim_form form;
	struct sts_str whole; /* from its "${" to its "}" */
	struct sts_str file;  /* the module, or the ACL */
	struct sts_str more;  /* the other ACL */
	struct sts_str word;
	struct sts_str socket;
	struct sts_str on_unavailable;
	struct sts_str domain;  /* where it is not $domain */
	struct sts_str unknown; /* the first argument that means nothing */
};

/* Read the light form, which begins at call->whole.p, in text; false: it is
 * not there. whole gets its size. */
bool sts_exim_read_light(struct sts_str text, struct sts_exim_call *call);
/* Cut text behind its first call; false: there is none. */
bool sts_exim_next_call(struct sts_str *text, struct sts_exim_call *call);
/* The first call in a value. */
bool sts_exim_call(struct sts_str value, struct sts_exim_call *call);

#endif
