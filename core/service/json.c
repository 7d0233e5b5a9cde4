/* SPDX-License-Identifier: ISC */
#include "json.h"

#include <stdlib.h>

#define FLAGS (JSON_COMPACT | JSON_ENSURE_ASCII)

/* Into room of its own: json_dumps() goes on where a key found no memory.
 * NULL: no memory. */
static char *
dump(const json_t *json, size_t *n)
{
	char *text = NULL;

	*n = json != NULL ? json_dumpb(json, NULL, 0, FLAGS) : 0;
	if (*n > 0)
		text = malloc(*n);
	if (text != NULL && json_dumpb(json, text, *n, FLAGS) != *n) {
		free(text);
		text = NULL;
	}
	return text;
}

void
sts_task_json(struct sts_task *task, json_t *json)
{
	size_t i, n;
	char *text = dump(json, &n);

	json_decref(json);
	if (text == NULL) {
		sts_task_temp(task, "no-memory", "");
		return;
	}
	/* A space may stand in no word, so it is written as JSON allows. */
	sts_buf_text(task->out, "STS1 json ");
	for (i = 0; i < n; i++)
		if (text[i] == ' ')
			sts_buf_text(task->out, "\\u0020");
		else
			sts_buf_add(task->out, text + i, 1);
	free(text);
	sts_task_done(task);
}

json_t *
sts_json_remote(const char *text)
{
	char buf[400];

	return json_string(sts_str_escape(sts_str(text), buf, sizeof(buf)));
}
