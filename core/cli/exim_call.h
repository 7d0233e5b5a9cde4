/* SPDX-License-Identifier: ISC */
#ifndef STS_EXIM_CALL_H
#define STS_EXIM_CALL_H

#include <stdbool.h>

#include "sts/str.h"

#define STS_EXIM_SOCKET "/run/stsgate/query.sock" /* where none is named */

enum sts_exim_form { STS_EXIM_DLFUNC, STS_EXIM_READSOCKET };

/*
 * One question to stsgate in a value: ${dlfunc{MODULE}{stsgate}{WORD}...}, or
 * ${readsocket{SOCKET}{STS1 ...}...}. Parts that are not there are empty.
 */
struct sts_exim_call {
	enum sts_exim_form form;
	struct sts_str whole; /* from its "${" to its "}" */
	struct sts_str module;
	struct sts_str word;
	struct sts_str socket;
	struct sts_str on_unavailable;
	struct sts_str domain;
	struct sts_str rest;
	struct sts_str unknown; /* the first argument that is none of these */
};

/* Cut text behind its first call; false: there is none. */
bool sts_exim_next_call(struct sts_str *text, struct sts_exim_call *call);
/* The first call in a value. */
bool sts_exim_call(struct sts_str value, struct sts_exim_call *call);

#endif
