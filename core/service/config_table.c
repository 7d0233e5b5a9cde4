/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "config_table.h"

#define AT(member) offsetof(struct sts_config, member)
#define SECOND     INT64_C(1000)
#define MINUTE     (60 * SECOND)
#define HOUR       (60 * MINUTE)
#define DAY        (24 * HOUR)

static const char *const resolvers[] = {"system", "forward", "recursive", NULL};
static const char *const on_error[] = {"continue", "defer", NULL};
static const char *const switches[] = {"off", "on", NULL};
static const char *const trusts[] = {"take", "verify", NULL};
static const char *const sinks[] = {"syslog", "stderr", NULL};
/* In the order of enum sts_level. */
static const char *const levels[] = {
    "debug", "info", "notice", "warning", "error", NULL};

/* In the order of the example file; the one place that knows the keys. */
const struct sts_key sts_keys[] = {
    {"query_socket", STS_KEY_SOCKET, true, AT(query_socket),
	"/run/stsgate/query.sock", "where mail servers ask", 0, 0, NULL},
    {"query_socket_mode", STS_KEY_MODE, true, AT(query_socket_mode), "0666",
	"who may ask", 0, 0, NULL},
    {"admin_socket", STS_KEY_SOCKET, true, AT(admin_socket),
	"/run/stsgate/admin.sock", "where the stsgate command asks", 0, 0,
	NULL},
    {"admin_socket_mode", STS_KEY_MODE, true, AT(admin_socket_mode), "0660",
	"who may list, refresh and purge", 0, 0, NULL},
    {"socket_group", STS_KEY_TEXT, true, AT(socket_group), "",
	"group of both sockets; empty: that of the process", 0, 64, NULL},
    {"store", STS_KEY_TEXT, true, AT(store), "/var/lib/stsgate",
	"folder of the policies; memory: keep none over a restart", 1, 4000,
	NULL},
    {"user", STS_KEY_TEXT, true, AT(user), "",
	"user to become when started as root; empty: stay", 0, 64, NULL},
    {"resolver", STS_KEY_WORD, false, AT(resolver), "system",
	"system: the name servers of resolv_conf; forward: those in\n"
	"# forwarders; recursive: from the root",
	0, 0, resolvers},
    {"resolv_conf", STS_KEY_TEXT, false, AT(resolv_conf), "/etc/resolv.conf",
	"read for resolver = system", 1, 4000, NULL},
    {"forwarders", STS_KEY_SERVERS, false, AT(forwarders), "{}",
	"name servers for resolver = forward: {192.0.2.1, \"192.0.2.2@5353\"}",
	0, 0, NULL},
    {"root_hints", STS_KEY_TEXT, false, AT(root_hints), "",
	"file of root servers for resolver = recursive; empty: built in", 0,
	4000, NULL},
    {"trust_anchor", STS_KEY_TEXT, false, AT(trust_anchor),
	"/usr/share/dns/root.key",
	"DNSSEC trust anchor; empty: do not validate", 0, 4000, NULL},
    {"ca_file", STS_KEY_TEXT, true, AT(ca_file),
	"/etc/ssl/certs/ca-certificates.crt",
	"certificate authorities for policy hosts, and for mail servers that\n"
	"# are tried",
	1, 4000, NULL},
    {"proxy", STS_KEY_TEXT, true, AT(proxy), "",
	"proxy for policies, such as http://192.0.2.1:3128; empty: none", 0,
	1000, NULL},
    {"allow_addresses", STS_KEY_NETWORKS, true, AT(allow_addresses), "{}",
	"private networks where policy hosts, and mail servers that are\n"
	"# tried, may be: {10.0.0.0/8}",
	0, 0, NULL},
    {"probe", STS_KEY_WORD, true, AT(probe), "on",
	"for OpenSMTPD: try STARTTLS with a mail server before it is told;\n"
	"# off: where port 25 is closed to us; the best is told, up or down",
	0, 0, switches},
    {"probe_timeout", STS_KEY_TIME, false, AT(probe_timeout), "8s",
	"one such try", 100, 5 * MINUTE, NULL},
    {"probes_max", STS_KEY_NUMBER, true, AT(probes_max), "64",
	"connections for that at once", 1, 4096, NULL},
    {"probes_per_address", STS_KEY_NUMBER, true, AT(probes_per_address), "4",
	"of these to one address", 1, 4096, NULL},
    {"helo_name", STS_KEY_HOST, true, AT(helo_name), "",
	"our name in EHLO there; empty: that of the system", 0, 0, NULL},
    {"own_hosts", STS_KEY_HOSTS, false, AT(own_hosts), "{}",
	"for OpenSMTPD: names and addresses of this host; such an MX and "
	"worse\n"
	"# ones are not told; empty: the name of the system",
	0, 0, NULL},
    {"lookup_timeout", STS_KEY_TIME, false, AT(lookup_timeout), "10s",
	"the longest that a question waits", 100, 5 * MINUTE, NULL},
    {"dns_timeout", STS_KEY_TIME, false, AT(dns_timeout), "5s",
	"one DNS question", 100, 5 * MINUTE, NULL},
    {"fetch_timeout", STS_KEY_TIME, false, AT(fetch_timeout), "60s",
	"one fetch of a policy", 100, 10 * MINUTE, NULL},
    {"refresh_interval", STS_KEY_TIME, false, AT(refresh_interval), "1d",
	"how often a policy is fetched anew", MINUTE, 30 * DAY, NULL},
    {"on_dns_error", STS_KEY_WORD, false, AT(on_dns_error), "continue",
	"no policy known and DNS fails: continue without one, or defer", 0, 0,
	on_error},
    {"fetches_max", STS_KEY_NUMBER, false, AT(fetches_max), "256",
	"domains looked up at once", 1, 4096, NULL},
    {"fetches_per_zone", STS_KEY_NUMBER, false, AT(fetches_per_zone), "32",
	"of these under one parent zone, half of it for one zone there", 1,
	4096, NULL},
    {"fetches_per_address", STS_KEY_NUMBER, true, AT(fetches_per_address), "16",
	"connections to one address at once, as many again for zones without",
	1, 4096, NULL},
    {"domains_max", STS_KEY_NUMBER, false, AT(domains_max), "20000",
	"domains held in memory", 100, 10000000, NULL},
    {"connections_max", STS_KEY_NUMBER, false, AT(connections_max), "1024",
	"clients connected at once", 1, 65536, NULL},
    {"redis", STS_KEY_REDIS, true, AT(redis.url), "",
	"shares policies with other hosts: redis://host:6379/0,\n"
	"# rediss://host (TLS), unix:/path?db=0, or\n"
	"# sentinel://host1,host2,host3/mymaster; empty: this host is alone",
	0, 0, NULL},
    {"redis_user", STS_KEY_TEXT, true, AT(redis.user), "",
	"who we are there; empty: the default user", 0, 64, NULL},
    {"redis_password_file", STS_KEY_TEXT, true, AT(redis.password_file), "",
	"file with that user's password; empty: none is asked for", 0, 4000,
	NULL},
    {"redis_prefix", STS_KEY_PREFIX, true, AT(redis.prefix),
	"stsgate:1:", "of every key and channel there", 1, 64, NULL},
    {"redis_secret_file", STS_KEY_TEXT, false, AT(redis.secret_file), "",
	"file with the secret of the cluster, 32 to 1024 octets, the same on\n"
	"# every host: what is in Redis is signed by it",
	0, 4000, NULL},
    {"redis_secret_file_old", STS_KEY_TEXT, false, AT(redis.secret_file_old),
	"", "one that is believed, too, while it is replaced; empty: none", 0,
	4000, NULL},
    {"redis_trust", STS_KEY_WORD, false, AT(redis.trust), "take",
	"a policy that another host has fetched: take it, or take it and\n"
	"# verify it by a fetch of our own",
	0, 0, trusts},
    {"redis_wait", STS_KEY_TIME, false, AT(redis.wait), "10ms",
	"the longest that a question waits for Redis", 1, SECOND, NULL},
    {"redis_connect_timeout", STS_KEY_TIME, true, AT(redis.connect_timeout),
	"1s", "one connect to it", 10, 30 * SECOND, NULL},
    {"redis_timeout", STS_KEY_TIME, true, AT(redis.timeout), "1s",
	"without an answer for so long, it is away", 10, 30 * SECOND, NULL},
    {"redis_ca_file", STS_KEY_TEXT, true, AT(redis.ca_file), "",
	"certificate authorities for rediss://; empty: those of ca_file", 0,
	4000, NULL},
    {"redis_cert_file", STS_KEY_TEXT, true, AT(redis.cert_file), "",
	"our certificate there; empty: none", 0, 4000, NULL},
    {"redis_key_file", STS_KEY_TEXT, true, AT(redis.key_file), "", "its key", 0,
	4000, NULL},
    {"report_organization", STS_KEY_TEXT, true, AT(report.organization), "",
	"who reports results of TLS to the domains that ask for it (RFC "
	"8460);\n"
	"# empty: nothing is counted, and nobody is told",
	0, 200, NULL},
    {"report_contact", STS_KEY_TEXT, true, AT(report.contact), "",
	"address for questions about reports; they are sent from it", 0, 254,
	NULL},
    {"report_sendmail", STS_KEY_TEXT, true, AT(report.sendmail),
	"/usr/sbin/sendmail", "program that takes reports by mail", 1, 4000,
	NULL},
    {"report_submission", STS_KEY_LOOPBACK, true, AT(report.submission), "",
	"the mail server here that takes them by SMTP, in place of that "
	"program:\n"
	"# localhost:25, 127.0.0.1:25 or [::1]:25; empty: by the program",
	0, 0, NULL},
    {"report_collectd", STS_KEY_SOCKET, true, AT(report.collectd), "",
	"socket of tlsrpt-collectd, which takes results and reports them in "
	"our\n"
	"# place, with those of other mail servers; empty: we do, if there is "
	"a\n"
	"# report_organization",
	0, 0, NULL},
    {"report_users", STS_KEY_USERS, true, AT(report_users), "{}",
	"who may record results, besides root; none: Debian-exim, exim,\n"
	"# opensmtpd and _smtpd",
	0, 0, NULL},
    {"log", STS_KEY_WORD, false, AT(log), "syslog", "where the log goes", 0, 0,
	sinks},
    {"log_level", STS_KEY_WORD, false, AT(log_level), "info",
	"the least that is logged", 0, 0, levels},
    {"policy_port", STS_KEY_NUMBER, true, AT(policy_port), "443",
	"port of policy hosts; other than 443 for tests only", 1, 65535, NULL},
    {"probe_port", STS_KEY_NUMBER, true, AT(probe_port), "25",
	"port of mail servers; other than 25 for tests only", 1, 65535, NULL},
};

