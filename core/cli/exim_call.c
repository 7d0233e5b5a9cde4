/* SPDX-License-Identifier: ISC */
#include "exim_call.h"

#include <string.h>

#include "exim_text.h"

static bool
option(struct sts_str arg, const char *name, struct sts_str *value)
{
	if (!sts_exim_cut(&arg, name))
		return false;
	*value = arg;
	return true;
}

static bool
is_word(struct sts_str arg)
{
	static const char *const words[] = {"guard", "ignore", "require",
	    "verify", "names", "interface", "retry", "defer", "domains", "sni",
	    "rest"};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (sts_str_eq(arg, words[i]))
			return true;
	return false;
}

static void
read_argument(struct sts_exim_call *call, struct sts_str arg)
{
	struct sts_str rest;

	if (option(arg, "socket=", &call->socket) ||
	    option(arg, "domain=", &call->domain) ||
	    option(arg, "rest=", &rest))
		return;
	if (option(arg, "on_unavailable=", &call->on_unavailable)) {
		if (sts_str_eq(call->on_unavailable, "defer") ||
		    sts_str_eq(call->on_unavailable, "deliver"))
			return;
	} else if (is_word(arg) && call->word.n == 0) {
		call->word = arg;
		return;
	}
	if (call->unknown.n == 0)
		call->unknown = arg;
}

/* text begins with the call. */
static bool
read_dlfunc(struct sts_str text, struct sts_exim_call *call)
{
	struct sts_str function, arg;

	call->form = STS_EXIM_DLFUNC;
	if (!sts_exim_cut(&text, "${dlfunc") ||
	    !sts_exim_braces(&text, &call->file) ||
	    sts_exim_contains(call->file, "$") ||
	    !sts_exim_braces(&text, &function) ||
	    !sts_str_eq(function, "stsgate"))
		return false;
	while (sts_exim_braces(&text, &arg))
		read_argument(call, arg);
	if (!sts_exim_begins(text, "}"))
		return false;
	call->whole.n = (size_t)(text.p + 1 - call->whole.p);
	return true;
}

bool
sts_exim_next_call(struct sts_str *text, struct sts_exim_call *call)
{
	struct sts_str behind;

	while (sts_exim_behind(*text, "${", &behind)) {
		struct sts_str here = {behind.p - 2, behind.n + 2};

		*text = behind;
		memset(call, 0, sizeof(*call));
		call->whole.p = here.p;
		if (!read_dlfunc(here, call) &&
		    !sts_exim_read_light(here, call))
			continue;
		text->p = here.p + call->whole.n;
		text->n = here.n - call->whole.n;
		return true;
	}
	return false;
}

bool
sts_exim_call(struct sts_str value, struct sts_exim_call *call)
{
	return sts_exim_next_call(&value, call);
}
