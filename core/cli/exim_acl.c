/* SPDX-License-Identifier: ISC */
#include <string.h>
#include <strings.h>

#include "exim.h"

/* Does it begin so, whatever the case? */
static bool
begins(struct sts_str text, const char *word)
{
	size_t n = strlen(word);

	return text.n >= n && strncasecmp(text.p, word, n) == 0;
}

/* Cut line behind the next "name =", whatever its case; false: none. */
static bool
next_assigned(struct sts_str *line, const char *name)
{
	while (line->n > 0) {
		bool here = begins(*line, name);
		size_t n = here ? strlen(name) : 1;

		*line = (struct sts_str){line->p + n, line->n - n};
		if (!here)
			continue;
		*line = sts_exim_trim(*line);
		if (sts_exim_begins(*line, "=")) {
			*line = (struct sts_str){line->p + 1, line->n - 1};
			return true;
		}
	}
	return false;
}

/*
 * Is one of the items up to the next '/' the option? They have commas between
 * them; one that an expansion yields has braces around it. For Exim an item is
 * the option that it begins with, in any case.
 */
static bool
lists(struct sts_str value, const char *option)
{
	size_t depth = 0, i;

	for (i = 0; i < value.n && (value.p[i] != '/' || depth > 0); i++) {
		struct sts_str rest = {value.p + i, value.n - i};
		bool starts = i == 0 || strchr(",{} \t", value.p[i - 1]);

		if (starts && begins(rest, option))
			return true;
		if (value.p[i] == '{')
			depth++;
		else if (value.p[i] == '}' && depth > 0)
			depth--;
	}
	return false;
}

static bool
cuts_through(struct sts_str line)
{
	return next_assigned(&line, "control") &&
	       sts_exim_contains(line, "cutthrough_delivery");
}

static bool
holds(struct sts_str line)
{
	if (!sts_exim_contains(line, "verify"))
		return false;
	while (next_assigned(&line, "callout"))
		if (lists(line, "hold"))
			return true;
	return false;
}

/*
 * Both let a message ride a connection that was opened for another domain's
 * checks, before any hook of the transport is asked.
 */
static int
check_line(const struct sts_exim *exim, struct sts_str acl, struct sts_str line)
{
	struct sts_exim_finding cutthrough = {STS_EXIM_ERROR,
	    "cutthrough_delivery", acl.n > 0 ? "acl" : NULL, acl,
	    "control = cutthrough_delivery delivers on a connection of the "
	    "callout, past the checks of stsgate",
	    "delete the line"};
	struct sts_exim_finding hold = {STS_EXIM_ERROR, "hold", cutthrough.kind,
	    acl,
	    "a callout with hold leaves its connection to the delivery, past "
	    "the checks of stsgate",
	    "the callout without hold"};

	if (cuts_through(line) && sts_exim_add(exim, &cutthrough) != 0)
		return -1;
	return holds(line) ? sts_exim_add(exim, &hold) : 0;
}

/* An ACL in a file, which Exim reads when mail comes: "acl_smtp_rcpt = /..." */
static int
check_file(const struct sts_exim *exim, struct sts_str line)
{
	struct sts_exim_finding finding = {STS_EXIM_WARNING, "acl-file", "acl",
	    {NULL, 0},
	    "is in a file of its own, where cutthrough_delivery and callouts "
	    "with hold were not looked for",
	    "its lines below \"begin acl\""};
	struct sts_str text = sts_exim_trim(line);
	bool found = sts_exim_begins(text, "acl_")
			 ? sts_exim_behind(text, "=", &text)
			 : next_assigned(&text, "acl");

	finding.name = sts_exim_trim(text);
	return found && sts_exim_begins(finding.name, "/")
		   ? sts_exim_add(exim, &finding)
		   : 0;
}

/* In "begin acl" a name is alone on its line, with a colon: "  rcpt:". */
static void
follow(struct sts_str line, bool *in_acls, struct sts_str *acl)
{
	struct sts_str text = sts_exim_trim(line);

	if (sts_exim_begins(text, "begin ")) {
		*in_acls = sts_str_eq(text, "begin acl");
		*acl = (struct sts_str){NULL, 0};
	} else if (*in_acls && text.n > 1 && text.p[text.n - 1] == ':' &&
		   !sts_exim_contains(text, " ")) {
		*acl = (struct sts_str){text.p, text.n - 1};
	}
}

int
sts_exim_acls(const struct sts_exim *exim)
{
	struct sts_str rest = exim->config, line, acl = {NULL, 0};
	bool in_acls = false;

	while (sts_exim_next_line(&rest, &line)) {
		follow(line, &in_acls, &acl);
		if (check_line(exim, acl, line) != 0 ||
		    check_file(exim, line) != 0)
			return -1;
	}
	return 0;
}
