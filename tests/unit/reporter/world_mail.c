/* SPDX-License-Identifier: ISC */
/* Apart from the rest: zlib and the fixture both have a FAR. */
#include "world_mail.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <zlib.h>

static unsigned
digit(char c)
{
	static const char all[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnop"
				  "qrstuvwxyz0123456789+/";

	return (unsigned)(strchr(all, c) - all);
}

/* The report of a mail: base64 behind its last header, then gzip. */
static size_t
unpack(struct sts_str message, char *json, size_t size)
{
	const char *at = memmem(
	    message.p, message.n, "Content-Type: application/tlsrpt+gzip", 37);
	unsigned char zip[8192];
	unsigned bits = 0, n_bits = 0;
	z_stream z = {.next_in = zip,
	    .next_out = (unsigned char *)json,
	    .avail_out = (unsigned)size};

	assert_non_null(at);
	at = strstr(at, "\n\n") + 2;
	for (; *at != '=' && *at != '-'; at++) {
		if (*at == '\n')
			continue;
		bits = bits << 6 | digit(*at);
		n_bits += 6;
		if (n_bits < 8)
			continue;
		n_bits -= 8;
		assert_true(z.avail_in < sizeof(zip));
		zip[z.avail_in++] = (unsigned char)(bits >> n_bits);
	}
	assert_int_equal(inflateInit2(&z, 31), Z_OK);
	assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
	inflateEnd(&z);
	return size - z.avail_out;
}

uint64_t
world_mail_sessions(struct sts_str message)
{
	static const char *const keys[] = {
	    "\"total-successful-session-count\":",
	    "\"total-failure-session-count\":"};
	char json[8192];
	uint64_t sum = 0;

	json[unpack(message, json, sizeof(json) - 1)] = '\0';
	for (size_t i = 0; i < 2; i++)
		for (const char *at = json;
		     (at = strstr(at, keys[i])) != NULL;) {
			at += strlen(keys[i]);
			sum += strtoull(at, NULL, 10);
		}
	return sum;
}
