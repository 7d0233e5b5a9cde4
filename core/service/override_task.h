/* SPDX-License-Identifier: ISC */
#ifndef STS_OVERRIDE_TASK_H
#define STS_OVERRIDE_TASK_H

#include "sts/override.h"

#define STS_OVERRIDE_WORDS 300 /* octets */

struct sts_task;

/*
 * The override that holds for task->domain, or NULL, until the next reload.
 * What asks the engine is in query.h, and in task.h: sts_task_ask() and those
 * below it.
 */
const struct sts_override *sts_task_override(const struct sts_task *task);

/*
 * A name that can have no policy, below a suffix that is to be enforced: mail
 * for it waits. True: that is the answer.
 */
bool sts_task_waits(struct sts_task *task, struct sts_str word);

/* The answer's last words; nothing where none was applied. */
void sts_task_put_override(struct sts_task *task);

/* " override=off origin=\"...\"" for a line of the log, "" for NULL. Returns
 * buf. */
const char *sts_override_words(
    const struct sts_override *override, char buf[STS_OVERRIDE_WORDS]);

#endif
