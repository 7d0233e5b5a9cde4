/* SPDX-License-Identifier: ISC */
/* THR-8: hostile servers, dead addresses, our own faults. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include <cmocka.h>

#include "rig.h"

/* Happy: the dead address does not hide the live one, in either order. */
static void
second_address_is_tried(void **state)
{
	static const char *const a[] = {"127.0.0.9", "::1", "127.0.0.1"};
	static const char *const b[] = {"127.0.0.1", "127.0.0.9"};
	struct script script = {.reply = GOOD};
	struct server *server = server_open(&script);
	struct result result;
	struct rig rig;

	(void)state;
	rig_open(&rig, server_port(server));
	sts_guard_allow(&rig.config.guard, sts_str("::1"));
	rig_start(&rig);
	rig_resolve(&rig, a, 3);
	rig_fetch(&rig, LONG, &result);
	assert_result(&result, STS_HTTP_OK, "");
	rig_resolve(&rig, b, 2);
	rig_fetch(&rig, LONG, &result);
	assert_result(&result, STS_HTTP_OK, "");
	rig_close(&rig);
	server_close(server);
}

/* The entry of a fetch does not outlive it. */
static void
new_addresses_for_each_fetch(void **state)
{
	static const char *const dead[] = {"127.0.0.9"};
	struct script script = {.reply = GOOD};
	struct server *server = server_open(&script);
	struct result result;
	struct rig rig;

	(void)state;
	rig_open(&rig, server_port(server));
	rig_start(&rig);
	rig_fetch(&rig, LONG, &result);
	assert_result(&result, STS_HTTP_OK, "");
	rig_resolve(&rig, dead, 1);
	rig_fetch(&rig, LONG, &result);
	assert_result(&result, STS_HTTP_FETCH, "connect");
	rig_close(&rig);
	server_close(server);
}

static void
servers_that_break(void **state)
{
	static const struct {
		struct script script;
		enum sts_http_status status;
		const char *detail;
	} cases[] = {
	    {{.reply = HEAD("Content-Length: 200\r\n") POLICY}, STS_HTTP_FETCH,
		"truncated"},
	    {{.reply = HEAD("Transfer-Encoding: chunked\r\n") "40\r\nversion"},
		STS_HTTP_FETCH, "truncated"},
	    /* Cut by somebody on the way: max_age would lose digits. */
	    {{.abrupt = true, .reply = GOOD}, STS_HTTP_FETCH, "truncated"},
	    {{.reply = ""}, STS_HTTP_FETCH, "empty-reply"},
	    {{.reply = "version: STSv1\r\n\r\n"}, STS_HTTP_FETCH,
		"http-syntax"},
	    {{.reply = "HTTP/1.1 100 Continue\r\n\r\n"}, STS_HTTP_FETCH,
		"empty-reply"},
	    {{.reply = "HTTP/1.1 200 OK\r\n\r\n" POLICY}, STS_HTTP_INVALID,
		"media-type"},
	    {{.plain = true, .reply = GOOD}, STS_HTTP_FETCH, "tls-handshake"},
	    {{.cert = CERT_FUTURE}, STS_HTTP_WEBPKI,
		"X509_V_ERR_CERT_NOT_YET_VALID"},
	    {{.cert = CERT_DEEP}, STS_HTTP_WEBPKI,
		"X509_V_ERR_HOSTNAME_MISMATCH"},
	    {{.reply = "HTTP/1.1 404 no\r\nContent-Length: 900000\r\n\r\n",
		 .stay = true},
		STS_HTTP_FETCH, "http-404"},
	};
	struct result result;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		rig_once(&cases[i].script, &result);
		assert_result(&result, cases[i].status, cases[i].detail);
		assert_int_equal(result.n, 0);
		assert_true(result.ms < LONG / 2);
	}
}

/* A rude end is no harm where the length was told. */
static void
rude_but_whole(void **state)
{
	static const char *const replies[] = {
	    HEAD("Content-Length: 5\r\n") "hello",
	    HEAD("Transfer-Encoding: chunked\r\n") "5\r\nhello\r\n0\r\n\r\n",
	};
	struct result result;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct script script = {.abrupt = true, .reply = replies[i]};

		rig_once(&script, &result);
		assert_result(&result, STS_HTTP_OK, "");
		assert_string_equal(result.body, "hello");
	}
}

