/* SPDX-License-Identifier: ISC */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "sts/loopback.h"

/* "address port", each. */
static const char *
shown(const struct sts_loopback *server, char *buf, size_t size)
{
	char text[INET6_ADDRSTRLEN];
	size_t n = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < server->n; i++) {
		const struct sockaddr_storage *addr = &server->addr[i];
		const struct sockaddr_in *v4 = (const void *)addr;
		const struct sockaddr_in6 *v6 = (const void *)addr;
		bool six = addr->ss_family == AF_INET6;

		inet_ntop(addr->ss_family,
		    six ? (const void *)&v6->sin6_addr : &v4->sin_addr, text,
		    sizeof(text));
		n += (size_t)snprintf(buf + n, size - n, "%s%s %u",
		    i > 0 ? ", " : "", text,
		    ntohs(six ? v6->sin6_port : v4->sin_port));
	}
	return buf;
}

static void
texts(void **state)
{
	static const struct {
		const char *text;
		enum sts_err err;
		const char *want;
	} cases[] = {
	    {"localhost:25", STS_OK, "127.0.0.1 25, ::1 25"},
	    {"localhost", STS_OK, "127.0.0.1 25, ::1 25"},
	    {"127.0.0.1:587", STS_OK, "127.0.0.1 587"},
	    {"127.9.9.9", STS_OK, "127.9.9.9 25"},
	    {"[::1]:65535", STS_OK, "::1 65535"},
	    {"[::1]", STS_OK, "::1 25"},
	    {"192.0.2.1:25", STS_EINVAL, ""},
	    {"[2001:db8::1]:25", STS_EINVAL, ""},
	    {"[::ffff:127.0.0.1]:25", STS_EINVAL, ""},
	    {"", STS_ESYNTAX, ""},
	    {":25", STS_ESYNTAX, ""},
	    {"::1", STS_ESYNTAX, ""},
	    {"[::1", STS_ESYNTAX, ""},
	    {"[::1]x", STS_ESYNTAX, ""},
	    {"mail.example.com:25", STS_ESYNTAX, ""},
	    {"localhost:", STS_ESYNTAX, ""},
	    {"localhost:0", STS_ESYNTAX, ""},
	    {"localhost:65536", STS_ESYNTAX, ""},
	    {"localhost:25x", STS_ESYNTAX, ""},
	    {"localhost:-1", STS_ESYNTAX, ""},
	    {"127.1:25", STS_ESYNTAX, ""},
	};
	struct sts_loopback server;
	char buf[128];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(
		    sts_loopback_parse(cases[i].text, &server), cases[i].err);
		assert_string_equal(
		    shown(&server, buf, sizeof(buf)), cases[i].want);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(texts)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
