/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "exim_call.h"
#include "exim_text.h"

/* As stsgate-light-macros.conf has them. */
#define FILE_NAME "/stsgate-light.acl"
#define EVENTS                                                    \
	"if or{{eq{$event_name}{smtp:connect}}"                   \
	"{eq{$event_name}{msg:host:defer}}"                       \
	"{and{{eq{$event_name}{smtp:ehlo}}{def:tls_out_cipher}}}" \
	"{and{{eq{$event_name}{tls:cert}}{match{$event_data}{^0*\\\\z}}}}}"

/* The ACL and its arguments. */
enum {
	ARG_FILE,
	ARG_SOCKET,
	ARG_ALIVE,
	ARG_PATIENCE,
	ARG_UNAVAILABLE,
	ARG_WORD,
	ARG_DOMAIN,
	ARG_VIA,
	ARGS
};

static const struct question {
	const char *word;
	const char *module; /* which the module knows as this */
	const char *then;   /* what is made of the answer */
	bool via;           /* for smart hosts alone */
} questions[] = {
    {"require", "require", "{}{*}", false},
    {"verify", "verify", "{}{*}", false},
    {"interface", "interface", "{}{<; 0.0.0.0 ; ::}", false},
    {"retry", "retry", "{true}{false}", false},
    {"guard", "guard", "{false}{stsgate-light.acl is not whole}", false},
    {"guard", "guard", "{true}{stsgate-light.acl is not whole}", true},
    {"domains", "domains", "{!*}{*}", false},
    {"ignore", "ignore", "{$value}{*}", false},
    {"defer", "defer", "{}{*}", false},
    {"rest", "rest", "{*}{*}", false},
    {"event", "", "{}{MTA-STS: $value}", false},
    {"alias", "sni", "{$host}{${if def:value{$value}{$host}}}", true},
};

/* What is in the "${...}" that text begins with; it is cut off. */
static bool
expansion(struct sts_str *text, struct sts_str *inside)
{
	return sts_exim_cut(text, "$") && sts_exim_braces(text, inside);
}

/* The module's word for what is asked; false: the answer is not used so. */
static bool
read_word(struct sts_exim_call *call, struct sts_str word, bool via,
    struct sts_str then)
{
	bool known = false;
	size_t i;

	for (i = 0; i < sizeof(questions) / sizeof(questions[0]); i++) {
		const struct question *q = &questions[i];

		if (!sts_str_eq(word, q->word))
			continue;
		known = true;
		call->word = sts_str(q->module);
		if (sts_str_eq(then, q->then) && (via || !q->via))
			return true;
	}
	if (!known)
		call->unknown = word;
	return !known;
}

/* text is "if acl{{FILE}{SOCKET}...}{...}{...}". */
static bool
read_acl(struct sts_str text, bool events, struct sts_exim_call *call)
{
	struct sts_str arg[ARGS] = {{NULL, 0}}, list, file;
	size_t n = 0;

	if (!sts_exim_cut(&text, "if acl") || !sts_exim_braces(&text, &list))
		return false;
	while (n < ARGS && sts_exim_braces(&list, &arg[n]))
		n++;
	if (n <= ARG_WORD || list.n > 0 ||
	    !sts_exim_behind(arg[ARG_FILE], FILE_NAME, &file) || file.n > 0 ||
	    sts_exim_contains(arg[ARG_FILE], "$") ||
	    sts_str_eq(arg[ARG_WORD], "event") != events)
		return false;
	call->file = arg[ARG_FILE];
	call->socket = arg[ARG_SOCKET];
	call->on_unavailable = arg[ARG_UNAVAILABLE];
	if (!sts_str_eq(arg[ARG_DOMAIN], "$domain"))
		call->domain = arg[ARG_DOMAIN];
	if (!sts_str_eq(arg[ARG_UNAVAILABLE], "defer") &&
	    !sts_str_eq(arg[ARG_UNAVAILABLE], "deliver"))
		call->unknown = arg[ARG_UNAVAILABLE];
	return read_word(call, arg[ARG_WORD], arg[ARG_VIA].n > 0, text);
}

bool
sts_exim_read_light(struct sts_str text, struct sts_exim_call *call)
{
	struct sts_str inside, nested;
	bool events;

	call->form = STS_EXIM_LIGHT;
	if (!expansion(&text, &inside))
		return false;
	call->whole.n = (size_t)(text.p - call->whole.p);
	events = sts_exim_cut(&inside, EVENTS);
	if (events && (!sts_exim_braces(&inside, &nested) || inside.n > 0 ||
			  !expansion(&nested, &inside) || nested.n > 0))
		return false;
	return read_acl(inside, events, call);
}
