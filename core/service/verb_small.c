/* SPDX-License-Identifier: ISC */
#include "sts/match.h"
#include "task.h"

#define NAME_SIZE 1024 /* of a certificate's name that could match */

void
sts_verb_ping(struct sts_task *task, const struct sts_question *question)
{
	(void)question;
	sts_buf_text(task->out, "STS1 pong " STS_VERSION);
	sts_task_done(task);
}

void
sts_verb_covers(struct sts_task *task, const struct sts_question *question)
{
	struct sts_str rest = question->word[1], item, name;
	char buf[NAME_SIZE];
	bool covers = false;

	if (!sts_task_host(task, question->word[0]))
		return;
	while (!covers && !task->host_bad && sts_word_item(&rest, &item))
		covers =
		    sts_word_plain(item, buf, sizeof(buf), &name) == STS_OK &&
		    sts_pattern_match(name, sts_str(task->host));
	sts_buf_text(task->out, covers ? "STS1 yes" : "STS1 no");
	sts_task_done(task);
}
