/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "fetch_impl.h"

/*
 * text/plain in any case; parameters are ignored, but what follows the type
 * must be the beginning of one (HTT-7).
 */
static bool
is_text_plain(const char *type)
{
	static const char want[] = "text/plain";

	if (strncasecmp(type, want, sizeof(want) - 1) != 0)
		return false;
	type += sizeof(want) - 1;
	type += strspn(type, " \t");
	return *type == '\0' || *type == ';';
}

static void
on_headers_end(struct sts_http_request *req)
{
	const char *type = NULL;
	long code = 0;

	curl_easy_getinfo(req->easy, CURLINFO_RESPONSE_CODE, &code);
	if (code < 200)
		return; /* 100 Continue and its like: more is to come */
	curl_easy_getinfo(req->easy, CURLINFO_CONTENT_TYPE, &type);
	if (code != 200)
		req->stop = STS_FETCH_CODE;
	else if (req->stop != STS_FETCH_GO)
		return;
	else if (type == NULL || !is_text_plain(type))
		req->stop = STS_FETCH_TYPE;
	else
		req->accepted = true;
}

/* What a header line says, if it is the one named. */
static bool
value_of(struct sts_str line, const char *name, struct sts_str *value)
{
	size_t n = strlen(name);

	if (line.n < n || strncasecmp(line.p, name, n) != 0)
		return false;
	while (n < line.n && (line.p[n] == ' ' || line.p[n] == '\t'))
		n++;
	*value = (struct sts_str){line.p + n, line.n - n};
	return true;
}

/* Does word stand anywhere in text? */
static bool
has(struct sts_str text, const char *word)
{
	size_t n = strlen(word);

	for (size_t i = 0; i + n <= text.n; i++)
		if (strncasecmp(text.p + i, word, n) == 0)
			return true;
	return false;
}

/*
 * We accept no coding, and curl undoes none; a body that has one all the same
 * is not text. Odd values ("utf-8" is seen) are let through to the parser.
 */
static bool
is_compressed(struct sts_str line)
{
	static const char *const codings[] = {
	    "gzip", "deflate", "compress", "br", "zstd"};
	struct sts_str value;

	if (!value_of(line, "content-encoding:", &value))
		return false;
	for (size_t i = 0; i < sizeof(codings) / sizeof(codings[0]); i++)
		if (has(value, codings[i]))
			return true;
	return false;
}

static bool
is_chunked(struct sts_str line)
{
	struct sts_str value;

	return value_of(line, "transfer-encoding:", &value) &&
	       has(value, "chunked");
}

size_t
sts_fetch_on_header(char *p, size_t size, size_t n, void *arg)
{
	struct sts_http_request *req = arg;
	struct sts_str line = {p, n *= size};

	req->n_header += n;
	req->chunked = req->chunked || is_chunked(line);
	if (req->n_header > STS_FETCH_HEADERS)
		req->stop = STS_FETCH_HEADER;
	else if (is_compressed(line))
		req->stop = STS_FETCH_CODING;
	else if (n > 0 && (p[0] == '\r' || p[0] == '\n'))
		on_headers_end(req);
	/* Only a whole head tells the status, so a coding waits for its end. */
	if (req->stop == STS_FETCH_GO ||
	    (req->stop == STS_FETCH_CODING && p[0] != '\r' && p[0] != '\n'))
		return n;
	return n + 1;
}

/* Grow by doubling, up to the limit. */
static bool
reserve(struct sts_http_request *req, size_t need)
{
	size_t room = req->room > 0 ? req->room : 2048;
	char *body;

	if (need <= req->room)
		return true;
	while (room < need)
		room *= 2;
	if ((body = realloc(req->body, room)) == NULL)
		return false;
	req->body = body;
	req->room = room;
	return true;
}

size_t
sts_fetch_on_body(char *p, size_t size, size_t n, void *arg)
{
	struct sts_http_request *req = arg;

	n *= size;
	if (n > STS_FETCH_BODY - req->n_body)
		req->stop = STS_FETCH_BIG;
	else if (!reserve(req, req->n_body + n))
		req->stop = STS_FETCH_FAULT;
	if (req->stop != STS_FETCH_GO)
		return n + 1;
	memcpy(req->body + req->n_body, p, n);
	req->n_body += n;
	return n;
}
