/* SPDX-License-Identifier: ISC */
#include "exim_rules.h"

#define OFTEN           "mail rides a connection opened for another domain"
#define SHARES          "a refusal delays other domains on the same host"
#define NEVER           "for such hosts an enforced policy is never met"
#define LEAVE(option)   "leave " option " at its default"
#define SHIPPED(option) "the line " option " of stsgate-transport.conf"

const struct sts_exim_rule sts_exim_rules_mx[] = {
    {"event_action", STS_EXIM_FIRST, STS_EXIM_ERROR, NULL, "",
	"must ask stsgate first and of every event: without it no certificate "
	"is looked at",
	"event_action = STSGATE_EVENT"},
    {"hosts_require_tls", STS_EXIM_LIST, STS_EXIM_ERROR, NULL, "require",
	"must ask stsgate, or mail goes out in clear text",
	SHIPPED("hosts_require_tls")},
    {"tls_verify_hosts", STS_EXIM_LIST, STS_EXIM_ERROR, NULL, "verify",
	"must ask stsgate, or any certificate will do",
	SHIPPED("tls_verify_hosts")},
    {"multi_domain", STS_EXIM_GUARD, STS_EXIM_ERROR, NULL, "guard",
	"must be false, or one connection serves domains of other policies",
	SHIPPED("multi_domain")},
    {"tls_sni", STS_EXIM_NAME, STS_EXIM_ERROR, "$host", "sni",
	"must be $host, as RFC 8461 section 4.1 says", "tls_sni = $host"},
    {"interface", STS_EXIM_SOURCE, STS_EXIM_ERROR, NULL, "interface",
	"must ask stsgate, or " SHARES, SHIPPED("interface")},
    {"retry_include_ip_address", STS_EXIM_WHOLE, STS_EXIM_ERROR, NULL, "retry",
	"must ask stsgate, or a host reached by CNAME delays other domains",
	SHIPPED("retry_include_ip_address")},
    {"tls_verify_cert_hostnames", STS_EXIM_CERT, STS_EXIM_ERROR, "*", "names",
	"must be as shipped, or the name in the certificate does not count, "
	"or " SHARES,
	SHIPPED("tls_verify_cert_hostnames")},
    {"hosts", STS_EXIM_EMPTY, STS_EXIM_ERROR, NULL, NULL,
	"must be empty: the policy of the recipient's domain does not name "
	"such hosts",
	"another transport, with stsgate-smarthost.conf and "
	"STSGATE_SMARTHOST, or without stsgate"},
    {.option = NULL}};

const struct sts_exim_rule sts_exim_rules_via[] = {
    {"event_action", STS_EXIM_FIRST, STS_EXIM_ERROR, NULL, "",
	"must ask stsgate first and of every event: without it no certificate "
	"is looked at",
	"event_action = STSGATE_VIA_EVENT"},
    {"hosts_require_tls", STS_EXIM_LIST, STS_EXIM_ERROR, NULL, "require",
	"must ask stsgate, or mail goes out in clear text",
	"hosts_require_tls = STSGATE_VIA_REQUIRE"},
    {"tls_verify_hosts", STS_EXIM_LIST, STS_EXIM_ERROR, NULL, "verify",
	"must ask stsgate, or any certificate will do",
	"tls_verify_hosts = STSGATE_VIA_VERIFY"},
    {"multi_domain", STS_EXIM_GUARD, STS_EXIM_ERROR, NULL, "guard",
	"must ask stsgate, or mail goes out when the module cannot be loaded",
	"multi_domain = STSGATE_VIA_GUARD"},
    {"tls_sni", STS_EXIM_NAME, STS_EXIM_ERROR, "$host", "sni",
	"must be the smart host's name, as RFC 8461 section 4.1 says",
	"tls_sni = STSGATE_VIA_SNI"},
    {"tls_verify_cert_hostnames", STS_EXIM_IS, STS_EXIM_ERROR, "*", NULL,
	"must stay *, or the name in the certificate does not count",
	LEAVE("tls_verify_cert_hostnames")},
    {.option = NULL}};

/* Of both forms: what must be left as Exim has it. */
const struct sts_exim_rule sts_exim_rules_common[] = {
    {"connection_max_messages", STS_EXIM_IS, STS_EXIM_ERROR, "1", NULL,
	"must be 1, or " OFTEN, "connection_max_messages = 1"},
    {"delay_after_cutoff", STS_EXIM_OFF, STS_EXIM_ERROR, NULL, NULL,
	"must be false, or mail bounces without a look at the policy",
	"delay_after_cutoff = false"},
    {"hosts_avoid_tls", STS_EXIM_EMPTY, STS_EXIM_ERROR, NULL, NULL,
	"must be empty: " NEVER, LEAVE("hosts_avoid_tls")},
    {"hosts_avoid_esmtp", STS_EXIM_EMPTY, STS_EXIM_ERROR, NULL, NULL,
	"must be empty: " NEVER, LEAVE("hosts_avoid_esmtp")},
    {"hosts_verify_avoid_tls", STS_EXIM_EMPTY, STS_EXIM_ERROR, NULL, NULL,
	"must be empty: in callouts, " NEVER, LEAVE("hosts_verify_avoid_tls")},
    {"hosts_override", STS_EXIM_OFF, STS_EXIM_ERROR, NULL, NULL,
	"must be off: the hosts are the transport's then, not those "
	"of the domain",
	LEAVE("hosts_override")},
    {"tls_verify_certificates", STS_EXIM_SET, STS_EXIM_ERROR, NULL, NULL,
	"must be set: there is nothing to verify a certificate by",
	LEAVE("tls_verify_certificates")},
    {"hosts_try_dane", STS_EXIM_IS, STS_EXIM_ERROR, "*", NULL,
	"must stay *: DANE comes before MTA-STS", LEAVE("hosts_try_dane")},
    {"tls_resumption_hosts", STS_EXIM_EMPTY, STS_EXIM_ERROR, NULL, NULL,
	"must be empty: a resumed session shows no certificate",
	LEAVE("tls_resumption_hosts")},
    {"hosts_pipe_connect", STS_EXIM_EMPTY, STS_EXIM_ERROR, NULL, NULL,
	"must be empty: Exim then talks by what it remembers of the "
	"host, before the host has said anything",
	LEAVE("hosts_pipe_connect")},
    {"tls_try_verify_hosts", STS_EXIM_IS, STS_EXIM_WARNING, "*", NULL,
	"should stay *, or the log of testing domains names "
	"certificates that are good",
	LEAVE("tls_try_verify_hosts")},
    {"fallback_hosts", STS_EXIM_EMPTY, STS_EXIM_WARNING, NULL, NULL,
	"should be empty: a policy does not name such hosts, so they "
	"are refused",
	LEAVE("fallback_hosts")},
    {.option = NULL}};
