/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "check_impl.h"

/* Usage 2 or 3 alone, and a digest of its length. */
bool
sts_tlsa_usable(const struct sts_tlsa *tlsa)
{
	if (tlsa->usage != 2 && tlsa->usage != 3)
		return false;
	if (tlsa->selector > 1 || tlsa->matching > 2)
		return false;
	if (tlsa->matching == 0)
		return tlsa->data.n > 0;
	return tlsa->data.n == (tlsa->matching == 1 ? 32U : 64U);
}

static bool
fits(const struct sts_tlsa *tlsa, const struct sts_cert_forms *forms)
{
	const void *with = forms->der[tlsa->selector].p;
	size_t n = forms->der[tlsa->selector].n;

	if (n == 0)
		return false;
	if (tlsa->matching == 1) {
		with = forms->sha256[tlsa->selector];
		n = sizeof(forms->sha256[0]);
	} else if (tlsa->matching == 2) {
		with = forms->sha512[tlsa->selector];
		n = sizeof(forms->sha512[0]);
	}
	return tlsa->data.n == n && memcmp(tlsa->data.p, with, n) == 0;
}

/* Usage 3 is about the server's own certificate, 2 about one above it. */
enum sts_dane_fit
sts_tlsa_fit(
    const struct sts_tlsa *tlsa, size_t n, const struct sts_probe_seen *seen)
{
	enum sts_dane_fit fit = STS_DANE_UNSEEN;
	size_t i, j;

	for (i = 0; i < n; i++) {
		if (!sts_tlsa_usable(&tlsa[i]))
			continue;
		fit = STS_DANE_DIFFERS;
		for (j = tlsa[i].usage == 3 ? 0 : 1; j < seen->n_chain; j++) {
			if (fits(&tlsa[i], &seen->chain[j]))
				return STS_DANE_FITS;
			if (tlsa[i].usage == 3)
				break;
		}
	}
	return fit;
}

static void
tell_unusable(struct sts_check_one *one, const struct sts_check_host *host)
{
	const struct sts_tlsa *tlsa;
	size_t i;

	for (i = 0; i < host->n_tlsa; i++) {
		tlsa = &host->tlsa[i];
		if (!sts_tlsa_usable(tlsa))
			(void)sts_item_find(&one->items, STS_CHECK_DANE,
			    "dane-unusable", host->name,
			    "TLSA %u %u %u with %zu octets", tlsa->usage,
			    tlsa->selector, tlsa->matching, tlsa->data.n);
	}
}

static void
tell_try(struct sts_check_one *one, const struct sts_check_host *host,
    const struct sts_check_try *try)
{
	struct sts_items *items = &one->items;

	if (try->fit == STS_DANE_FITS)
		(void)sts_item_fact(items, STS_CHECK_DANE, host->name,
		    "a TLSA record fits what %s showed", try->address);
	if (try->fit == STS_DANE_FITS && try->status == STS_PROBE_DEFECT &&
	    one->policy != NULL)
		(void)sts_item_find(items, STS_CHECK_DANE, "dane-sts-conflict",
		    host->name,
		    "%s: DANE lets mail go there, MTA-STS does not (%s)",
		    try->address, try->result);
	if (try->fit == STS_DANE_DIFFERS)
		(void)sts_item_find(items, STS_CHECK_DANE, "dane-mismatch",
		    host->name, "%s: no TLSA record fits its certificate%s",
		    try->address,
		    try->status == STS_PROBE_GOOD
			? ", which is good for MTA-STS"
			: "");
}

/* RFC 7672 section 2.2: only what is signed all the way counts. */
static bool
counts(const struct sts_check_one *one, const struct sts_check_host *host)
{
	return one->mx_secure && host->secure && host->tlsa_secure;
}

void
sts_check_tell_dane(
    struct sts_check_one *one, const struct sts_check_host *host)
{
	const struct sts_check_deps *deps = &one->checker->deps;
	size_t i;

	if (host->tlsa_status == STS_DNS_ABSENT)
		return;
	if (host->tlsa_status != STS_DNS_FOUND) {
		sts_check_failed(
		    one, STS_CHECK_DANE, host->name, host->tlsa_status);
		return;
	}
	tell_unusable(one, host);
	if (!counts(one, host)) {
		if (deps->validates != NULL && deps->validates(deps->ctx))
			(void)sts_item_find(&one->items, STS_CHECK_DANE,
			    "dane-unsigned", host->name,
			    "%zu TLSA record%s, but not all of MX, addresses "
			    "and TLSA is signed",
			    host->n_tlsa, host->n_tlsa == 1 ? "" : "s");
		return;
	}
	(void)sts_item_fact(&one->items, STS_CHECK_DANE, host->name,
	    "%zu TLSA record%s, signed (DNSSEC)", host->n_tlsa,
	    host->n_tlsa == 1 ? "" : "s");
	for (i = 0; i < host->n_tries; i++)
		tell_try(one, host, &host->tries[i]);
}
