/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <string.h>

#include "rig.h"

static void
good(void **state)
{
	struct mx_script script = {.cert = CERT_GOOD};
	struct mx_seen seen;
	struct got got;

	(void)state;
	seen = rig_once(&script, LONG, &got);
	assert_int_equal(got.status, STS_PROBE_GOOD);
	assert_string_equal(got.result, "success");
	assert_string_equal(
	    seen.said, "EHLO sender.example\r\nSTARTTLS\r\nQUIT\r\n");
	assert_string_equal(seen.sni, HOST);
	assert_int_equal(seen.accepts, 1);
	script.cert = CERT_WILDCARD;
	rig_once(&script, LONG, &got);
	assert_int_equal(got.status, STS_PROBE_GOOD);
}

/* MX-6 to MX-10, and the words of RFC 8460 section 4.3. */
static void
defects(void **state)
{
	static const struct {
		struct mx_script script;
		const char *result, *detail;
	} cases[] = {
	    {{.cert = CERT_EXPIRED}, "certificate-expired",
		"X509_V_ERR_CERT_HAS_EXPIRED"},
	    {{.cert = CERT_FUTURE}, "validation-failure",
		"X509_V_ERR_CERT_NOT_YET_VALID"},
	    {{.cert = CERT_OTHER_NAME}, "certificate-host-mismatch",
		"X509_V_ERR_HOSTNAME_MISMATCH"},
	    {{.cert = CERT_CN_ONLY}, "certificate-host-mismatch",
		"X509_V_ERR_HOSTNAME_MISMATCH"},
	    {{.cert = CERT_PARTIAL}, "certificate-host-mismatch",
		"X509_V_ERR_HOSTNAME_MISMATCH"},
	    {{.cert = CERT_DEEP}, "certificate-host-mismatch",
		"X509_V_ERR_HOSTNAME_MISMATCH"},
	    {{.cert = CERT_UNTRUSTED}, "certificate-not-trusted",
		"X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY"},
	    {{.cert = CERT_SELF_SIGNED}, "certificate-not-trusted",
		"X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT"},
	    {{.max_tls = TLS1_1_VERSION}, "validation-failure", "tls-alert-70"},
	    {{.cut = true}, "validation-failure", "io"},
	    {{.ehlo = "250 mx\r\n"}, "starttls-not-supported", "not-offered"},
	    {{.ehlo = "502 no\r\n"}, "starttls-not-supported", "ehlo"},
	    {{.starttls = "454 later\r\n"}, "starttls-not-supported",
		"smtp-454"},
	    {{.starttls = "220 go\r\n250 injected\r\n"}, "validation-failure",
		"data-behind-starttls"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct got got;

		rig_once(&cases[i].script, LONG, &got);
		assert_int_equal(got.status, STS_PROBE_DEFECT);
		assert_string_equal(got.result, cases[i].result);
		assert_string_equal(got.detail, cases[i].detail);
		assert_int_equal(got.addr.ss_family, AF_INET);
	}
}

/* No failure of TLS (RPT-12). */
static void
unreachable(void **state)
{
	static const struct {
		struct mx_script script;
		const char *detail;
	} cases[] = {
	    {{.greeting = "421 busy\r\n"}, "greeting"},
	    {{.greeting = "554 go away\r\n"}, "greeting"},
	    {{.greeting = "hello\r\n"}, "smtp-syntax"},
	    {{.greeting = "220 a\r\n220 b\r\n"}, "smtp-syntax"},
	    {{.ehlo = "421 busy\r\n"}, "ehlo"},
	    {{.ehlo = "250-mx\r\n450 what\r\n"}, "smtp-syntax"},
	};
	struct got got;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		rig_once(&cases[i].script, LONG, &got);
		assert_int_equal(got.status, STS_PROBE_UNREACHABLE);
		assert_string_equal(got.result, "");
		assert_string_equal(got.detail, cases[i].detail);
	}
}

static void
nobody_there(void **state)
{
	static const char *const here[] = {"127.0.0.1"};
	struct got got;

	(void)state;
	rig_resolve(here, 1);
	rig_open(1, 8, 8, false);
	rig_probe(LONG, &got);
	assert_int_equal(got.status, STS_PROBE_UNREACHABLE);
	assert_string_equal(got.detail, "connect");
	rig_dns = STS_DNS_ABSENT;
	rig_probe(LONG, &got);
	assert_int_equal(got.status, STS_PROBE_UNREACHABLE);
	assert_string_equal(got.detail, "dns-absent");
	assert_int_equal(got.addr.ss_family, 0);
	rig_dns = STS_DNS_LOCAL;
	rig_probe(LONG, &got);
	assert_int_equal(got.status, STS_PROBE_LOCAL);
	rig_close();
}

/* THR-7 */
static void
guarded(void **state)
{
	static const char *const here[] = {"127.0.0.1"};
	struct got got;

	(void)state;
	rig_resolve(here, 1);
	rig_open(25, 8, 8, true);
	rig_probe(LONG, &got);
	assert_int_equal(got.status, STS_PROBE_UNREACHABLE);
	assert_string_equal(got.detail, "address-refused");
	rig_close();
}

