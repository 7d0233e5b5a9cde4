/* SPDX-License-Identifier: ISC */
#ifndef STS_SECRET_FILE_H
#define STS_SECRET_FILE_H

#include <stddef.h>

#include "sts/err.h"

#define STS_SECRET_MIN    32   /* octets of a secret's file, without its end */
#define STS_SECRET_MAX    1024 /* of line */
#define STS_PASSWORD_MAX  512
#define STS_PASSWORD_SIZE (STS_PASSWORD_MAX + 1)

/*
 * Files that are not for everybody. A link is followed; what counts is the file
 * behind it. One LF at the end does not belong to it. *why is what is wrong,
 * to be used before the next call of the C library. STS_ENOENT: not there;
 * STS_ETEMP: could not be read; STS_EINVAL: not a file, open to others than its
 * owner and group, too short or too long. The caller wipes what he got.
 */

enum sts_err sts_secret_file_read(
    const char *path, char out[STS_SECRET_MAX], size_t *n, const char **why);
/* One line of printable text, for a password; terminated. */
enum sts_err sts_password_file_read(
    const char *path, char out[STS_PASSWORD_SIZE], const char **why);

#endif
