/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "items.h"

#define E          STS_CHECK_ERROR
#define W          STS_CHECK_WARNING
#define U          STS_CHECK_UNKNOWN
#define N          STS_CHECK_NOTE
#define RFC_RECORD "RFC 8461 section 3.1"
#define RFC_POLICY "RFC 8461 section 3.2"
#define RFC_FETCH  "RFC 8461 section 3.3"
#define RFC_MATCH  "RFC 8461 section 4.1"
#define RFC_CERT   "RFC 8461 section 4.2"
#define RFC_RPT    "RFC 8460 section 3"
#define RFC_SPF    "RFC 7208 section 4.6"
#define RFC_DMARC  "RFC 7489 section 6.3"
#define RFC_DKIM   "RFC 6376 section 3.6.1"

#define FIX_RECORD                                                           \
	"write one TXT record \"v=STSv1; id=N;\", N of 1 to 32 letters and " \
	"digits"
#define FIX_POLICY \
	"write the lines version, mode, max_age and an mx for each MX host"
#define FIX_CERT "get a certificate of a public authority that names this host"

static const struct sts_catalog catalog[] = {
    {"record-none", W, RFC_RECORD, "a domain with a policy says so there",
	"to protect mail to the domain, see stsgate publish"},
    {"record-no-record", E, RFC_RECORD, "a record begins with v=STSv1;",
	FIX_RECORD},
    {"record-too-many-records", E, RFC_RECORD,
	"where there is more than one, there is no policy",
	"take all but one away"},
    {"record-", E, RFC_RECORD, "", FIX_RECORD},

    {"policy-host-none", E, RFC_FETCH,
	"the policy is at https://mta-sts.DOMAIN/.well-known/mta-sts.txt",
	"give the name an address, or take the record at _mta-sts away"},
    {"policy-private", E, RFC_FETCH, "",
	"give the name an address that others can reach"},
    {"policy-connect", E, RFC_FETCH, "",
	"let the web server answer on port 443, at each of its addresses"},
    {"policy-timeout", E, RFC_FETCH, "one minute is enough for a fetch",
	"find out why the web server is so slow"},
    {"policy-tls", E, RFC_FETCH, "TLS of version 1.2 or later, with SNI",
	"switch on TLS 1.2 and 1.3 in the web server"},
    {"policy-certificate-expired", E, RFC_FETCH,
	"the certificate must not be expired",
	"renew it, and let that be done "
	"by a timer"},
    {"policy-certificate-early", E, RFC_FETCH, "",
	"put the clock right, or get another certificate"},
    {"policy-certificate-name", E, RFC_FETCH,
	"a DNS name in it must be the policy host's, also behind a CNAME",
	FIX_CERT},
    {"policy-certificate-untrusted", E, RFC_FETCH,
	"it must lead to an authority that the sender trusts",
	"serve the whole chain, of a public authority"},
    {"policy-certificate-soon", W, RFC_FETCH,
	"with an expired one the policy cannot be fetched any more",
	"renew it, and let that be done by a timer"},
    {"policy-certificate", E, RFC_FETCH, "the certificate must hold", FIX_CERT},
    {"policy-status", E, RFC_FETCH, "only status 200 is a policy",
	"put the policy there, or take the record at _mta-sts away"},
    {"policy-redirect", E, RFC_FETCH, "redirects are not followed",
	"serve the policy at that very place"},
    {"policy-media-type", E, RFC_POLICY, "the media type is text/plain",
	"tell the web server that mta-sts.txt is text/plain"},
    {"policy-encoding", E, RFC_FETCH, "nobody asked for compression",
	"switch compression off for that file"},
    {"policy-too-large", E, RFC_FETCH, "senders read 64 KiB at most",
	"make the policy shorter"},
    {"policy-header-too-large", E, RFC_FETCH, "",
	"let the web server send less header"},
    {"policy-cut", E, RFC_FETCH, "",
	"send a length, or end the connection as TLS wants it"},
    {"policy-http", E, RFC_FETCH, "", "see the web server's log"},
    {"policy-untried", U, RFC_FETCH, "", "try again; something is wrong here"},
    {"policy-max_age-short", W, RFC_POLICY, "weeks or more are expected",
	"write \"max_age: 604800\" or more"},
    {"policy-max_age-clamped", W, RFC_POLICY, "31557600 is the most",
	"write \"max_age: 31557600\" or less"},
    {"policy-testing", N, "RFC 8461 section 5", "failures are only reported",
	"when reports are clean, write \"mode: enforce\" and change the id"},
    {"policy-mode-none", N, "RFC 8461 section 8.3",
	"the domain takes its policy back", ""},
    {"policy-mx-missing", E, RFC_POLICY, "", FIX_POLICY},
    {"policy-blank-line", W, RFC_POLICY, "a line is a name, ':' and a value",
	"take the empty line out"},
    {"policy-", E, RFC_POLICY, "", FIX_POLICY},

    {"mx-not-in-policy", E, RFC_MATCH,
	"mail goes only to hosts that a pattern of the policy covers", ""},
    {"pattern-unused", N, RFC_MATCH, "",
	"take the line out, when no MX is to come back"},
    {"mx-cname", W, "RFC 5321 section 5.1",
	"the name in an MX record must not be a CNAME",
	"give the name an address of its own"},
    {"mx-bad-name", E, "RFC 5321 section 5.1",
	"an MX record names a host, which has the address",
	"publish an MX record with the name of the host"},
    {"mx-null", N, "RFC 7505 section 3", "", ""},
    {"mx-null-mixed", E, "RFC 7505 section 3", "a null MX stands alone",
	"take the record with \".\" away"},
    {"mx-implicit", N, "RFC 5321 section 5.1", "", "publish an MX record"},
    {"mx-none", E, "RFC 5321 section 5.1", "no mail can be delivered",
	"publish an MX record; \"0 .\" where no mail is wanted"},
    {"mx-no-address", E, "RFC 5321 section 5.1", "",
	"give the host an address, or take the MX record away"},
    {"mx-private", E, "RFC 5321 section 5.1", "",
	"give the host an address that others can reach"},
    {"mx-unreachable", E, "RFC 5321 section 5.1", "",
	"let it answer on port 25; is that port open from here?"},
    {"mx-slow", U, "RFC 5321 section 4.5.3.2",
	"senders wait five minutes for the greeting",
	"let it greet sooner, or raise probe_timeout and try again"},
    {"mx-untried", U, "", "", "try from a host with the way there"},
    {"mx-no-starttls", E, RFC_CERT, "the MX must support STARTTLS",
	"switch TLS on in the mail server"},
    {"mx-certificate-expired", E, RFC_CERT,
	"the certificate must not be expired",
	"renew it, and let that be done by a timer"},
    {"mx-certificate-name", E, RFC_CERT,
	"a DNS name in it must be that of the MX record", FIX_CERT},
    {"mx-certificate-untrusted", E, RFC_CERT,
	"it must lead to an authority that the sender trusts",
	"serve the whole chain, of a public authority"},
    {"mx-certificate-soon", W, RFC_CERT,
	"with an expired one mail will not come any more",
	"renew it, and let that be done by a timer"},
    {"mx-certificate-early", E, RFC_CERT, "",
	"put the clock right, or get another certificate"},
    {"mx-certificate", E, RFC_CERT, "the certificate must hold", FIX_CERT},
    {"mx-tls", E, RFC_CERT, "TLS of version 1.2 or later",
	"see the mail server's log"},

    {"dane-mismatch", E, "RFC 7672 section 2.2",
	"senders that look at TLSA do not deliver there",
	"publish a TLSA record of the certificate that is served now"},
    {"dane-unusable", W, "RFC 7672 section 3.1",
	"for SMTP usage 2 or 3, SHA-256 or SHA-512, is used",
	"publish \"3 1 1\" and the digest of the key"},
    {"dane-unsigned", N, "RFC 7672 section 2.2",
	"without signatures TLSA counts for nothing",
	"sign the zones (DNSSEC)"},
    {"dane-sts-conflict", W, "RFC 8461 section 2",
	"DANE goes first where a sender has both", FIX_CERT},

    {"tlsrpt-none", N, RFC_RPT, "", "publish \"v=TLSRPTv1; rua=mailto:...\""},
    {"tlsrpt-scheme", W, RFC_RPT, "reports go by mailto or https",
	"write rua=mailto:... or rua=https://..."},
    {"tlsrpt-", E, RFC_RPT, "",
	"write one TXT record \"v=TLSRPTv1; rua=mailto:ADDRESS\""},

    {"spf-none", W, RFC_SPF, "", "publish \"v=spf1 mx -all\", or as it is"},
    {"spf-many", E, "RFC 7208 section 4.5", "more than one is an error",
	"make one record of them"},
    {"spf-syntax", E, RFC_SPF, "a record with an error counts for nothing",
	"put the term right"},
    {"spf-lookups", E, "RFC 7208 section 4.6.4", "ten are the most",
	"name addresses (ip4, ip6) in place of names"},
    {"spf-all", W, "RFC 7208 section 5.1", "", "write -all or ~all"},
    {"spf-open", N, "RFC 7208 section 5.1", "", "end it with -all or ~all"},
    {"spf-ptr", N, "RFC 7208 section 5.5", "ptr should not be used", ""},

    {"dmarc-none", W, RFC_DMARC, "", "publish \"v=DMARC1; p=none; rua=...\""},
    {"dmarc-many", E, "RFC 7489 section 6.6.3",
	"where there is more than one, there is none", "take all but one away"},
    {"dmarc-syntax", E, RFC_DMARC, "", "put the tag right"},
    {"dmarc-monitor", N, RFC_DMARC, "",
	"when reports are clean, write "
	"p=quarantine or p=reject"},
    {"dmarc-no-reports", N, RFC_DMARC, "", "add rua=mailto:..."},

    {"dkim-none", E, RFC_DKIM, "signatures of that selector do not verify",
	"publish the key, or do not sign with it"},
    {"dkim-many", E, "RFC 6376 section 3.6.2.2", "which of them is not said",
	"take all but one away"},
    {"dkim-syntax", E, RFC_DKIM, "", "put the tag right"},
    {"dkim-revoked", E, RFC_DKIM, "", "do not sign with it any more"},
    {"dkim-weak", W, "RFC 8301 section 3.2",
	"keys have 2048 bits; less than 1024 are not accepted",
	"make a key of 2048 bits, under a new selector"},
    {"dkim-testing", N, RFC_DKIM, "", "take t=y out"},

    {"-forged", E, "RFC 4033 section 5",
	"an answer whose signatures do not hold is not used",
	"put the zone's signatures or its DS record right"},
    {"-dns", U, "RFC 1034 section 4.3", "",
	"look at the domain's name servers, and at the resolver used here"},
};

/* A row is for its code; for all that begin with it, if it ends in "-"; for
 * all that end with it, if it begins so. */
static bool
fits(const char *row, const char *code)
{
	size_t n = strlen(row), m = strlen(code);

	if (row[0] == '-')
		return m > n && strcmp(code + m - n, row) == 0;
	if (row[n - 1] == '-')
		return strncmp(row, code, n) == 0 && !fits("-dns", code) &&
		       !fits("-forged", code);
	return strcmp(row, code) == 0;
}

const struct sts_catalog *
sts_catalog_find(const char *code)
{
	static const struct sts_catalog unknown = {"", E, "", "", ""};
	size_t i;

	for (i = 0; i < sizeof(catalog) / sizeof(catalog[0]); i++)
		if (fits(catalog[i].code, code))
			return &catalog[i];
	return &unknown;
}
