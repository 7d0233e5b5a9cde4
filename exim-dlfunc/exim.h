/* SPDX-License-Identifier: ISC */
#ifndef STS_EXIM_H
#define STS_EXIM_H

#include <stdbool.h>
#include <stddef.h>

/*
 * What Exim lets a module use, found at run time: one module serves every
 * version. Without any of it (a test) expansions fail and logging is silent.
 */

/*
 * Expand text by Exim's rules; NULL when that fails. The result is Exim's and
 * lives to the end of the delivery at least. Never put a name from the network
 * into text that sts_name_ok() has not passed.
 */
const char *sts_exim_expand(const char *text);

/*
 * The same, copied. Returns 0; -1 when it fails or does not fit (out is "").
 */
int sts_exim_value(const char *text, char *out, size_t size);

/* Is this no delivery ($verify_mode)? Also true where that is not known. */
bool sts_exim_in_callout(void);

/* One line in Exim's main log, "stsgate: ..."; longer than 1 KiB is cut. */
void sts_exim_log(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
