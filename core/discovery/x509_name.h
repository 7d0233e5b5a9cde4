/* SPDX-License-Identifier: ISC */
#ifndef STS_X509_NAME_H
#define STS_X509_NAME_H

#include <stddef.h>

/* "X509_V_ERR_..." of a verify result. */
void sts_x509_name(long error, char *buf, size_t size);

#endif
