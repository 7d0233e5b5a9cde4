/* SPDX-License-Identifier: ISC */
/* The cases of kind "transfer". */
#include "vectors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <cmocka.h>

#define BOMB   10000000
#define LENGTH "Content-Length: 58\r\n" /* of POLICY */

const char *
vector_text(json_t *vector, const char *key)
{
	const char *value = json_string_value(json_object_get(vector, key));

	assert_non_null(value);
	return value;
}

bool
vector_accepts(json_t *vector)
{
	return strcmp(vector_text(vector, "expect"), "accept") == 0;
}

void
assert_policy(const struct result *result)
{
	assert_result(result, STS_HTTP_OK, "");
	assert_int_equal(result->code, 200);
	assert_string_equal(result->body, POLICY);
}

/* F050, F051: with Content-Length (true) and without. */
static void
body_of(size_t n, bool length, struct result *result)
{
	char head[256];
	struct script script;
	char *reply;
	int at;

	at = length ? snprintf(head, sizeof(head),
			  HEAD("Content-Length: %zu\r\n"), n)
		    : snprintf(head, sizeof(head), HEAD(""));
	reply = malloc((size_t)at + n);
	memcpy(reply, head, (size_t)at);
	memset(reply + at, 'x', n);
	script = (struct script){.reply = reply, .n_reply = (size_t)at + n};
	rig_once(&script, result);
	free(reply);
}

void
vector_body(json_t *vector)
{
	static struct result result;
	size_t n = (size_t)atol(vector_text(vector, "input") + strlen("body "));

	for (int length = 0; length < 2; length++) {
		body_of(n, length, &result);
		if (vector_accepts(vector)) {
			assert_result(&result, STS_HTTP_OK, "");
			assert_int_equal(result.n, n);
		} else {
			assert_result(&result, STS_HTTP_FETCH, "too-large");
			assert_int_equal(result.n, 0);
		}
	}
}

/* F052: refused by its head; the server never sends the body. */
void
vector_length(json_t *vector)
{
	struct script script = {
	    .stay = true, .reply = HEAD("Content-Length: 131193\r\n")};
	static struct result result;

	(void)vector;
	rig_once(&script, &result);
	assert_result(&result, STS_HTTP_FETCH, "too-large");
	assert_true(result.ms < LONG / 2);
}

/* F053 */
void
vector_chunked(json_t *vector)
{
	static const char head[] = HEAD("Transfer-Encoding: chunked\r\n");
	static char reply[140000];
	struct script script = {.reply = reply};
	static struct result result;
	size_t n = sizeof(head) - 1;

	(void)vector;
	memcpy(reply, head, n);
	for (int i = 0; i < 131; i++) {
		n += (size_t)sprintf(reply + n, "3e8\r\n");
		memset(reply + n, 'x', 1000);
		n += 1000;
		n += (size_t)sprintf(reply + n, "\r\n");
	}
	sprintf(reply + n, "0\r\n\r\n");
	rig_once(&script, &result);
	assert_result(&result, STS_HTTP_FETCH, "too-large");
}

static size_t
deflate_bomb(unsigned char *out, size_t room)
{
	unsigned char *zeros = calloc(1, BOMB);
	z_stream z = {.next_in = zeros, .avail_in = BOMB};

	z.next_out = out;
	z.avail_out = (uInt)room;
	assert_int_equal(
	    deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY),
	    Z_OK);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	deflateEnd(&z);
	free(zeros);
	return room - z.avail_out;
}

/* F054: as a coding nobody asked for, and as a transfer coding. */
void
vector_bomb(json_t *vector)
{
	static char reply[40000];
	static struct result result;
	struct script script = {.reply = reply};
	struct seen seen;
	size_t n, at;

	(void)vector;
	at = (size_t)sprintf(reply, HEAD("Content-Encoding: gzip\r\n"));
	n = deflate_bomb((unsigned char *)reply + at, sizeof(reply) - at);
	script.n_reply = at + n;
	seen = rig_once(&script, &result);
	assert_result(&result, STS_HTTP_INVALID, "content-encoding");
	assert_null(strcasestr(seen.request, "accept-encoding"));

	at = (size_t)sprintf(
	    reply, HEAD("Transfer-Encoding: gzip, chunked\r\n") "%zx\r\n", n);
	n = deflate_bomb((unsigned char *)reply + at, sizeof(reply) - at - 8);
	memcpy(reply + at + n, "\r\n0\r\n\r\n", 7);
	script.n_reply = at + n + 7;
	rig_once(&script, &result);
	assert_true(result.status != STS_HTTP_OK);
	assert_int_equal(result.n, 0);
}

static void
slow(const struct script *script)
{
	static struct result result;
	struct server *server = server_open(script);
	struct rig rig;

	rig_open(&rig, server_port(server));
	rig_start(&rig);
	rig_fetch(&rig, 1000, &result);
	assert_result(&result, STS_HTTP_FETCH, "timeout");
	assert_in_range(result.ms, 950, 5000);
	assert_int_equal(server_seen(server).accepts, 1);
	rig_close(&rig);
	server_close(server);
}

/* F055, HTT-8. That a cached policy holds is the engine's (HTT-11, HTT-9). */
void
vector_hang(json_t *vector)
{
	struct script script = {.hang = true};

	(void)vector;
	slow(&script);
}

/* F056: never silent for long, and yet it ends. */
void
vector_drip(json_t *vector)
{
	struct script script = {.drip_ms = 50, .reply = GOOD};

	(void)vector;
	slow(&script);
}

