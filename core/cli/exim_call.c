/* SPDX-License-Identifier: ISC */
#include "exim_call.h"

#include <string.h>

#include "exim_text.h"

#define DLFUNC     "${dlfunc{"
#define READSOCKET "${readsocket{"

/* The argument up to the brace that closes it, cut off text with the brace. */
static bool
argument(struct sts_str *text, struct sts_str *arg)
{
	size_t depth = 1, i;

	for (i = 0; i < text->n; i++) {
		if (text->p[i] == '{')
			depth++;
		else if (text->p[i] == '}' && --depth == 0)
			break;
	}
	if (i == text->n)
		return false;
	*arg = (struct sts_str){text->p, i};
	text->p += i + 1;
	text->n -= i + 1;
	return true;
}

/* The next "{...}", if there is one. */
static bool
next_argument(struct sts_str *text, struct sts_str *arg)
{
	struct sts_str rest = sts_exim_trim(*text);

	if (!sts_exim_begins(rest, "{"))
		return false;
	rest = (struct sts_str){rest.p + 1, rest.n - 1};
	if (!argument(&rest, arg))
		return false;
	*text = rest;
	return true;
}

static bool
option(struct sts_str arg, const char *name, struct sts_str *value)
{
	size_t n = strlen(name);

	if (!sts_exim_begins(arg, name))
		return false;
	*value = (struct sts_str){arg.p + n, arg.n - n};
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
	if (option(arg, "socket=", &call->socket) ||
	    option(arg, "domain=", &call->domain) ||
	    option(arg, "rest=", &call->rest))
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

/* text is behind "${dlfunc{". */
static bool
read_dlfunc(struct sts_str text, struct sts_exim_call *call)
{
	struct sts_str function, arg;

	call->form = STS_EXIM_DLFUNC;
	if (!argument(&text, &call->module) ||
	    sts_exim_contains(call->module, "$") ||
	    !next_argument(&text, &function) ||
	    !sts_str_eq(function, "stsgate"))
		return false;
	while (next_argument(&text, &arg))
		read_argument(call, arg);
	if (!sts_exim_begins(text, "}"))
		return false;
	call->whole.n = (size_t)(text.p + 1 - call->whole.p);
	return true;
}

/* text is behind "${readsocket{". */
static bool
read_readsocket(struct sts_str text, struct sts_exim_call *call)
{
	struct sts_str arg, question;

	call->form = STS_EXIM_READSOCKET;
	if (!argument(&text, &call->socket) ||
	    !next_argument(&text, &question) ||
	    !sts_exim_begins(question, "STS1 "))
		return false;
	while (next_argument(&text, &arg))
		;
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
		bool found = false;

		*text = behind;
		memset(call, 0, sizeof(*call));
		call->whole.p = here.p;
		if (sts_exim_begins(here, DLFUNC))
			found = read_dlfunc(
			    (struct sts_str){here.p + sizeof(DLFUNC) - 1,
				here.n - sizeof(DLFUNC) + 1},
			    call);
		else if (sts_exim_begins(here, READSOCKET))
			found = read_readsocket(
			    (struct sts_str){here.p + sizeof(READSOCKET) - 1,
				here.n - sizeof(READSOCKET) + 1},
			    call);
		if (!found)
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
