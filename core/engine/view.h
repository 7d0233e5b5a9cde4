/* SPDX-License-Identifier: ISC */
#ifndef STS_ENGINE_VIEW_H
#define STS_ENGINE_VIEW_H

#include "state.h"

/* dom or held may be NULL; held is the policy that is shown. */
void
sts_view_fill(struct sts_domain_view *view, const struct sts_engine *engine,
    const char *domain, const struct sts_held *held, const struct sts_dom *dom);

#endif
