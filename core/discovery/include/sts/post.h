/* SPDX-License-Identifier: ISC */
#ifndef STS_POST_H
#define STS_POST_H

#include "sts/fetch.h"
#include "sts/sending.h"

/*
 * Reports by POST, through a fetcher that lives longer: its guard, its limits
 * and its proxy hold, its port stands for 443. Give them a fetcher of their
 * own, so that they take no policy's room. Its mail is answered
 * STS_SENT_LOCAL.
 */
struct sts_sending sts_post_sending(struct sts_fetcher *fetcher);

#endif
