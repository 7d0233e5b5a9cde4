/* SPDX-License-Identifier: ISC */
#include "fuzz.h"
#include "table_route.h"
#include "table_session.h"

#define HEADER 16

struct heard {
	size_t n;
	char p[1 << 20];
};

static void
ask(void *arg, const struct sts_table_request *request,
    struct sts_table_result *result)
{
	struct sts_route route = {.kind = STS_ROUTE_BLOCKED, .text = "why"};

	(void)arg;
	MUST(request->key[0] != '\0');
	MUST(strlen(request->key) < STS_TABLE_KEY);
	result->found = (enum sts_found)(strlen(request->key) % 3) - 1;
	sts_route_value(
	    &route, request->key, result->text, sizeof(result->text));
}

static void
whole_line(const char *p, size_t n)
{
	size_t i;

	MUST(memchr(p, '|', n) != NULL);
	for (i = 0; i < n; i++)
		MUST((p[i] >= ' ' && p[i] <= '~') || p[i] == '\n');
	MUST(p[n - 1] == '\n');
	if (strncmp(p, "register|", 9) != 0)
		MUST(memchr(p, '\n', n) == p + n - 1);
}

static void
whole_frame(const char *p, size_t n)
{
	uint32_t type;
	uint16_t length;
	int32_t found;

	MUST(n >= HEADER);
	memcpy(&type, p, sizeof(type));
	memcpy(&length, p + 4, sizeof(length));
	MUST(type == 0 && length == n);
	if (n == HEADER)
		return;
	MUST(n >= HEADER + sizeof(found));
	memcpy(&found, p + HEADER, sizeof(found));
	MUST(found >= -1 && found <= 1);
	if (n > HEADER + sizeof(found))
		MUST(found == 1 && p[n - 1] == '\0' &&
		     strlen(p + HEADER + 4) + HEADER + 5 == n);
}

static void
take(void *arg, bool text, const char *p, size_t n)
{
	struct heard *heard = arg;

	if (text)
		whole_line(p, n);
	else
		whole_frame(p, n);
	MUST(n <= STS_TABLE_OUT);
	if (heard->n + n > sizeof(heard->p))
		return;
	memcpy(heard->p + heard->n, p, n);
	heard->n += n;
}

static struct heard *
play(const char *p, size_t n, size_t step)
{
	struct heard *heard = malloc(sizeof(*heard));
	struct sts_session *s = sts_session_new(ask, take, heard);
	size_t at;

	MUST(heard != NULL && s != NULL);
	heard->n = 0;
	for (at = 0; at < n; at += step)
		if (!sts_session_feed(s, p + at, n - at < step ? n - at : step))
			break;
	sts_session_free(s);
	return heard;
}

/* Text reads the same however it is cut. A frame that makes no sense takes
 * what is there with it, so that this is not so of imsg. */
static void
talk(const char *p, size_t n)
{
	struct heard *one = play(p, n, n), *two = play(p, n, 7);

	if (p[0] == 'c') {
		MUST(one->n == two->n);
		MUST(memcmp(one->p, two->p, one->n) == 0);
	}
	free(one);
	free(two);
}

static void
route(const char *line)
{
	struct sts_route r;
	char out[STS_TABLE_TEXT];

	sts_route_read(sts_client_kind(line), line, 1800000000, &r);
	MUST(r.life_ms >= 0 && r.life_ms <= 3600000);
	if (r.kind == STS_ROUTE_NONE)
		MUST(strncmp(line, "STS1 none ", 10) == 0 ||
		     strncmp(line, "STS1 policy ", 12) == 0);
	if (r.kind == STS_ROUTE_HOST)
		MUST(sts_is_host(r.text));
	else if (r.kind != STS_ROUTE_NONE)
		MUST(sts_is_host(r.text)); /* a word: it goes to smtpd */
	sts_route_value(&r, line, out, sizeof(out));
	MUST(strncmp(out, "smtp+tls://", 11) == 0 && sts_is_host(out + 11));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *copy = malloc(size + 2);

	MUST(copy != NULL);
	if (size > 0)
		talk((const char *)data, size);
	copy[0] = 'c'; /* into the text, whatever it begins with */
	memcpy(copy + 1, data, size);
	copy[size + 1] = '\0';
	talk(copy, size + 1);
	route(copy + 1);
	free(copy);
	return 0;
}
