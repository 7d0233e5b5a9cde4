/* SPDX-License-Identifier: ISC */
#include "probe_reply.h"

#include <string.h>
#include <strings.h>

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The line's code, 200 to 599 in a form that RFC 5321 knows; 0: no reply. */
static int
code_of(const char *line)
{
	if (line[0] < '2' || line[0] > '5' || !is_digit(line[1]) ||
	    !is_digit(line[2]))
		return 0;
	if (line[3] != '\0' && line[3] != ' ' && line[3] != '-')
		return 0;
	return (line[0] - '0') * 100 + (line[1] - '0') * 10 + line[2] - '0';
}

static enum sts_probe_read
end_line(struct sts_probe_reply *reply)
{
	char *line = reply->line;
	int code;

	if (reply->n_line > 0 && line[reply->n_line - 1] == '\r')
		reply->n_line--;
	line[reply->n_line] = '\0';
	if (strlen(line) != reply->n_line || (code = code_of(line)) == 0)
		return STS_PROBE_BAD;
	if (reply->lines++ == 0)
		reply->code = code;
	else if (code != reply->code)
		return STS_PROBE_BAD;
	else if (strncasecmp(line + 4, "STARTTLS", 8) == 0 &&
		 (line[12] == '\0' || line[12] == ' '))
		reply->starttls = true;
	reply->n_line = 0;
	return line[3] == '-' ? STS_PROBE_MORE : STS_PROBE_DONE;
}

enum sts_probe_read
sts_probe_read(
    struct sts_probe_reply *reply, const char *p, size_t n, size_t *used)
{
	enum sts_probe_read rc = STS_PROBE_MORE;
	size_t i;

	for (i = 0; i < n && rc == STS_PROBE_MORE; i++) {
		if (++reply->total > STS_PROBE_REPLY ||
		    (p[i] != '\n' && reply->n_line == STS_PROBE_LINE))
			rc = STS_PROBE_BAD;
		else if (p[i] == '\n')
			rc = end_line(reply);
		else
			reply->line[reply->n_line++] = p[i];
	}
	*used = i;
	return rc;
}
