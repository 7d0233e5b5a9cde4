/* SPDX-License-Identifier: ISC */
#ifndef STS_WISHES_H
#define STS_WISHES_H

#include "sts/service.h"

struct sts_wishes;

/*
 * Which domains ask for reports, by a record at _smtp._tls (RFC 8460 section
 * 3). Bounded, in memory alone, and looked up in the background, a few at a
 * time: nobody waits for it. NULL: no memory.
 */
struct sts_wishes *sts_wishes_new(struct sts_service *service);
void sts_wishes_free(struct sts_wishes *wishes); /* NULL is fine */
/* False: it is known that this one does not. A lower-case A-label. */
bool sts_wishes_may(struct sts_wishes *wishes, const char *domain);

#endif
