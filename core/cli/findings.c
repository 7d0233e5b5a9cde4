/* SPDX-License-Identifier: ISC */
#include "findings.h"

#include <stdio.h>

#include "print.h"

/* NULL where there is no finding of that kind, and when memory ran out. */
static json_t *
of_severity(const struct sts_diags *diags, enum sts_severity severity)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < diags->n; i++) {
		const struct sts_diag *d = &diags->list[i];

		if (d->severity != severity)
			continue;
		if (json_array_append_new(
			list, json_pack("{si ss ss ss}", "line", (int)d->line,
				  "rule", d->rule, "section", d->section,
				  "message", d->text)) != 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

static int
add(json_t *object, const char *key, json_t *list)
{
	if (list != NULL && json_array_size(list) == 0) {
		json_decref(list);
		return 0;
	}
	return json_object_set_new(object, key, list);
}

int
sts_findings_json(json_t *object, const struct sts_diags *diags)
{
	if (add(object, "errors", of_severity(diags, STS_ERROR)) != 0 ||
	    add(object, "warnings", of_severity(diags, STS_WARNING)) != 0)
		return -1;
	if (diags->dropped == 0)
		return 0;
	return json_object_set_new(
	    object, "more", json_integer((json_int_t)diags->dropped));
}

void
sts_findings_print(const char *path, const struct sts_diags *diags)
{
	size_t i;

	for (i = 0; i < diags->n; i++) {
		const struct sts_diag *d = &diags->list[i];

		sts_print_text(sts_str(path));
		if (d->line > 0)
			printf(":%u", d->line);
		printf(": %s: %s (%s, %s)\n",
		    d->severity == STS_ERROR ? "error" : "warning", d->text,
		    d->rule, d->section);
	}
	if (diags->dropped > 0)
		printf("and %zu more\n", diags->dropped);
}
