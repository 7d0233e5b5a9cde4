/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "sts/config.h"
#include "sts/override.h"

static char path[] = "/tmp/stsgate-config-XXXXXX";

static enum sts_err
load(const char *text, struct sts_config *config, struct sts_findings *found)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	return sts_config_load(path, true, config, found);
}

static void
assert_finding(const char *text, unsigned line, const char *part)
{
	struct sts_findings found;
	struct sts_config config;
	size_t i;

	assert_int_equal(load(text, &config, &found), STS_ESYNTAX);
	for (i = 0; i < found.n; i++)
		if (found.list[i].line == line &&
		    strstr(found.list[i].text, part) != NULL)
			return;
	for (i = 0; i < found.n; i++)
		print_error("%u: %s\n", found.list[i].line, found.list[i].text);
	fail_msg("no finding \"%s\" in line %u of: %s", part, line, text);
}

static void
assert_redis_defaults(const struct sts_config_redis *r)
{
	assert_string_equal(r->url, "");
	assert_string_equal(r->user, "");
	assert_string_equal(r->password_file, "");
	assert_string_equal(r->prefix, "stsgate:1:");
	assert_string_equal(r->secret_file, "");
	assert_string_equal(r->secret_file_old, "");
	assert_int_equal(r->trust, STS_CONFIG_TAKE);
	assert_int_equal(r->wait, 10);
	assert_int_equal(r->connect_timeout, 1000);
	assert_int_equal(r->timeout, 1000);
	assert_string_equal(r->ca_file, "");
	assert_string_equal(r->cert_file, "");
	assert_string_equal(r->key_file, "");
}

static void
assert_defaults(const struct sts_config *c)
{
	assert_string_equal(c->query_socket, "/run/stsgate/query.sock");
	assert_string_equal(c->admin_socket, "/run/stsgate/admin.sock");
	assert_int_equal(c->query_socket_mode, 0666);
	assert_int_equal(c->admin_socket_mode, 0660);
	assert_string_equal(c->socket_group, "");
	assert_string_equal(c->store, "/var/lib/stsgate");
	assert_string_equal(c->user, "");
	assert_int_equal(c->resolver, STS_CONFIG_SYSTEM);
	assert_string_equal(c->resolv_conf, "/etc/resolv.conf");
	assert_int_equal(c->forwarders.n, 0);
	assert_string_equal(c->root_hints, "");
	assert_string_equal(c->trust_anchor, "/usr/share/dns/root.key");
	assert_string_equal(c->ca_file, "/etc/ssl/certs/ca-certificates.crt");
	assert_string_equal(c->proxy, "");
	assert_int_equal(c->allow_addresses.n, 0);
	assert_int_equal(c->lookup_timeout, 10000);
	assert_int_equal(c->dns_timeout, 5000);
	assert_int_equal(c->fetch_timeout, 60000);
	assert_int_equal(c->refresh_interval, 86400000);
	assert_int_equal(c->on_dns_error, 0);
	assert_int_equal(c->fetches_max, 256);
	assert_int_equal(c->fetches_per_zone, 32);
	assert_int_equal(c->fetches_per_address, 16);
	assert_int_equal(c->domains_max, 20000);
	assert_int_equal(c->connections_max, 1024);
	assert_int_equal(c->log, STS_CONFIG_SYSLOG);
	assert_int_equal(c->log_level, STS_LOG_INFO);
	assert_int_equal(c->policy_port, 443);
	assert_int_equal(c->probe, 1);
	assert_int_equal(c->probe_timeout, 8000);
	assert_int_equal(c->probes_max, 64);
	assert_int_equal(c->probes_per_address, 4);
	assert_string_equal(c->helo_name, "");
	assert_int_equal(c->own_hosts.n, 0);
	assert_int_equal(c->probe_port, 25);
	assert_redis_defaults(&c->redis);
	assert_string_equal(c->report.organization, "");
	assert_string_equal(c->report.contact, "");
	assert_string_equal(c->report.sendmail, "/usr/sbin/sendmail");
	assert_string_equal(c->report.submission, "");
	assert_string_equal(c->report.collectd, "");
	assert_int_equal(c->report_users.n, 0);
}

