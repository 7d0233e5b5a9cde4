/* SPDX-License-Identifier: ISC */
#include "sts/diag.h"

#include <stdarg.h>
#include <stdio.h>

/* Warnings leave this much room, so that no flood of them hides an error. */
#define ERROR_ROOM 4

void
sts_diag_add(struct sts_diags *diags, enum sts_severity severity, unsigned line,
    const char *rule, const char *section, const char *fmt, ...)
{
	struct sts_diag *diag;
	size_t room = STS_DIAGS_MAX;
	va_list ap;

	if (diags == NULL)
		return;
	if (severity == STS_WARNING)
		room -= ERROR_ROOM;
	if (diags->n >= room) {
		diags->dropped++;
		return;
	}
	diag = &diags->list[diags->n++];
	diag->severity = severity;
	diag->line = line;
	diag->rule = rule;
	diag->section = section;
	va_start(ap, fmt);
	vsnprintf(diag->text, sizeof(diag->text), fmt, ap);
	va_end(ap);
}

const struct sts_diag *
sts_diag_error(const struct sts_diags *diags)
{
	size_t i;

	for (i = 0; i < diags->n; i++)
		if (diags->list[i].severity == STS_ERROR)
			return &diags->list[i];
	return NULL;
}
