/* SPDX-License-Identifier: ISC */
#include "submit_text.h"

#include <string.h>

/* Two octets at most. */
static size_t
put(struct sts_submit_text *text, char c, char *out)
{
	size_t n = 0;

	if (c == '\n')
		out[n++] = '\r';
	else if (c == '.' && !text->inside)
		out[n++] = '.';
	out[n++] = c;
	text->inside = c != '\n';
	return n;
}

static size_t
end(struct sts_submit_text *text, char *out)
{
	static const char dot[] = {'\r', '\n', '.', '\r', '\n'};
	const size_t skip = text->inside ? 0 : 2;

	memcpy(out, dot + skip, sizeof(dot) - skip);
	text->ended = true;
	return sizeof(dot) - skip;
}

size_t
sts_submit_text(struct sts_submit_text *text, char *buf, size_t size)
{
	size_t n = 0;

	while (text->rest.n > 0 && n + 2 <= size) {
		n += put(text, *text->rest.p++, buf + n);
		text->rest.n--;
	}
	if (text->rest.n == 0 && !text->ended && n + 5 <= size)
		n += end(text, buf + n);
	return n;
}
