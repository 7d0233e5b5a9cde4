/* SPDX-License-Identifier: ISC */
#ifndef STS_RD_GREET_H
#define STS_RD_GREET_H

#include "link.h"

/* Say who we are, and see that it is the primary; then the link is up, or
 * lost. false: out of memory. */
bool sts_rd_greet(struct sts_rd_link *link);

/* For greet.c only: a question before the link is up, and the end of them. */
bool sts_rd_link_ask(struct sts_rd_link *link, const struct sts_str *argv,
    size_t argc, sts_rd_answer_cb *cb, void *arg);
void sts_rd_link_greeted(struct sts_rd_link *link);

#endif
