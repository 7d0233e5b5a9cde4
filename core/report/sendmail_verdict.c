/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "sendmail_impl.h"

/*
 * What is wrong with this message or this address stays wrong. All else may
 * pass, also what we know nothing of: it is tried again for a day at most.
 */
static bool
is_final(int status)
{
	switch (status) {
	case EX_USAGE:
	case EX_DATAERR:
	case EX_NOINPUT:
	case EX_NOUSER:
	case EX_NOHOST:
		return true;
	default:
		return false;
	}
}

/* Its first line that says something. */
static struct sts_str
first_line(struct sts_str text)
{
	const char *end;

	while (text.n > 0 && (text.p[0] == '\n' || text.p[0] == '\r')) {
		text.p++;
		text.n--;
	}
	if (text.n > 0 && (end = memchr(text.p, '\n', text.n)) != NULL)
		text.n = (size_t)(end - text.p);
	if (text.n > 0 && text.p[text.n - 1] == '\r')
		text.n--;
	return text;
}

/* whole: it could have read all of the message. */
enum sts_sent
sts_sendmail_verdict(const siginfo_t *info, bool whole, struct sts_str text,
    char why[STS_SENDING_WHY])
{
	struct sts_str line = first_line(text);
	size_t n;

	if (info->si_pid == 0) {
		snprintf(why, STS_SENDING_WHY, "its end was not seen");
		return STS_SENT_RETRY;
	}
	if (info->si_code != CLD_EXITED) {
		snprintf(why, STS_SENDING_WHY, "killed by signal %d",
		    info->si_status);
		return STS_SENT_RETRY;
	}
	if (info->si_status == 0 && whole) {
		why[0] = '\0';
		return STS_SENT_ACCEPTED;
	}
	n = (size_t)snprintf(why, STS_SENDING_WHY, "exit %d%s%s",
	    info->si_status, whole ? "" : ", message not read",
	    line.n > 0 ? ": " : "");
	sts_str_escape(line, why + n, STS_SENDING_WHY - n);
	return is_final(info->si_status) ? STS_SENT_REFUSED : STS_SENT_RETRY;
}