/* Two fetches by one fetcher, as a refresh would; the server keeps alive. */
static struct seen
twice(const char *reply)
{
	struct script script = {.keep = true, .reply = reply};
	struct server *server = server_open(&script);
	static struct result result;
	struct seen seen;
	struct rig rig;

	rig_open(&rig, server_port(server));
	rig_start(&rig);
	for (int i = 0; i < 2; i++) {
		rig_fetch(&rig, LONG, &result);
		assert_policy(&result);
	}
	rig_close(&rig);
	seen = server_seen(server);
	server_close(server);
	/* A new connection and a whole new check of the certificate. */
	assert_int_equal(seen.accepts, 2);
	assert_int_equal(seen.requests, 2);
	assert_int_equal(seen.reused, 0);
	return seen;
}

/* F057, HTT-3 */
void
vector_caching(json_t *vector)
{
	struct seen seen = twice(
	    HEAD("Cache-Control: max-age=31536000\r\nETag: \"a\"\r\n"
		 "Last-Modified: Mon, 06 Jan 2020 00:00:00 GMT\r\n"
		 "Strict-Transport-Security: max-age=31536000\r\n"
		 "Alt-Svc: h2=\"127.0.0.1:9\"; ma=9999\r\n" LENGTH) POLICY);

	(void)vector;
	assert_null(strcasestr(seen.request, "if-none-match"));
	assert_null(strcasestr(seen.request, "if-modified-since"));
}

/* F058 */
void
vector_interim(json_t *vector)
{
	struct script script = {.reply = "HTTP/1.1 100 Continue\r\n\r\n" GOOD};
	static struct result result;

	(void)vector;
	assert_int_equal(rig_once(&script, &result).requests, 1);
	assert_policy(&result);
}

/* F059 */
void
vector_cookie(json_t *vector)
{
	struct seen seen =
	    twice(HEAD("Set-Cookie: seen=1; Path=/; Secure\r\n" LENGTH) POLICY);

	(void)vector;
	assert_null(strcasestr(seen.request, "cookie"));
}

static const char *const proxy_names[] = {
    "https_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"};

static void
with_proxy(struct server *direct, struct server *proxy, bool configured)
{
	static struct result result;
	struct rig rig;
	char url[64];

	snprintf(url, sizeof(url), "http://127.0.0.1:%u", server_port(proxy));
	for (size_t i = 0; i < 4; i++)
		setenv(proxy_names[i], url, 1);
	setenv("no_proxy", "*", 1);
	if (!configured)
		unsetenv("no_proxy");
	rig_open(&rig, server_port(direct));
	if (configured)
		rig.config.proxy = url;
	rig_start(&rig);
	rig_fetch(&rig, LONG, &result);
	assert_policy(&result);
	assert_int_equal(rig.lookups, configured ? 0 : 1);
	rig_close(&rig);
	for (size_t i = 0; i < 4; i++)
		unsetenv(proxy_names[i]);
	unsetenv("no_proxy");
}

/* F060, HTT-14: neither proxy nor no_proxy of the environment; only the
 * config's. */
void
vector_proxies(json_t *vector)
{
	struct script direct_script = {.reply = GOOD};
	struct script proxy_script = {.proxy = true, .reply = GOOD};
	struct server *direct = server_open(&direct_script);
	struct server *proxy = server_open(&proxy_script);
	struct seen seen;
	char want[64];

	(void)vector;
	with_proxy(direct, proxy, false);
	assert_int_equal(server_seen(proxy).accepts, 0);
	assert_int_equal(server_seen(direct).requests, 1);
	with_proxy(direct, proxy, true);
	assert_int_equal(server_seen(direct).requests, 1);
	seen = server_seen(proxy);
	assert_int_equal(seen.accepts, 1);
	snprintf(want, sizeof(want), "CONNECT " HOST ":%u HTTP/1.1\r\n",
	    server_port(direct));
	assert_memory_equal(seen.request, want, strlen(want));
	server_close(direct);
	server_close(proxy);
}

/* F061, THR-7. The last three would reach the server if dialled. */
void
vector_guarded(json_t *vector)
{
	static const char *const inside[] = {"10.0.0.1", "::1", "fe80::1",
	    "169.254.169.254", "::ffff:127.0.0.1", "0.0.0.0", "127.0.0.1"};
	struct script script = {.reply = GOOD};
	struct server *server = server_open(&script);
	static struct result result;
	struct rig rig;

	(void)vector;
	rig_open(&rig, server_port(server));
	rig.config.guard.n = 0;
	rig_start(&rig);
	for (size_t i = 0; i < sizeof(inside) / sizeof(inside[0]); i++) {
		rig_resolve(&rig, &inside[i], 1);
		rig_fetch(&rig, LONG, &result);
		assert_result(&result, STS_HTTP_FETCH, "address-refused");
	}
	rig_resolve(&rig, inside, sizeof(inside) / sizeof(inside[0]));
	rig_fetch(&rig, LONG, &result);
	assert_result(&result, STS_HTTP_FETCH, "address-refused");
	rig_close(&rig);
	assert_int_equal(server_seen(server).accepts, 0);

	rig_open(&rig, server_port(server)); /* with the exception */
	rig_start(&rig);
	rig_fetch(&rig, LONG, &result);
	assert_policy(&result);
	rig_close(&rig);
	server_close(server);
}
