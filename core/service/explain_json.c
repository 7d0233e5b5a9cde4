/* SPDX-License-Identifier: ISC */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "explain.h"

#define NOTE_COST 96 /* keys, verdict and section of a note */

static const char *const words[] = {
    [STS_STEP_OK] = "ok",
    [STS_STEP_NO] = "no",
    [STS_STEP_SKIP] = "skip",
    [STS_STEP_INFO] = "info",
};

/* Octets that the text takes in an answer's line: a space is \u0020. */
static size_t
cost(const char *text)
{
	size_t n = 0;

	for (; *text != '\0'; text++)
		n += *text == ' ' ? 6 : *text == '\\' || *text == '"' ? 2 : 1;
	return n;
}

/* Nothing but printable ASCII, whatever was put in. */
static void
clean(char *text)
{
	for (; *text != '\0'; text++)
		if (*text < ' ' || *text > '~')
			*text = '?';
}

static void
append(struct sts_steps *steps, json_t *list, json_t *item)
{
	if (json_array_append_new(list, item) != 0)
		steps->failed = true;
}

void
sts_step(struct sts_steps *steps, const char *name,
    enum sts_step_verdict verdict, int64_t ms, const char *section,
    const char *fmt, ...)
{
	char text[STS_STEP_TEXT];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	clean(text);
	steps->last = json_pack("{s:s, s:s, s:I, s:s, s:s}", "step", name,
	    "verdict", words[verdict], "ms", (json_int_t)(ms < 0 ? 0 : ms),
	    "section", section, "text", text);
	append(steps, steps->list, steps->last);
}

void
sts_note(struct sts_steps *steps, enum sts_step_verdict verdict,
    const char *section, const char *fmt, ...)
{
	char text[STS_STEP_TEXT];
	json_t *notes;
	size_t n;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	clean(text);
	n = cost(text) + NOTE_COST;
	if (steps->failed)
		return;
	if (n > steps->room) {
		steps->left_out++;
		return;
	}
	steps->room -= n;
	notes = json_object_get(steps->last, "notes");
	if (notes == NULL) {
		notes = json_array();
		if (json_object_set_new(steps->last, "notes", notes) != 0)
			steps->failed = true;
	}
	append(steps, notes,
	    json_pack("{s:s, s:s, s:s}", "verdict", words[verdict], "section",
		section, "text", text));
}

const char *
sts_diag_text(const struct sts_diag *diag, char buf[STS_STEP_TEXT])
{
	if (diag->line > 0)
		snprintf(buf, STS_STEP_TEXT, "line %u, %s: %s", diag->line,
		    diag->rule, diag->text);
	else
		snprintf(buf, STS_STEP_TEXT, "%s: %s", diag->rule, diag->text);
	return buf;
}

void
sts_note_diags(struct sts_steps *steps, const struct sts_diags *diags,
    const struct sts_diag *but)
{
	char text[STS_STEP_TEXT];
	size_t i;

	for (i = 0; i < diags->n; i++)
		if (&diags->list[i] != but)
			sts_note(steps,
			    diags->list[i].severity == STS_ERROR
				? STS_STEP_NO
				: STS_STEP_INFO,
			    diags->list[i].section, "%s",
			    sts_diag_text(&diags->list[i], text));
	if (diags->dropped > 0)
		sts_note(steps, STS_STEP_INFO, "", "and %zu findings more",
		    diags->dropped);
}

const char *
sts_explain_time(int64_t wall, char *buf)
{
	time_t when = (time_t)wall;
	struct tm tm;

	if (gmtime_r(&when, &tm) == NULL ||
	    strftime(buf, 32, "%Y-%m-%d %H:%M:%S UTC", &tm) == 0)
		snprintf(buf, 32, "%lld", (long long)wall);
	return buf;
}