const size_t sts_keys_n = sizeof(sts_keys) / sizeof(sts_keys[0]);

bool
sts_key_is_list(const struct sts_key *key)
{
	return key->type == STS_KEY_SERVERS || key->type == STS_KEY_NETWORKS ||
	       key->type == STS_KEY_HOSTS || key->type == STS_KEY_USERS;
}

bool
sts_key_is_text(const struct sts_key *key)
{
	return key->type == STS_KEY_TEXT || key->type == STS_KEY_SOCKET ||
	       key->type == STS_KEY_HOST || key->type == STS_KEY_PREFIX ||
	       key->type == STS_KEY_REDIS || key->type == STS_KEY_LOOPBACK;
}

static bool
same_list(const struct sts_config_list *a, const struct sts_config_list *b)
{
	size_t i;

	for (i = 0; i < a->n && i < b->n && strcmp(a->v[i], b->v[i]) == 0; i++)
		;
	return i == a->n && i == b->n;
}

bool
sts_key_same(const struct sts_key *key, const struct sts_config *a,
    const struct sts_config *b)
{
	const void *x = (const char *)a + key->offset;
	const void *y = (const char *)b + key->offset;

	switch (key->type) {
	case STS_KEY_TEXT:
	case STS_KEY_SOCKET:
	case STS_KEY_HOST:
	case STS_KEY_PREFIX:
	case STS_KEY_REDIS:
	case STS_KEY_LOOPBACK:
		return strcmp(*(char *const *)x, *(char *const *)y) == 0;
	case STS_KEY_SERVERS:
	case STS_KEY_NETWORKS:
	case STS_KEY_HOSTS:
	case STS_KEY_USERS:
		return same_list(x, y);
	case STS_KEY_TIME:
	case STS_KEY_NUMBER:
		return memcmp(x, y, sizeof(int64_t)) == 0;
	case STS_KEY_MODE:
	case STS_KEY_WORD:
		return memcmp(x, y, sizeof(int)) == 0;
	}
	return false;
}

