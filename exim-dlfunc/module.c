/* SPDX-License-Identifier: ISC */
#include "attempt.h"
#include "call.h"
#include "event.h"
#include "hostlist.h"

#define EXIM_OK 0 /* whatever else it returned, Exim would go on without us */

/*
 * ${dlfunc{.../stsgate.so}{stsgate}{WORD or key=value}...}: see README.md. The
 * answer is in our memory, which Exim copies.
 */
__attribute__((visibility("default"))) int
stsgate(unsigned char **yield, int argc, unsigned char *argv[]);

/* The list for a call about TLS; what is already known to hold, holds. */
static const char *
tls_list(const struct sts_call *call)
{
	const struct sts_attempt *a = sts_attempt();
	const char *list = "*";

	if (!sts_attempt_is(a, call) || a->stance != STS_ENFORCE)
		list = sts_hostlist_tls(call);
	if (call->word == STS_WORD_REQUIRE)
		sts_event_no_tls(call);
	else
		sts_event_verify(call, list[0] != '\0');
	return list;
}

static const char *
answer(const struct sts_call *call)
{
	if (call->word == STS_WORD_GUARD)
		return call->fixed ? "true" : "false";
	if (call->event[0] != '\0')
		return call->word == STS_WORD_UNKNOWN ? sts_event_refuse(call)
						      : sts_event(call);
	switch (call->word) {
	case STS_WORD_IGNORE:
		return sts_hostlist_ignore(call);
	case STS_WORD_REST:
		return sts_hostlist_rest(call);
	case STS_WORD_INTERFACE:
		return sts_hostlist_interface(call);
	case STS_WORD_NAMES:
		return sts_event_names(call);
	case STS_WORD_RETRY:
		return sts_hostlist_retry(call);
	case STS_WORD_DOMAINS:
		return sts_hostlist_domains(call);
	case STS_WORD_SNI:
		return sts_event_sni(call);
	case STS_WORD_DEFER:
		return sts_hostlist_defer(call);
	case STS_WORD_UNKNOWN:
		return "*";
	default:
		return tls_list(call);
	}
}

int
stsgate(unsigned char **yield, int argc, unsigned char *argv[])
{
	static struct sts_call call;

	sts_call_read(&call, argc, argv);
	*yield = (unsigned char *)answer(&call);
	return EXIM_OK;
}
