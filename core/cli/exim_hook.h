/* SPDX-License-Identifier: ISC */
#ifndef STS_EXIM_HOOK_H
#define STS_EXIM_HOOK_H

#include "exim.h"
#include "exim_call.h"

/* What stsgate does in a transport. */
enum sts_exim_use {
	STS_EXIM_NOTHING, /* no option asks it */
	STS_EXIM_MX,      /* the policy domain is $domain */
	STS_EXIM_VIA      /* it is a smart host's name */
};

/* A transport as routers see it. */
struct sts_exim_target {
	bool known; /* there is such a transport */
	bool smtp;  /* its driver */
	enum sts_exim_use use;
	struct sts_str domain; /* VIA: the smart host's name, as written */
};

struct sts_exim_target
sts_exim_target(const struct sts_exim *exim, struct sts_str name);
/* What the transport's options are for, and the domain= of the first. */
enum sts_exim_use
sts_exim_use(const struct sts_exim_block *transport, struct sts_str *domain);
/* Does it ask by the light form? */
bool sts_exim_is_light(const struct sts_exim_block *transport);
/* Is a value's first question the module's word ("" for none)? at is what of
 * the value that is. */
bool sts_exim_asks(struct sts_str value, const char *word, struct sts_str *at);

#endif
