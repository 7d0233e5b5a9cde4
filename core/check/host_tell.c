/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "check_impl.h"

/* Which finding a result of RFC 8460 section 4.3 is. */
static const struct {
	const char *result, *code;
} defects[] = {
    {"starttls-not-supported", "mx-no-starttls"},
    {"certificate-expired", "mx-certificate-expired"},
    {"certificate-host-mismatch", "mx-certificate-name"},
    {"certificate-not-trusted", "mx-certificate-untrusted"},
    {"validation-failure", "mx-tls"},
};

/* What a detail of the prober means, where that is not plain. */
static const char *
meaning(const char *detail)
{
	static const struct {
		const char *detail, *text;
	} known[] = {
	    {"not-offered", "STARTTLS is not offered"},
	    {"ehlo", "EHLO is refused"},
	    {"greeting", "it greets with a refusal"},
	    {"connect", "no connection"},
	    {"no-route", "there is no way to it from here"},
	    {"timeout", "no connection in time"},
	    {"reply-timeout", "connected, and no answer in time"},
	    {"io", "the connection broke"},
	    {"io-timeout", "the handshake was not done in time"},
	    {"tls-alert-70", "it speaks no TLS 1.2 (alert 70)"},
	    {"tls-handshake", "the handshake failed"},
	    {"data-behind-starttls", "data behind its answer to STARTTLS"},
	    {"busy", "our own limit: too many probes at once"},
	};
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(known[i].detail, detail) == 0)
			return known[i].text;
	return detail;
}

/* A certificate that fails by what RFC 8460 has no word of its own for. */
static const char *
code_of(const char *result, const char *detail)
{
	size_t i;

	if (strcmp(detail, "X509_V_ERR_CERT_NOT_YET_VALID") == 0)
		return "mx-certificate-early";
	if (strcmp(result, "validation-failure") == 0 &&
	    strncmp(detail, "X509_", 5) == 0)
		return "mx-certificate";
	for (i = 0; i < sizeof(defects) / sizeof(defects[0]); i++)
		if (strcmp(defects[i].result, result) == 0)
			return defects[i].code;
	return "mx-tls";
}

static void
tell_defect(struct sts_check_one *one, const struct sts_check_host *host,
    const struct sts_check_try *try)
{
	struct sts_check_item *item;

	if (try->tls != NULL)
		item = sts_item_find(&one->items, STS_CHECK_MX,
		    code_of(try->result, try->detail), host->name,
		    "%s: %s; the certificate is for %.120s, by %.60s",
		    try->address, meaning(try->detail),
		    try->cert.names[0] ? try->cert.names : "no name",
		    try->cert.issuer[0] ? try->cert.issuer : "nobody");
	else
		item = sts_item_find(&one->items, STS_CHECK_MX,
		    code_of(try->result, try->detail), host->name, "%s: %s",
		    try->address, meaning(try->detail));
	sts_item_grade(&one->items, item, sts_check_refusal(one));
}

static void
tell_good(struct sts_check_one *one, const struct sts_check_host *host,
    const struct sts_check_try *try)
{
	sts_check_keep_cert(one, STS_CHECK_MX, host->name, try->address,
	    try->tls != NULL ? try->tls : "TLS", &try->cert, true);
}

/* Is it something here, not there, that keeps us away? */
static bool
is_ours(const struct sts_check_try *try)
{
	return try->status == STS_PROBE_LOCAL ||
	       strcmp(try->detail, "no-route") == 0;
}

static bool
reached(const struct sts_check_try *try)
{
	return try->status == STS_PROBE_GOOD || try->status == STS_PROBE_DEFECT;
}

bool
sts_try_answered(const struct sts_check_try *try)
{
	static const char *const words[] = {
	    "greeting", "ehlo", "reply-timeout", "smtp-syntax"};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(words[i], try->detail) == 0)
			return true;
	return reached(try);
}

