/* SPDX-License-Identifier: ISC */
#include <limits.h>
#include <stdlib.h>
#include <zlib.h>

#include "sts/report.h"

#define WITH_GZIP_HEADER (MAX_WBITS + 16)
#define MEMORY_LEVEL     8

/* zlib's type is for both ways; it does not write to its input. */
static Bytef *
input(const char *p)
{
	union {
		const char *in;
		Bytef *out;
	} u = {p};

	return u.out;
}

enum sts_err
sts_report_gzip(struct sts_str plain, char **out, size_t *size)
{
	z_stream z = {.next_in = input(plain.p), .avail_in = (uInt)plain.n};
	uLong room;
	char *buf;
	int rc;

	if (plain.n > INT_MAX / 2)
		return STS_ENOMEM;
	/* No time and no name in it: the same for each try. */
	if (deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED,
		WITH_GZIP_HEADER, MEMORY_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK)
		return STS_ENOMEM;
	room = deflateBound(&z, (uLong)plain.n);
	buf = malloc(room);
	z.next_out = (Bytef *)buf;
	z.avail_out = (uInt)room;
	rc = buf != NULL ? deflate(&z, Z_FINISH) : Z_MEM_ERROR;
	room = z.total_out;
	deflateEnd(&z);
	if (rc != Z_STREAM_END) {
		free(buf);
		return STS_ENOMEM;
	}
	*out = buf;
	*size = room;
	return STS_OK;
}
