/* SPDX-License-Identifier: ISC */
#ifndef STS_DOMAIN_H
#define STS_DOMAIN_H

#include "sts/err.h"
#include "sts/str.h"

/* Octets of the longest domain name in text, and with its NUL. */
#define STS_DOMAIN_MAX  253
#define STS_DOMAIN_SIZE 254

/*
 * Make the one form a domain is looked up, cached and reported under: lower
 * case, A-labels (U-labels are converted, RFC 5891), no trailing dot, letters,
 * digits and inner hyphens only, labels of 1 to 63 octets (DOM-5).
 * STS_EINVAL: what can have no policy (DOM-3): an address, an address literal,
 * a name too long to take "_mta-sts." in front, or one that no host can have:
 * of atext (RFC 5322, RFC 6532) and dots, but with '_', '/' or the like, with
 * labels that are empty, too long or not to be had as A-labels (RFC 5891).
 * Only what stands in the text decides that.
 * STS_ENOMEM: libidn2 had no memory.
 * STS_ESYNTAX: anything else that is not a domain name: empty, only dots, not
 * UTF-8, or with spaces, control octets or the specials of RFC 5322.
 */
enum sts_err sts_domain_parse(struct sts_str text, char out[STS_DOMAIN_SIZE]);

/*
 * The same for a host name as it stands in an MX record: '_' is let through
 * and U-labels are refused.
 */
enum sts_err sts_host_parse(struct sts_str text, char out[STS_DOMAIN_SIZE]);

#endif
