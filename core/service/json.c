/* SPDX-License-Identifier: ISC */
#include "json.h"

#include <stdlib.h>

void
sts_task_json(struct sts_task *task, json_t *json)
{
	char *text = json != NULL
			 ? json_dumps(json, JSON_COMPACT | JSON_ENSURE_ASCII)
			 : NULL;

	json_decref(json);
	if (text == NULL) {
		sts_task_temp(task, "no-memory", "");
		return;
	}
	/* A space may stand in no word, so it is written as JSON allows. */
	sts_buf_text(task->out, "STS1 json ");
	for (const char *p = text; *p != '\0'; p++)
		if (*p == ' ')
			sts_buf_text(task->out, "\\u0020");
		else
			sts_buf_add(task->out, p, 1);
	free(text);
	sts_task_done(task);
}

json_t *
sts_json_remote(const char *text)
{
	char buf[400];

	return json_string(sts_str_escape(sts_str(text), buf, sizeof(buf)));
}
