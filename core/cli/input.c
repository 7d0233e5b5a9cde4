/* SPDX-License-Identifier: ISC */
#include "input.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FIRST 8192

static char *
grow(char *buf, size_t *size, size_t most)
{
	char *more;

	*size = *size == 0 ? FIRST : *size * 2;
	if (*size > most)
		*size = most;
	more = realloc(buf, *size);
	if (more == NULL)
		free(buf);
	return more;
}

int
sts_input_stream(FILE *stream, size_t max, struct sts_str *text)
{
	size_t n = 0, size = 0, got;
	char *buf = NULL;

	do {
		if (n == size) {
			buf = grow(buf, &size, max + 1);
			if (buf == NULL) {
				errno = ENOMEM;
				return -1;
			}
		}
		errno = 0;
		got = fread(buf + n, 1, size - n, stream);
		n += got;
	} while (got > 0 && n <= max && !feof(stream) && !ferror(stream));
	if (ferror(stream)) {
		free(buf);
		if (errno == 0)
			errno = EIO;
		return -1;
	}
	*text = (struct sts_str){buf, n};
	return 0;
}

int
sts_input_file(const char *path, size_t max, struct sts_str *text)
{
	FILE *stream;
	int rc, error;

	if (strcmp(path, "-") == 0)
		return sts_input_stream(stdin, max, text);
	stream = fopen(path, "re");
	if (stream == NULL)
		return -1;
	rc = sts_input_stream(stream, max, text);
	error = errno;
	fclose(stream);
	errno = error;
	return rc;
}
