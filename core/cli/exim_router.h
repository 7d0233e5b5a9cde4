/* SPDX-License-Identifier: ISC */
#ifndef STS_EXIM_ROUTER_H
#define STS_EXIM_ROUTER_H

#include "exim_hook.h"

enum sts_exim_driver {
	STS_EXIM_DNSLOOKUP,
	STS_EXIM_MANUALROUTE,
	STS_EXIM_OTHER
};

/* What counts of a router. */
struct sts_exim_router {
	struct sts_exim_block block;
	enum sts_exim_driver driver;
	struct sts_str transport; /* as written; may be an expansion */
	struct sts_exim_target target;
	struct sts_str domains;
	bool conditions; /* it takes only some of the mail for its domains */
	bool verifies;   /* it takes no mail, only questions */
	bool ends;       /* what it may take does not go on to another */
};

/* Read the next one off the text of -bP routers; false: there is none. */
bool sts_exim_next_router(const struct sts_exim *exim, struct sts_str *rest,
    struct sts_exim_router *router);

#endif