static void
print_value(const struct sts_key *key, FILE *out)
{
	fprintf(out, sts_key_is_text(key) ? "#%s = \"%s\"\n" : "#%s = %s\n",
	    key->name, key->value);
}

static const char overrides[] =
    "\n"
    "# What holds for a domain instead of what it says of itself. The title: "
    "a\n"
    "# name, or \".\" and a name for all names below it; the exact name wins, "
    "then\n"
    "# the longest. mode: off (as without MTA-STS), testing (at most), or "
    "enforce\n"
    "# (mail waits where there is no policy). policy: a file as in RFC 8461\n"
    "# section 3.2, and nobody is asked; both: in that mode. A reload takes "
    "them,\n"
    "# and the files, anew.\n"
    "#override \"bank.example\" { mode = \"enforce\" }\n"
    "#override \".example.com\" { mode = \"off\" }\n"
    "#override \"peer.example\" { policy = \"/etc/stsgate/peer.policy\" }\n";

void
sts_config_example(FILE *out)
{
	char allows[STS_FINDING_TEXT];
	size_t i;

	fputs("# SPDX-License-Identifier: ISC\n"
	      "# /etc/stsgate/stsgate.conf: every key with its default.\n"
	      "# Check it with: stsgate config check\n",
	    out);
	for (i = 0; i < sts_keys_n; i++) {
		fprintf(out, "\n# %s\n# (%s%s)\n", sts_keys[i].help,
		    sts_key_allows(&sts_keys[i], allows, sizeof(allows)),
		    sts_keys[i].restart ? "; needs a restart" : "");
		print_value(&sts_keys[i], out);
	}
	fputs(overrides, out);
}
