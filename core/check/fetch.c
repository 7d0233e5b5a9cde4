/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "check_impl.h"

#define POLICY_HOST "mta-sts."
#define NAME        (sizeof(POLICY_HOST) + STS_DOMAIN_SIZE)
#define DAY         86400

/* Which finding a detail of the fetcher is. */
static const struct {
	const char *detail, *code, *text;
} details[] = {
    {"dns", "policy-dns", "DNS failed or gave no address in time"},
    {"dns-absent", "policy-host-none", "the name has no address"},
    {"dns-bogus", "policy-forged",
	"DNSSEC says that the answer is forged (bogus)"},
    {"address-refused", "policy-private",
	"none of its addresses is one of the public Internet"},
    {"connect", "policy-connect", "no connection"},
    {"no-route", "policy-untried", "there is no way to it from here"},
    {"timeout", "policy-timeout", "not done in time"},
    {"tls-handshake", "policy-tls", "the handshake failed"},
    {"media-type", "policy-media-type", "the media type is not text/plain"},
    {"content-encoding", "policy-encoding", "the body is compressed"},
    {"too-large", "policy-too-large", "more than 64 KiB"},
    {"header-too-large", "policy-header-too-large",
	"more header than anybody reads"},
    {"truncated", "policy-cut", "cut off before its end"},
    {"empty-reply", "policy-http", "closed without a word"},
    {"http-syntax", "policy-http", "what came is not HTTP"},
    {"http2", "policy-http", "HTTP/2 went wrong"},
    {"io", "policy-http", "the connection broke"},
    {"X509_V_ERR_CERT_HAS_EXPIRED", "policy-certificate-expired",
	"the certificate has expired"},
    {"X509_V_ERR_CERT_NOT_YET_VALID", "policy-certificate-early",
	"the certificate is not valid yet"},
    {"X509_V_ERR_HOSTNAME_MISMATCH", "policy-certificate-name",
	"the certificate is for another name"},
    {"X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT", "policy-certificate-untrusted",
	"the certificate is self-signed"},
    {"X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
	"policy-certificate-untrusted",
	"no authority that is trusted, or a certificate between is not sent"},
};

static void
tell_status(struct sts_check_one *one, const char *name, long code)
{
	if (code >= 300 && code < 400)
		(void)sts_item_find(&one->items, STS_CHECK_POLICY,
		    "policy-redirect", name, "status %ld, a redirect", code);
	else
		(void)sts_item_find(&one->items, STS_CHECK_POLICY,
		    "policy-status", name, "status %ld", code);
}

static void
tell_detail(struct sts_check_one *one, const char *name,
    const struct sts_http_answer *answer)
{
	char text[2 * STS_HTTP_DETAIL];
	size_t i;

	for (i = 0; i < sizeof(details) / sizeof(details[0]); i++)
		if (strcmp(details[i].detail, answer->detail) == 0) {
			(void)sts_item_find(&one->items, STS_CHECK_POLICY,
			    details[i].code, name, "%s", details[i].text);
			return;
		}
	sts_str_escape(sts_str(answer->detail), text, sizeof(text));
	(void)sts_item_find(&one->items, STS_CHECK_POLICY,
	    answer->status == STS_HTTP_WEBPKI  ? "policy-certificate"
	    : answer->status == STS_HTTP_LOCAL ? "policy-untried"
					       : "policy-http",
	    name, "%s", text);
}

static void
tell_certificate(struct sts_check_one *one, const char *name,
    const struct sts_http_answer *answer)
{
	const struct sts_http_trace *trace = answer->trace;
	const struct sts_cert_seen *cert = &trace->cert;

	if (cert->valid_until == 0)
		return;
	sts_check_keep_cert(one, STS_CHECK_POLICY, name, trace->peer,
	    trace->tls, cert, answer->status != STS_HTTP_WEBPKI);
	if (answer->status == STS_HTTP_WEBPKI)
		(void)sts_item_fact(&one->items, STS_CHECK_POLICY, name,
		    "that certificate is for %.120s, by %.60s",
		    cert->names[0] ? cert->names : "no name",
		    cert->issuer[0] ? cert->issuer : "nobody");
}

/* POL-9: what is short ends with the first outage of the policy host. */
static void
tell_age(struct sts_check_one *one, const char *name)
{
	struct sts_check_item *item;

	if (one->policy->mode == STS_MODE_NONE ||
	    one->policy->max_age >= STS_MAX_AGE_FEW)
		return;
	item =
	    sts_item_find(&one->items, STS_CHECK_POLICY, "policy-max_age-short",
		name, "max_age is %u seconds", one->policy->max_age);
	if (one->policy->max_age >= DAY)
		sts_item_grade(&one->items, item, STS_CHECK_NOTE);
}

static void
read_policy(struct sts_check_one *one, const char *name, struct sts_str body)
{
	struct sts_diags diags;

	memset(&diags, 0, sizeof(diags));
	if (sts_policy_parse(body, &one->policy, &diags) == STS_OK) {
		(void)sts_item_fact(&one->items, STS_CHECK_POLICY, name,
		    "mode %s, %zu mx, max_age %u",
		    sts_mode_name(one->policy->mode), one->policy->n_mx,
		    one->policy->max_age);
		tell_age(one, name);
		if (one->policy->mode != STS_MODE_ENFORCE)
			(void)sts_item_find(&one->items, STS_CHECK_POLICY,
			    one->policy->mode == STS_MODE_TESTING
				? "policy-testing"
				: "policy-mode-none",
			    name, "mode %s", sts_mode_name(one->policy->mode));
	}
	(void)sts_check_diags(one, STS_CHECK_POLICY, name, &diags);
}

static void
on_http(void *arg, const struct sts_http_answer *answer)
{
	struct sts_check_one *one = arg;
	char name[NAME];

	(void)snprintf(name, sizeof(name), POLICY_HOST "%s", one->domain);
	if (answer->trace != NULL)
		tell_certificate(one, name, answer);
	if (answer->status == STS_HTTP_OK) {
		(void)sts_item_fact(&one->items, STS_CHECK_POLICY, name,
		    "status 200, %.80s, %zu octets",
		    answer->trace != NULL && answer->trace->media_type[0]
			? answer->trace->media_type
			: "text/plain",
		    answer->body.n);
		read_policy(one, name, answer->body);
	} else if (answer->code != 0 && answer->code != 200) {
		tell_status(one, name, answer->code);
	} else {
		tell_detail(one, name, answer);
	}
	sts_check_answered(one);
}

void
sts_check_fetch(struct sts_check_one *one)
{
	const struct sts_checker *checker = one->checker;
	const struct sts_http *http = &checker->deps.http;

	one->pending++;
	one->fetched = true;
	(void)http->ops->get(http->ctx, one->domain,
	    sts_check_until(checker, checker->config.fetch_ms), on_http, one);
}