static void
header_flood(bool one_line)
{
	static char reply[400000];
	struct script script = {.reply = reply, .stay = true};
	struct result result;
	size_t n = (size_t)sprintf(reply, "HTTP/1.1 200 OK\r\n");

	if (one_line)
		n += (size_t)sprintf(reply + n, "X-Fill: ");
	while (n < sizeof(reply) - 64)
		n += (size_t)sprintf(reply + n, "%s",
		    one_line ? "aaaaaaaaaaaaaaaa" : "X-Fill: aaaaaaaaaa\r\n");
	rig_once(&script, &result);
	assert_result(&result, STS_HTTP_FETCH, "header-too-large");
	assert_true(result.ms < LONG / 2);
}

static void
headers_without_end(void **state)
{
	(void)state;
	header_flood(false);
	header_flood(true);
}

/* Endless, in small chunks: cut at the limit, long before the deadline. */
static void
body_without_end(void **state)
{
	static char reply[1000000];
	struct script script = {.reply = reply, .n_reply = sizeof(reply)};
	static const char head[] = HEAD("");
	struct result result;
	struct seen seen;

	(void)state;
	memset(reply, 'x', sizeof(reply));
	memcpy(reply, head, sizeof(head) - 1);
	seen = rig_once(&script, &result);
	assert_result(&result, STS_HTTP_FETCH, "too-large");
	assert_int_equal(seen.requests, 1);
}

/* No descriptors left: ours. */
static void
out_of_descriptors(void **state)
{
	struct rlimit limit, low;
	struct result result;
	struct rig rig;

	(void)state;
	rig_open(&rig, 1);
	rig.when = INSIDE;
	rig.expect = "fetch";
	rig_start(&rig);
	rig_get(&rig, DOMAIN, LONG, &result);
	getrlimit(RLIMIT_NOFILE, &limit);
	low = limit;
	low.rlim_cur = 3;
	setrlimit(RLIMIT_NOFILE, &low);
	rig_wait(&rig, &result);
	setrlimit(RLIMIT_NOFILE, &limit);
	assert_result(&result, STS_HTTP_LOCAL, "fault");
	rig_close(&rig);
}

static void
copy_file(const char *from, const char *to)
{
	FILE *in = fopen(from, "r"), *out = fopen(to, "w");
	char buf[8192];
	size_t n;

	assert_non_null(in);
	assert_non_null(out);
	n = fread(buf, 1, sizeof(buf), in);
	assert_int_equal(fwrite(buf, 1, n, out), n);
	fclose(in);
	fclose(out);
}

/* The CA file is read once; gone before that, it is our fault (curl 77). */
static void
ca_file_that_vanishes(void **state)
{
	struct script script = {.reply = GOOD};
	struct server *server = server_open(&script);
	char path[128];
	struct result result;
	struct rig rig;

	(void)state;
	snprintf(path, sizeof(path), "%s.copy", certs_ca_file());
	copy_file(certs_ca_file(), path);
	rig_open(&rig, server_port(server));
	rig.config.ca_file = path;
	rig_start(&rig);
	rig_fetch(&rig, LONG, &result);
	assert_result(&result, STS_HTTP_OK, "");
	unlink(path);
	rig_fetch(&rig, LONG, &result);
	assert_result(&result, STS_HTTP_OK, "");
	rig_close(&rig);

	copy_file(certs_ca_file(), path);
	rig_open(&rig, server_port(server));
	rig.config.ca_file = path;
	rig.expect = "fetch";
	rig_start(&rig);
	unlink(path);
	rig_fetch(&rig, LONG, &result);
	assert_result(&result, STS_HTTP_LOCAL, "curl-77");
	rig_close(&rig);
	server_close(server);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(second_address_is_tried),
	    cmocka_unit_test(new_addresses_for_each_fetch),
	    cmocka_unit_test(servers_that_break),
	    cmocka_unit_test(rude_but_whole),
	    cmocka_unit_test(headers_without_end),
	    cmocka_unit_test(body_without_end),
	    cmocka_unit_test(out_of_descriptors),
	    cmocka_unit_test(ca_file_that_vanishes),
	};

	return cmocka_run_group_tests_name(
	    "fetch limits", tests, rig_group_setup, rig_group_teardown);
}
