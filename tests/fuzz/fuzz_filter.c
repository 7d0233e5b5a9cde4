/* SPDX-License-Identifier: ISC */
#include <stdarg.h>
#include <stdbool.h>

#include "filter_hold.h"
#include "filter_line.h"
#include "filter_log.h"
#include "filter_sent.h"
#include "fuzz.h"
#include "line_in.h"
#include "line_out.h"

/* What smtpd might say, in pieces of the size of the first octet. */
static struct sts_stances *stances; /* nobody there to ask */
static struct sts_line_in in;
static struct sts_line_out out;

/* In place of the program's own. */
void
sts_filter_log(const char *format, ...)
{
	char line[8192];
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	MUST(n > 0 && (size_t)n < sizeof(line));
	MUST(strpbrk(line, "\n\r") == NULL);
}

static bool
inside(struct sts_field field, const char *line, size_t n)
{
	return field.n == 0 ||
	       (field.p >= line && field.p + field.n <= line + n);
}

/* The answer is that of this session, and one line. */
static void
check_answer(const struct sts_filter_line *line)
{
	char want[200];
	int n = snprintf(want, sizeof(want),
	    "filter-result|%.*s|%.*s|proceed\n", (int)line->session.n,
	    line->session.p, (int)line->token.n, line->token.p);

	if (sts_field_is(line->event, "data-line")) {
		MUST(out.have == 0);
		return;
	}
	MUST(out.have == (size_t)n && memcmp(out.buf, want, out.have) == 0);
	out.have = 0;
}

static void
one_line(struct sts_holds *holds, struct sts_sent *sent, const char *text,
    size_t n, bool cut)
{
	struct sts_filter_line line = sts_filter_parse(text, n);
	char domain[STS_NAME_SIZE];

	MUST(inside(line.event, text, n) && inside(line.rest, text, n));
	MUST(inside(line.session, text, n) && inside(line.token, text, n));
	if (sts_field_domain(line.rest, domain, sizeof(domain))) {
		MUST(domain[0] != '\0' && strlen(domain) < sizeof(domain));
		MUST(strpbrk(domain, " \n") == NULL);
	}
	if (line.kind == STS_FILTER_ASK) {
		sts_hold_ask(holds, &line, cut);
		check_answer(&line);
	} else if (line.kind == STS_FILTER_REPORT) {
		sts_sent_event(sent, &line);
	}
	MUST(out.have == 0);
}

/* As sts_line_in_read() would. */
static size_t
feed(const uint8_t *data, size_t size)
{
	size_t n = STS_LINE_IN_MAX - (in.have - in.at);

	memmove(in.buf, in.buf + in.at, in.have - in.at);
	in.have -= in.at;
	in.at = 0;
	n = size < n ? size : n;
	MUST(n > 0);
	memcpy(in.buf + in.have, data, n);
	in.have += n;
	return n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sts_sent_rules rules = {.all = true};
	struct sts_holds *holds;
	struct sts_sent *sent;
	size_t piece = size > 0 ? (size_t)data[0] * 16 + 1 : 1;

	if (stances == NULL)
		stances = sts_stances_new("");
	MUST(stances != NULL);
	holds = sts_holds_new(stances, &out, true);
	sent = sts_sent_new(stances, rules);
	MUST(holds != NULL && sent != NULL);
	in.at = in.have = 0;
	in.skipping = false;
	while (size > 0) {
		size_t n = feed(data, size < piece ? size : piece);
		char *line;
		bool cut;

		data += n;
		size -= n;
		while (sts_line_in_next(&in, &line, &n, &cut)) {
			MUST(n <= STS_LINE_IN_MAX && line[n] == '\0');
			one_line(holds, sent, line, n, cut);
		}
	}
	sts_sent_free(sent);
	sts_holds_free(holds);
	return 0;
}
