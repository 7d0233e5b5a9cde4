/* SPDX-License-Identifier: ISC */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "sts/report.h"

#define WITH_GZIP_HEADER (MAX_WBITS + 16)
#define MEMORY_LEVEL     8
#define FIRST_ROOM       ((size_t)16384)

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

/* Room for more, one octet above max at most: so that too much shows. */
static enum sts_err
grow(z_stream *z, char **buf, size_t *room, size_t max)
{
	size_t used = *room, more = used == 0 ? FIRST_ROOM : used * 2;
	char *bigger;

	if (used > max)
		return STS_ELIMIT;
	if (more > max + 1)
		more = max + 1;
	bigger = realloc(*buf, more);
	if (bigger == NULL)
		return STS_ENOMEM;
	*buf = bigger;
	*room = more;
	z->next_out = (Bytef *)bigger + used;
	z->avail_out = (uInt)(more - used);
	return STS_OK;
}

/* What follows a member may be another one (RFC 1952 section 2.2); anything
 * else there is padding. */
static bool
next_member(z_stream *z)
{
	static const Bytef magic[] = {0x1f, 0x8b};

	return z->avail_in >= sizeof(magic) &&
	       memcmp(z->next_in, magic, sizeof(magic)) == 0 &&
	       inflateReset(z) == Z_OK;
}

static enum sts_err
unpack(z_stream *z, size_t max, char **buf, size_t *room)
{
	enum sts_err err = STS_OK;
	int rc = Z_OK;

	while (err == STS_OK) {
		if (z->avail_out == 0)
			err = grow(z, buf, room, max);
		else if (rc == Z_STREAM_END && !next_member(z))
			break;
		else {
			rc = inflate(z, Z_NO_FLUSH);
			if (rc == Z_MEM_ERROR)
				err = STS_ENOMEM;
			else if (rc != Z_OK && rc != Z_STREAM_END)
				err = STS_ESYNTAX;
		}
	}
	return err;
}

enum sts_err
sts_report_gunzip(struct sts_str packed, size_t max, char **out, size_t *size)
{
	z_stream z = {.next_in = input(packed.p)};
	size_t room = 0;
	char *buf = NULL;
	enum sts_err err;

	if (packed.n > INT_MAX / 2 || max > INT_MAX / 2)
		return STS_ELIMIT;
	z.avail_in = (uInt)packed.n;
	if (inflateInit2(&z, WITH_GZIP_HEADER) != Z_OK)
		return STS_ENOMEM;
	err = unpack(&z, max, &buf, &room);
	inflateEnd(&z);
	if (err == STS_OK && room - z.avail_out > max)
		err = STS_ELIMIT;
	if (err != STS_OK) {
		free(buf);
		return err;
	}
	*out = buf;
	*size = room - z.avail_out;
	return STS_OK;
}
