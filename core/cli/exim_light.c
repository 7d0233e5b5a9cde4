/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "exim_call.h"
#include "exim_text.h"

/* As stsgate-light-macros.conf and stsgate-transport.conf have them. */
#define FILE_NAME "/stsgate-light.acl"
#define MORE_NAME "/stsgate-light-more.acl"
#define NOW       "${length_8:$tod_epoch} "
#define FREE      "${if eq{$acl_c_stsgate_none}{" NOW "$domain}"
#define LATER     "{${expand:\\N${if "
#define STRICT    "or{{eq{$acl_c_stsgate_for}{" NOW "$domain}}{!"
#define EVENTS                                                              \
	"${extract{x$event_name}{xsmtp:connect=q xsmtp:ehlo=q xtls:cert=c " \
	"xmsg:host:defer=c xdane:fail=c}{"
#define QUIET "or{{eq{$acl_c_stsgate_quiet}{$value " NOW "$domain $host}}{"
#define WHY   "{}{MTA-STS: $value}}"
/* A list for nobody, to the last octet. */
#define WHOLE  "${if and{{"
#define NOBODY "}{eq{$value}{!*}}}"

/* The ACL and its arguments. */
enum {
	ARG_FILE,
	ARG_MORE,
	ARG_SOCKET,
	ARG_ALIVE,
	ARG_PATIENCE,
	ARG_UNAVAILABLE,
	ARG_WORD,
	ARG_DOMAIN,
	ARG_VIA,
	ARGS
};

enum way { EITHER, MX_HOSTS, SMART_HOST };

static const struct question {
	const char *word;
	const char *module; /* which the module knows as this */
	const char *before; /* in front of the call */
	const char *then;   /* what is made of the answer */
	enum way way;
} questions[] = {
    {"require", "require", "${if ", "{}{*}}", EITHER},
    {"require", "require", FREE "{}" LATER STRICT, "}}{*}}\\N}}}", MX_HOSTS},
    {"verify", "verify", "${if ", "{}{*}}", EITHER},
    {"verify", "verify", FREE "{}" LATER STRICT, "}}{*}}\\N}}}", MX_HOSTS},
    {"interface", "interface", FREE "{}" LATER STRICT,
	"}}{<; 0.0.0.0 ; ::}}\\N}}}", MX_HOSTS},
    {"retry", "retry", FREE "{true}" LATER, "{true}{false}}\\N}}}", MX_HOSTS},
    {"guard", "guard", "${if ", "{$value}{stsgate-light.acl is not whole}}",
	EITHER},
    {"domains", "domains", WHOLE, NOBODY "{!*}{*}}", EITHER},
    {"ignore", "ignore", "${if ", "{${if eq{$value}{!*}{}{$value ; *}}}{*}}",
	EITHER},
    {"defer", "defer", WHOLE, NOBODY "{}{*}}", EITHER},
    {"event", "", EVENTS FREE "{}" LATER QUIET, "}}" WHY "\\N}}}}}", MX_HOSTS},
    {"event", "", EVENTS "${if ", WHY "}}", SMART_HOST},
    {"alias", "sni", "${if ", "{$host}{${if def:value{$value}{$host}}}}",
	SMART_HOST},
};

/* The module's word for what is asked; false: the answer is not used so. */
static bool
read_word(struct sts_exim_call *call, struct sts_str word, enum way way,
    struct sts_str before, struct sts_str then)
{
	bool known = false;
	size_t i;

	for (i = 0; i < sizeof(questions) / sizeof(questions[0]); i++) {
		const struct question *q = &questions[i];

		if (!sts_str_eq(word, q->word))
			continue;
		known = true;
		call->word = sts_str(q->module);
		if (sts_str_eq(before, q->before) &&
		    sts_str_eq(then, q->then) &&
		    (q->way == EITHER || q->way == way))
			return true;
	}
	if (!known)
		call->unknown = word;
	return !known;
}

/* Is it that file, at a place of its own? */
static bool
names_file(struct sts_str arg, const char *name)
{
	struct sts_str rest;

	return sts_exim_behind(arg, name, &rest) && rest.n == 0 &&
	       !sts_exim_contains(arg, "$");
}

/* Cut the call's "{{FILE}{MORE}{SOCKET}...}" off. */
static bool
read_arguments(struct sts_str *text, struct sts_str arg[ARGS])
{
	struct sts_str list;
	size_t n = 0;

	if (!sts_exim_braces(text, &list))
		return false;
	while (n < ARGS && sts_exim_braces(&list, &arg[n]))
		n++;
	return n > ARG_WORD && list.n == 0 &&
	       names_file(arg[ARG_FILE], FILE_NAME) &&
	       names_file(arg[ARG_MORE], MORE_NAME);
}

/* The "${...}" that text begins with; false: there is none. */
static bool
expansion(struct sts_str text, struct sts_str *whole)
{
	struct sts_str rest = text, inside;

	if (!sts_exim_cut(&rest, "$") || !sts_exim_braces(&rest, &inside))
		return false;
	*whole = (struct sts_str){text.p, (size_t)(rest.p - text.p)};
	return true;
}

bool
sts_exim_read_light(struct sts_str text, struct sts_exim_call *call)
{
	struct sts_str arg[ARGS] = {{NULL, 0}}, before, then;

	call->form = STS_EXIM_LIGHT;
	if (!expansion(text, &call->whole) ||
	    !sts_exim_behind(call->whole, "acl{{", &then))
		return false;
	before = (struct sts_str){
	    call->whole.p, (size_t)(then.p - call->whole.p) - strlen("acl{{")};
	then = (struct sts_str){then.p - 2, then.n + 2};
	if (!read_arguments(&then, arg))
		return false;
	call->file = arg[ARG_FILE];
	call->more = arg[ARG_MORE];
	call->socket = arg[ARG_SOCKET];
	call->on_unavailable = arg[ARG_UNAVAILABLE];
	if (!sts_str_eq(arg[ARG_DOMAIN], "$domain"))
		call->domain = arg[ARG_DOMAIN];
	if (!sts_str_eq(arg[ARG_UNAVAILABLE], "defer") &&
	    !sts_str_eq(arg[ARG_UNAVAILABLE], "deliver"))
		call->unknown = arg[ARG_UNAVAILABLE];
	return read_word(call, arg[ARG_WORD],
	    arg[ARG_VIA].n > 0 ? SMART_HOST : MX_HOSTS, before, then);
}