static void
assert_no_overrides(const struct sts_config *c)
{
	assert_int_equal(sts_overrides_count(c->overrides), 0);
}

static void
test_no_file(void **state)
{
	struct sts_findings found;
	struct sts_config config;

	(void)state;
	assert_int_equal(sts_config_load("/nonexistent/stsgate.conf", false,
			     &config, &found),
	    STS_OK);
	assert_defaults(&config);
	sts_config_free(&config);
	assert_int_equal(
	    sts_config_load("/nonexistent/stsgate.conf", true, &config, &found),
	    STS_ETEMP);
	assert_int_equal(found.n, 1);
	assert_non_null(strstr(found.list[0].text, "No such file"));
	assert_int_equal(
	    sts_config_load("/tmp", true, &config, &found), STS_ETEMP);
	assert_int_equal(found.n, 1);
}

static void
test_empty(void **state)
{
	struct sts_findings found;
	struct sts_config config;

	(void)state;
	assert_int_equal(load("", &config, &found), STS_OK);
	assert_defaults(&config);
	sts_config_free(&config);
	assert_int_equal(load("# nothing\n\n", &config, &found), STS_OK);
	sts_config_free(&config);
}

static const char every_key[] =
    "query_socket = \"/tmp/q\"\nadmin_socket=/tmp/a\n"
    "query_socket_mode = 0600\nadmin_socket_mode = \"640\"\n"
    "socket_group = mail\nstore = memory\nuser = stsgate\n"
    "resolver = forward\nresolv_conf = /tmp/r\n"
    "forwarders = {192.0.2.1, \"192.0.2.2@5353\",\n 2001:db8::1@53}\n"
    "root_hints = /tmp/h\ntrust_anchor = \"\"\nca_file = /tmp/ca\n"
    "proxy = \"http://192.0.2.1:3128\"\n"
    "allow_addresses = {10.0.0.0/8, \"fd00::/8\", 192.168.1.1}\n"
    "lookup_timeout = 500ms\ndns_timeout = 2s\nfetch_timeout = 5m\n"
    "refresh_interval = 1h\non_dns_error = defer\nfetches_max = 1\n"
    "fetches_per_zone = 2\nfetches_per_address = 3\ndomains_max = 100\n"
    "connections_max = 5\nlog = stderr\nlog_level = debug\n"
    "policy_port = 8443\nprobe = off\nprobe_timeout = 3s\nprobes_max = 7\n"
    "probes_per_address = 1\nhelo_name = out.example\nprobe_port = 2525\n"
    "own_hosts = {mx.example, 192.0.2.1, \"2001:db8::1\"}\n"
    "report_organization = \"Ex \\\"a\\\" Ltd\"\n"
    "report_contact = tls@out.example\nreport_sendmail = /tmp/s\n"
    "report_submission = \"[::1]:587\"\n"
    "report_users = {exim, \"_smtpd\"}\n";

