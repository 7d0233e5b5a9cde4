/* SPDX-License-Identifier: ISC */
#ifndef STS_ASK_H
#define STS_ASK_H

#include <stdbool.h>

#include "call.h"
#include "memo.h"
#include "names.h"

/*
 * Questions to the service about call->domain. Answers are remembered, and so
 * is that it did not answer; only that, with call->deliver, is STS_NONE
 * instead of STS_TEMP, unless it told of a policy before.
 */

/*
 * Which policy holds? But in a callout the service looks for a newer one first.
 */
enum sts_stance sts_ask_policy(const struct sts_call *call);
/*
 * The same with its MX patterns, "," between them, in *mx (valid until the
 * next question; "" for none).
 */
enum sts_stance sts_ask_patterns(const struct sts_call *call, const char **mx);
/*
 * May mail go to host? *match is false where the policy does not name it. As
 * above the service looks for a newer policy first, but where one is known.
 */
enum sts_stance
sts_ask_verdict(const struct sts_call *call, const char *host, bool *match);

enum sts_cover { STS_COVER_NO, STS_COVER_YES, STS_COVER_UNKNOWN };

/* Does one of the certificate's names ("," between) cover host? */
enum sts_cover sts_ask_covers(
    const struct sts_call *call, const char *host, const char *names);

/* Tell the service a result; words are "key=value ...", all escaped. */
void sts_ask_result(const struct sts_call *call, const char *words);

#endif
