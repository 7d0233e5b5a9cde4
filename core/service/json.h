/* SPDX-License-Identifier: ISC */
#ifndef STS_JSON_H
#define STS_JSON_H

#include <jansson.h>

#include "task.h"

/* STS1 json, and done; takes the object. NULL: no memory for it, temporary. */
void sts_task_json(struct sts_task *task, json_t *json);
/* Remote text, which may be no UTF-8, as a string that can be. */
json_t *sts_json_remote(const char *text);

#endif
