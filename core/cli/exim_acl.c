/* SPDX-License-Identifier: ISC */
#include "exim.h"

/* The value behind "name =" in a condition, or nothing. */
static struct sts_str
assigned(struct sts_str line, const char *name)
{
	struct sts_str value = {NULL, 0};

	if (!sts_exim_behind(line, name, &value))
		return value;
	value = sts_exim_trim(value);
	if (value.n == 0 || value.p[0] != '=')
		return (struct sts_str){NULL, 0};
	return sts_exim_trim((struct sts_str){value.p + 1, value.n - 1});
}

/* Is word one of the items between commas, up to the next '/'? */
static bool
lists(struct sts_str value, const char *word)
{
	size_t end = 0, start;

	while (end < value.n && value.p[end] != '/') {
		for (start = end; end < value.n && value.p[end] != '/' &&
				  value.p[end] != ',';)
			end++;
		if (sts_str_eq(sts_exim_trim((struct sts_str){
				   value.p + start, end - start}),
			word))
			return true;
		if (end < value.n && value.p[end] == ',')
			end++;
	}
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

	if (sts_exim_begins(assigned(line, "control"), "cutthrough_delivery") &&
	    sts_exim_add(exim, &cutthrough) != 0)
		return -1;
	if (lists(assigned(line, "callout"), "hold"))
		return sts_exim_add(exim, &hold);
	return 0;
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
		if (check_line(exim, acl, line) != 0)
			return -1;
	}
	return 0;
}