/* Where one MX can be reached senders go to that one. */
static bool
reached_any(const struct sts_check_one *one)
{
	size_t i, j;

	for (i = 0; i < one->n_mx; i++)
		for (j = 0; one->host[i] != NULL && j < one->host[i]->n_tries;
		     j++)
			if (reached(&one->host[i]->tries[j]))
				return true;
	return false;
}

/* No connection: is it them, or is port 25 shut here? */
static void
tell_unconnected(struct sts_check_one *one, struct sts_check_item *item,
    const struct sts_check_try *try)
{
	/* As from an address of ours that is on a list, or for now. */
	bool us = strcmp(try->detail, "greeting") == 0 ||
		  strcmp(try->detail, "ehlo") == 0;
	bool timeout = strcmp(try->detail, "timeout") == 0;
	bool refused = strcmp(try->detail, "connect") == 0;

	if (us || (timeout && !reached_any(one)))
		sts_item_grade(&one->items, item, STS_CHECK_UNKNOWN);
	else if (reached_any(one))
		sts_item_grade(&one->items, item, STS_CHECK_WARNING);
	if ((timeout || refused) && !one->checker->hosts.answered)
		sts_item_mend(item,
		    "let it answer on port 25; but no MX of this run has so"
		    " far: if none does, most likely your own provider shuts"
		    " that port, so run it where mail goes out");
}

static void
tell_unreached(struct sts_check_one *one, const struct sts_check_host *host,
    const struct sts_check_try *try)
{
	struct sts_check_item *item;
	size_t i;

	if (strcmp(try->detail, "address-refused") == 0) {
		(void)sts_item_find(&one->items, STS_CHECK_MX, "mx-private",
		    host->name, "%s is no address of the public Internet",
		    try->address);
		return;
	}
	if (is_ours(try)) {
		item = sts_item_find(&one->items, STS_CHECK_MX, "mx-untried",
		    host->name, "%s: %s", try->address, meaning(try->detail));
		/* As with IPv6 where there is none; another one was reached. */
		for (i = 0; i < host->n_tries; i++)
			if (reached(&host->tries[i])) {
				sts_item_grade(
				    &one->items, item, STS_CHECK_NOTE);
				return;
			}
		return;
	}
	if (strcmp(try->detail, "reply-timeout") == 0) {
		(void)sts_item_find(&one->items, STS_CHECK_MX, "mx-slow",
		    host->name, "%s: %s", try->address, meaning(try->detail));
		return;
	}
	item = sts_item_find(&one->items, STS_CHECK_MX, "mx-unreachable",
	    host->name, "%s: %s", try->address, meaning(try->detail));
	tell_unconnected(one, item, try);
}

static void
tell_tries(struct sts_check_one *one, const struct sts_check_host *host)
{
	size_t i;

	for (i = 0; i < host->n_tries; i++) {
		const struct sts_check_try *try = &host->tries[i];

		if (try->status == STS_PROBE_GOOD)
			tell_good(one, host, try);
		else if (try->status == STS_PROBE_DEFECT)
			tell_defect(one, host, try);
		else
			tell_unreached(one, host, try);
	}
	if (host->n_tries > 0 && host->n_left_out > 0)
		(void)sts_item_fact(&one->items, STS_CHECK_MX, host->name,
		    "%zu more addresses, which were not connected to",
		    host->n_left_out);
}

void
sts_check_tell_host(
    struct sts_check_one *one, const struct sts_check_host *host)
{
	struct sts_items *items = &one->items;

	/* A domain may be an alias: no MX record has its name then. */
	if (host->canonical[0] != '\0' && one->mx_status == STS_DNS_FOUND)
		(void)sts_item_find(items, STS_CHECK_MX, "mx-cname", host->name,
		    "it is a CNAME to %s", host->canonical);
	if (host->status == STS_DNS_ABSENT)
		(void)sts_item_find(items, STS_CHECK_MX, "mx-no-address",
		    host->name, "neither A nor AAAA");
	else if (host->status != STS_DNS_FOUND)
		sts_check_failed(one, STS_CHECK_MX, host->name, host->status);
	else
		tell_tries(one, host);
	sts_check_tell_dane(one, host);
}