static void
test_every_key(void **state)
{
	struct sts_findings found;
	struct sts_config c;

	(void)state;
	assert_int_equal(load(every_key, &c, &found), STS_OK);
	assert_string_equal(c.query_socket, "/tmp/q");
	assert_string_equal(c.admin_socket, "/tmp/a");
	assert_int_equal(c.query_socket_mode, 0600);
	assert_int_equal(c.admin_socket_mode, 0640);
	assert_string_equal(c.socket_group, "mail");
	assert_string_equal(c.store, "memory");
	assert_string_equal(c.user, "stsgate");
	assert_int_equal(c.resolver, STS_CONFIG_FORWARD);
	assert_string_equal(c.resolv_conf, "/tmp/r");
	assert_int_equal(c.forwarders.n, 3);
	assert_string_equal(c.forwarders.v[0], "192.0.2.1");
	assert_string_equal(c.forwarders.v[1], "192.0.2.2@5353");
	assert_string_equal(c.forwarders.v[2], "2001:db8::1@53");
	assert_string_equal(c.root_hints, "/tmp/h");
	assert_string_equal(c.trust_anchor, "");
	assert_string_equal(c.ca_file, "/tmp/ca");
	assert_string_equal(c.proxy, "http://192.0.2.1:3128");
	assert_int_equal(c.allow_addresses.n, 3);
	assert_string_equal(c.allow_addresses.v[1], "fd00::/8");
	assert_int_equal(c.lookup_timeout, 500);
	assert_int_equal(c.dns_timeout, 2000);
	assert_int_equal(c.fetch_timeout, 300000);
	assert_int_equal(c.refresh_interval, 3600000);
	assert_int_equal(c.on_dns_error, 1);
	assert_int_equal(c.fetches_max, 1);
	assert_int_equal(c.fetches_per_zone, 2);
	assert_int_equal(c.fetches_per_address, 3);
	assert_int_equal(c.domains_max, 100);
	assert_int_equal(c.connections_max, 5);
	assert_int_equal(c.log, STS_CONFIG_STDERR);
	assert_int_equal(c.log_level, STS_LOG_DEBUG);
	assert_int_equal(c.policy_port, 8443);
	assert_int_equal(c.probe, 0);
	assert_int_equal(c.probe_timeout, 3000);
	assert_int_equal(c.probes_max, 7);
	assert_int_equal(c.probes_per_address, 1);
	assert_string_equal(c.helo_name, "out.example");
	assert_int_equal(c.probe_port, 2525);
	assert_int_equal(c.own_hosts.n, 3);
	assert_string_equal(c.own_hosts.v[2], "2001:db8::1");
	assert_string_equal(c.report.organization, "Ex \"a\" Ltd");
	assert_string_equal(c.report.contact, "tls@out.example");
	assert_string_equal(c.report.sendmail, "/tmp/s");
	assert_string_equal(c.report.submission, "[::1]:587");
	assert_int_equal(c.report_users.n, 2);
	assert_string_equal(c.report_users.v[1], "_smtpd");
	sts_config_free(&c);
}

static void
test_bad_values(void **state)
{
	(void)state;
	assert_finding("\n\nlookup_timeout = 10\n", 3, "a time from 100ms");
	assert_finding("lookup_timeout = 10w", 1, "lookup_timeout = \"10w\"");
	assert_finding("lookup_timeout = 9999999999999s", 1, "to 5m");
	assert_finding("lookup_timeout = 6m", 1, "to 5m");
	assert_finding("lookup_timeout = 99ms", 1, "100ms");
	assert_finding("lookup_timeout = \"\"", 1, "want a time");
	assert_finding("dns_timeout = -5s", 1, "dns_timeout");
	assert_finding("dns_timeout = 9223372036854775807ms", 1, "dns_timeout");
	assert_finding("connections_max = 0", 1, "a number from 1 to 65536");
	assert_finding("connections_max = 10x", 1, "a number");
	assert_finding("query_socket_mode = 0888", 1, "octal");
	assert_finding("query_socket_mode = 7777", 1, "octal");
	assert_finding("query_socket = run/q", 1, "absolute path");
	assert_finding("store = \"\"", 1, "text of 1 to");
	assert_finding("resolver = bind", 1, "system, forward or recursive");
	assert_finding("log = file", 1, "want syslog or stderr");
	assert_finding(
	    "forwarders = {192.0.2.1,\n\"dns.example\"}", 2, "address@port");
	assert_finding("forwarders = {192.0.2.1@0}", 1, "forwarders");
	assert_finding("allow_addresses = {10.0.0.0/33}", 1, "address/bits");
	assert_finding("allow_addresses = {10.0.0.0/}", 1, "address/bits");
	assert_finding("resolver = forward", 0, "forwarders");
	assert_finding("probe = maybe", 1, "want off or on");
	assert_finding("helo_name = \"a b\"", 1, "a host name, or empty");
	assert_finding("helo_name = 192.0.2.1", 1, "a host name");
	assert_finding("own_hosts = {a.example, \"192.0.2.1 0\"}", 1,
	    "host names and addresses");
	assert_finding("own_hosts = {\"\"}", 1, "own_hosts");
	assert_finding("report_users = {\"a b\"}", 1, "names of users");
}

