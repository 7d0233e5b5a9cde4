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

/* Usage 3 is about the server's own certificate, whatever else that says; 2
 * about one above it. */
enum sts_dane_fit
sts_tlsa_fit(
    const struct sts_tlsa *tlsa, size_t n, const struct sts_probe_seen *seen)
{
	enum sts_dane_fit fit = STS_DANE_UNSEEN;
	size_t i, j;

	for (i = 0; i < n; i++) {
		if (!sts_tlsa_usable(&tlsa[i]))
			continue;
		if (fit == STS_DANE_UNSEEN)
			fit = STS_DANE_DIFFERS;
		if (tlsa[i].usage == 3) {
			if (seen->n_chain > 0 &&
			    fits(&tlsa[i], &seen->chain[0]))
				return STS_DANE_FITS;
			continue;
		}
		for (j = 1; j < seen->n_chain; j++)
			if (fits(&tlsa[i], &seen->chain[j]))
				fit = STS_DANE_FITS_ABOVE;
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

/* RFC 7672 section 3.1.2: under usage 2 dates and names count. */
static bool
is_fit(const struct sts_check_one *one, const struct sts_check_try *try)
{
	const struct sts_clock *clock = &one->checker->deps.clock;

	if (try->fit != STS_DANE_FITS_ABOVE)
		return try->fit == STS_DANE_FITS;
	return try->cert.valid_until > clock->ops->wall(clock->ctx) &&
	       (strcmp(try->result, "certificate-host-mismatch") != 0 ||
		   strstr(try->cert.names, one->domain) != NULL);
}

/* Without signed MX records a sender may look at TLSA, and need not (RFC 7672
 * section 2.2.1). */
static struct sts_check_item *
refused(struct sts_check_one *one, const struct sts_check_host *host,
    const struct sts_check_try *try, const char *why, const char *more)
{
	struct sts_check_item *item = sts_item_find(&one->items, STS_CHECK_DANE,
	    "dane-mismatch", host->name, "%s: %s%s", try->address, why, more);

	if (!one->mx_secure)
		sts_item_grade(&one->items, item, STS_CHECK_WARNING);
	return item;
}

static void
tell_try(struct sts_check_one *one, const struct sts_check_host *host,
    const struct sts_check_try *try)
{
	struct sts_items *items = &one->items;

	if (try->status == STS_PROBE_DEFECT && try->tls == NULL) {
		sts_item_mend(refused(one, host, try,
				  "TLSA records want TLS, and it has none", ""),
		    "switch TLS on in the mail server");
		return;
	}
	if (try->fit == STS_DANE_UNSEEN)
		return;
	if (!is_fit(one, try)) {
		(void)refused(one, host, try,
		    try->fit == STS_DANE_DIFFERS
			? "no TLSA record fits its certificate"
			: "usage 2 fits, but not its certificate's date or "
			  "names",
		    try->status == STS_PROBE_GOOD
			? ", which is good for MTA-STS"
			: "");
		return;
	}
	(void)sts_item_fact(items, STS_CHECK_DANE, host->name,
	    "a TLSA record fits what %s showed", try->address);
	if (try->status == STS_PROBE_DEFECT &&
	    sts_check_refusal(one) != STS_CHECK_NOTE)
		(void)sts_item_find(items, STS_CHECK_DANE, "dane-sts-conflict",
		    host->name,
		    "%s: DANE lets mail go there, MTA-STS does not (%s)",
		    try->address, try->result);
}

static bool
validates(const struct sts_check_one *one)
{
	const struct sts_check_deps *deps = &one->checker->deps;

	return deps->validates != NULL && deps->validates(deps->ctx);
}

/* No sender asks for TLSA of a host whose addresses are not signed, as name
 * servers of such fail at it (RFC 7672 section 2.2.2). */
static void
tell_failed(struct sts_check_one *one, const struct sts_check_host *host)
{
	if (host->secure || !validates(one))
		sts_check_failed(
		    one, STS_CHECK_DANE, host->name, host->tlsa_status);
}

void
sts_check_tell_dane(
    struct sts_check_one *one, const struct sts_check_host *host)
{
	bool there = host->secure && host->tlsa_secure;
	size_t i;

	if (host->tlsa_status == STS_DNS_ABSENT)
		return;
	if (host->tlsa_status != STS_DNS_FOUND) {
		tell_failed(one, host);
		return;
	}
	tell_unusable(one, host);
	if ((!there || !one->mx_secure) && validates(one))
		(void)sts_item_find(&one->items, STS_CHECK_DANE,
		    "dane-unsigned", host->name,
		    "%zu TLSA record%s, but not all of MX, addresses and TLSA "
		    "is signed",
		    host->n_tlsa, host->n_tlsa == 1 ? "" : "s");
	if (!there)
		return;
	(void)sts_item_fact(&one->items, STS_CHECK_DANE, host->name,
	    "%zu TLSA record%s, signed (DNSSEC)", host->n_tlsa,
	    host->n_tlsa == 1 ? "" : "s");
	for (i = 0; i < host->n_tries; i++)
		tell_try(one, host, &host->tries[i]);
}
