/* SPDX-License-Identifier: ISC */
#ifndef STS_CLI_KEY_RECORD_H
#define STS_CLI_KEY_RECORD_H

#include <stddef.h>

#define STS_KEY_RECORD 8192

enum sts_key_status {
	STS_KEY_FOUND,
	STS_KEY_ABSENT,
	STS_KEY_UNKNOWN /* DNS could not say */
};

/* The TXT record at a name, its strings joined, by the system's resolver. Of
 * several the first that says it is of DKIM. */
enum sts_key_status
sts_key_record(const char *name, char out[STS_KEY_RECORD], size_t *n);

#endif