static void
test_unknown_keys(void **state)
{
	struct sts_findings found;
	struct sts_config config;

	(void)state;
	assert_int_equal(load("log = stderr\nlookup_timout = 5s\n"
			      "dns_timeout = soon\nfoo = {1, 2}\n",
			     &config, &found),
	    STS_ESYNTAX);
	assert_int_equal(found.n, 3);
	assert_int_equal(found.list[0].line, 2);
	assert_string_equal(found.list[0].text, "lookup_timout: no such key");
	assert_int_equal(found.list[1].line, 3);
	assert_int_equal(found.list[2].line, 4);
	assert_string_equal(found.list[2].text, "foo: no such key");
}

static void
test_bad_syntax(void **state)
{
	char many[4096] = "";
	size_t i;

	(void)state;
	assert_finding("\nlog stderr\n", 2, "");
	assert_finding("log = {\n", 1, "");
	assert_finding("}\n", 1, "");
	assert_finding("log = \"stderr\n", 2, "");
	for (i = 0; i < 40; i++)
		snprintf(many + strlen(many), sizeof(many) - strlen(many),
		    "k%zu = 1\n", i);
	assert_finding(many, 32, "k31");
}

static void
test_binary(void **state)
{
	static const char nul[] = "log = stderr\n\0\n";
	struct sts_findings found;
	struct sts_config config;
	FILE *file = fopen(path, "w");

	(void)state;
	fwrite(nul, 1, sizeof(nul), file);
	fclose(file);
	assert_int_equal(
	    sts_config_load(path, true, &config, &found), STS_ESYNTAX);
	assert_int_equal(found.n, 1);
}

/* packaging/stsgate.conf is the table, written out. */
static void
test_example(void **state)
{
	char want[32768], got[32768];
	FILE *file = fmemopen(want, sizeof(want), "w");
	struct sts_findings found;
	struct sts_config config;
	size_t n;

	(void)state;
	sts_config_example(file);
	fclose(file);
	file = fopen(STS_SOURCE_DIR "/packaging/stsgate.conf", "r");
	assert_non_null(file);
	n = fread(got, 1, sizeof(got) - 1, file);
	got[n] = '\0';
	fclose(file);
	assert_string_equal(got, want);
	assert_int_equal(load(got, &config, &found), STS_OK);
	assert_defaults(&config);
	assert_no_overrides(&config);
	sts_config_free(&config);
}

/* Its lines hold when the comment sign is taken away. */
static void
test_example_uncommented(void **state)
{
	char text[32768];
	FILE *file = fmemopen(text, sizeof(text), "w");
	struct sts_findings found;
	struct sts_config config;
	char *p;

	(void)state;
	sts_config_example(file);
	fclose(file);
	for (p = text; (p = strchr(p, '#')) != NULL; p++)
		if (p[1] >= 'a' && p[1] <= 'z')
			*p = ' ';
	/* The one file that the example names is not there: but that is all. */
	assert_int_equal(load(text, &config, &found), STS_ESYNTAX);
	assert_int_equal(found.n, 1);
	assert_non_null(strstr(found.list[0].text,
	    "policy = \"/etc/stsgate/peer.policy\": No such file"));
	p = strstr(text, "override \"peer.example\"");
	assert_non_null(p);
	*p = '#';
	assert_int_equal(load(text, &config, &found), STS_OK);
	assert_defaults(&config);
	assert_int_equal(sts_overrides_count(config.overrides), 2);
	sts_config_free(&config);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_no_file),
	    cmocka_unit_test(test_empty),
	    cmocka_unit_test(test_every_key),
	    cmocka_unit_test(test_bad_values),
	    cmocka_unit_test(test_unknown_keys),
	    cmocka_unit_test(test_bad_syntax),
	    cmocka_unit_test(test_binary),
	    cmocka_unit_test(test_example),
	    cmocka_unit_test(test_example_uncommented),
	};
	int rc;

	close(mkstemp(path));
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(path);
	return rc;
}