static void
deadlines(void **state)
{
	struct mx_script script = {.hang = MX_AT_GREETING};
	struct got got;
	int64_t from = rig_mono(NULL);

	(void)state;
	rig_once(&script, 100, &got);
	assert_int_equal(got.status, STS_PROBE_SLOW);
	assert_string_equal(got.detail, "reply-timeout");
	script.hang = MX_AT_TLS;
	rig_once(&script, 1000, &got);
	assert_int_equal(got.status, STS_PROBE_DEFECT);
	assert_string_equal(got.result, "validation-failure");
	assert_string_equal(got.detail, "io-timeout");
	/* Each in whole milliseconds. */
	assert_in_range(rig_mono(NULL) - from, 1096, 10000);
}

/* The first address is dead, silent or bad; the second is good. */
static void
next_address(void **state)
{
	static const char *const both[] = {"127.0.0.2", "127.0.0.1"};
	static const struct mx_script bad[] = {
	    {.address = "127.0.0.2", .hang = MX_AT_GREETING},
	    {.address = "127.0.0.2", .cert = CERT_EXPIRED},
	    {.address = "127.0.0.2", .ehlo = "250 mx\r\n"}};
	struct mx_script script = {.cert = CERT_GOOD};
	struct mx *mx = mx_open(&script, 0);
	struct got got;

	(void)state;
	rig_resolve(both, 2);
	rig_open(mx_port(mx), 8, 8, false);
	rig_probe(LONG, &got);
	assert_int_equal(got.status, STS_PROBE_GOOD);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct mx *first = mx_open(&bad[i], mx_port(mx));

		rig_probe(4000, &got);
		assert_int_equal(got.status, STS_PROBE_GOOD);
		assert_int_equal(
		    ((struct sockaddr_in *)&got.addr)->sin_addr.s_addr,
		    htonl(INADDR_LOOPBACK));
		assert_int_equal(mx_seen(first).accepts, 1);
		mx_close(first);
	}
	mx_close(mx);
	rig_probe(LONG, &got);
	assert_int_equal(got.status, STS_PROBE_UNREACHABLE);
	rig_close();
}

/* No connection can even begin: not our limit, and the next address counts. */
static void
refused_at_once(void **state)
{
	static const char *const both[] = {"127.255.255.255", "127.0.0.1"};
	struct mx_script script = {.cert = CERT_GOOD};
	struct mx *mx = mx_open(&script, 0);
	struct got got;

	(void)state;
	rig_resolve(both, 1);
	rig_open(mx_port(mx), 8, 8, false);
	rig_probe(LONG, &got);
	assert_int_equal(got.status, STS_PROBE_UNREACHABLE);
	assert_string_equal(got.detail, "no-route");
	rig_resolve(both, 2);
	rig_probe(LONG, &got);
	assert_int_equal(got.status, STS_PROBE_GOOD);
	rig_close();
	mx_close(mx);
}

/* One address, and what was seen there; also where it does not hold. */
static void
at_an_address(void **state)
{
	static const enum cert_kind certs[] = {CERT_GOOD, CERT_OTHER_NAME};
	struct sockaddr_storage addr = {.ss_family = AF_INET};
	size_t i;

	(void)state;
	((struct sockaddr_in *)&addr)->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	for (i = 0; i < 2; i++) {
		struct mx_script script = {.cert = certs[i]};
		struct mx *mx = mx_open(&script, 0);
		struct got got = {.calls = 0};

		rig_open(mx_port(mx), 8, 8, false);
		(void)sts_probe_at(rig_prober, HOST, &addr,
		    rig_mono(NULL) + LONG, rig_keep, &got);
		rig_wait(&got);
		assert_int_equal(
		    got.status, i == 0 ? STS_PROBE_GOOD : STS_PROBE_DEFECT);
		assert_true(got.saw);
		assert_int_equal(strcmp(got.names, HOST) == 0, i == 0);
		assert_true(got.n_chain > 0 && got.n_key > 32);
		rig_close();
		mx_close(mx);
	}
}

/* Nothing was seen where there was no TLS. */
static void
at_an_address_in_the_clear(void **state)
{
	struct mx_script script = {.ehlo = "250 mx\r\n"};
	struct mx *mx = mx_open(&script, 0);
	struct sockaddr_storage addr = {.ss_family = AF_INET};
	struct got got = {.calls = 0};

	(void)state;
	((struct sockaddr_in *)&addr)->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	rig_open(mx_port(mx), 8, 8, false);
	(void)sts_probe_at(
	    rig_prober, HOST, &addr, rig_mono(NULL) + LONG, rig_keep, &got);
	rig_wait(&got);
	assert_int_equal(got.status, STS_PROBE_DEFECT);
	assert_false(got.saw);
	rig_close();
	mx_close(mx);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(good),
	    cmocka_unit_test(defects),
	    cmocka_unit_test(unreachable),
	    cmocka_unit_test(nobody_there),
	    cmocka_unit_test(guarded),
	    cmocka_unit_test(deadlines),
	    cmocka_unit_test(next_address),
	    cmocka_unit_test(refused_at_once),
	    cmocka_unit_test(at_an_address),
	    cmocka_unit_test(at_an_address_in_the_clear),
	};

	return cmocka_run_group_tests_name(
	    "probe", tests, rig_setup, rig_teardown);
}
