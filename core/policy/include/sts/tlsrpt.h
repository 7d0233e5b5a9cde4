/* SPDX-License-Identifier: ISC */
#ifndef STS_TLSRPT_H
#define STS_TLSRPT_H

#include "sts/diag.h"
#include "sts/err.h"
#include "sts/record.h"

#define STS_RUA_MAX      8    /* destinations kept */
#define STS_RUA_TEXT_MAX 1024 /* octets of one URI */

/* The destinations for reports: slices of the RRset that was parsed. */
struct sts_tlsrpt {
	struct sts_str rua[STS_RUA_MAX];
	size_t n;
	struct sts_str text; /* the whole record */
};

/*
 * Read the TLS-RPT record among the TXT RRs of _smtp._tls.<domain> (RFC 8460
 * section 3). On STS_OK there may be no usable destination (n = 0). What
 * exceeds the bounds is left out with a warning. The slices point into txt.
 * STS_ENOENT: the domain asks for no reports; diags (may be NULL) says why.
 */
enum sts_err sts_tlsrpt_parse(
    const struct sts_txt *txt, struct sts_tlsrpt *out, struct sts_diags *diags);

#endif
