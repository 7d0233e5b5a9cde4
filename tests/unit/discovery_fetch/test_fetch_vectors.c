/* SPDX-License-Identifier: ISC */
/* Every case of tests/vectors/fetch.json, named by its id. */
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "vectors.h"

/* HTT-7 */
static void
content_type(json_t *vector)
{
	struct result result;
	char reply[512];
	struct script script = {.reply = reply};

	snprintf(reply, sizeof(reply),
	    "HTTP/1.1 200 OK\r\nContent-Type: %s\r\n\r\n" POLICY,
	    vector_text(vector, "input"));
	assert_int_equal(rig_once(&script, &result).requests, 1);
	if (vector_accepts(vector))
		assert_policy(&result);
	else
		assert_result(&result, STS_HTTP_INVALID, "media-type");
}

/* HTT-2: who follows the redirect gets a good policy. */
static void
status(json_t *vector)
{
	long code = (long)json_integer_value(json_object_get(vector, "input"));
	struct result result;
	char reply[512], detail[16];
	struct script script = {.reply = reply, .later = GOOD};
	struct server *server;
	struct rig rig;

	assert_in_range(code, 200, 599);
	server = server_open(&script);
	snprintf(reply, sizeof(reply),
	    "HTTP/1.1 %ld X\r\nContent-Type: text/plain\r\n"
	    "Location: https://" HOST ":%u/.well-known/mta-sts.txt\r\n"
	    "Retry-After: 0\r\n\r\n%s",
	    code, server_port(server),
	    code == 204 || code == 304 ? "" : POLICY);
	rig_open(&rig, server_port(server));
	rig_start(&rig);
	rig_fetch(&rig, LONG, &result);
	rig_turn(&rig);
	assert_int_equal(server_seen(server).accepts, 1);
	assert_int_equal(result.code, code);
	snprintf(detail, sizeof(detail), "http-%ld", code);
	if (vector_accepts(vector))
		assert_policy(&result);
	else
		assert_result(&result, STS_HTTP_FETCH, detail);
	rig_close(&rig);
	server_close(server);
}

/* F062 */
static void
redirect(json_t *vector)
{
	json_object_set_new(vector, "input", json_integer(302));
	status(vector);
}

/* HTT-4, HTT-5 */
static void
tls(json_t *vector)
{
	static const struct {
		const char *id;
		struct script script;
		enum sts_http_status status;
		const char *detail;
	} cases[] = {
	    {"F039", {.cert = CERT_EXPIRED}, STS_HTTP_WEBPKI,
		"X509_V_ERR_CERT_HAS_EXPIRED"},
	    {"F040", {.cert = CERT_OTHER_NAME}, STS_HTTP_WEBPKI,
		"X509_V_ERR_HOSTNAME_MISMATCH"},
	    {"F041", {.cert = CERT_UNTRUSTED}, STS_HTTP_WEBPKI,
		"X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY"},
	    {"F042", {.cert = CERT_CN_ONLY}, STS_HTTP_WEBPKI,
		"X509_V_ERR_HOSTNAME_MISMATCH"},
	    {"F043", {.cert = CERT_WILDCARD}, STS_HTTP_OK, ""},
	    {"F044", {.cert = CERT_PARTIAL}, STS_HTTP_WEBPKI,
		"X509_V_ERR_HOSTNAME_MISMATCH"},
	    {"F045", {.cert = CERT_SELF_SIGNED}, STS_HTTP_WEBPKI,
		"X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT"},
	    {"F046", {.cert = CERT_IP_ONLY}, STS_HTTP_WEBPKI,
		"X509_V_ERR_HOSTNAME_MISMATCH"},
	    {"F047", {.max_tls = TLS1_1_VERSION}, STS_HTTP_FETCH,
		"tls-handshake"},
	    {"F049", {.cert = CERT_PROVIDER}, STS_HTTP_WEBPKI,
		"X509_V_ERR_HOSTNAME_MISMATCH"},
	};
	struct result result;
	struct seen seen;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct script script = cases[i].script;

		if (strcmp(cases[i].id, vector_text(vector, "id")) != 0)
			continue;
		script.reply = GOOD;
		seen = rig_once(&script, &result);
		assert_result(&result, cases[i].status, cases[i].detail);
		assert_int_equal(
		    vector_accepts(vector), result.status == STS_HTTP_OK);
		/* One try, and nothing is asked of a wrong server. */
		assert_int_equal(seen.accepts, 1);
		assert_int_equal(seen.requests, vector_accepts(vector) ? 1 : 0);
		assert_int_equal(seen.lowest, TLS1_2_VERSION);
		if (script.max_tls == 0)
			assert_string_equal(seen.sni, HOST);
		return;
	}
	fail_msg("no case of TLS");
}

/* F048: this server breaks off without SNI, and it did not. */
static void
sni(json_t *vector)
{
	struct script script = {.need_sni = true, .reply = GOOD};
	struct result result;
	struct seen seen = rig_once(&script, &result);

	(void)vector;
	assert_policy(&result);
	assert_string_equal(seen.sni, HOST);
}

static const struct {
	const char *first, *last;
	void (*run)(json_t *vector);
} handlers[] = {
    {"F001", "F018", content_type},
    {"F019", "F038", status},
    {"F039", "F047", tls},
    {"F048", "F048", sni},
    {"F049", "F049", tls},
    {"F050", "F051", vector_body},
    {"F052", "F052", vector_length},
    {"F053", "F053", vector_chunked},
    {"F054", "F054", vector_bomb},
    {"F055", "F055", vector_hang},
    {"F056", "F056", vector_drip},
    {"F057", "F057", vector_caching},
    {"F058", "F058", vector_interim},
    {"F059", "F059", vector_cookie},
    {"F060", "F060", vector_proxies},
    {"F061", "F061", vector_guarded},
    {"F062", "F062", redirect},
};

static void
run(void **state)
{
	json_t *vector = *state;
	const char *id = vector_text(vector, "id");

	for (size_t i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++)
		if (strcmp(id, handlers[i].first) >= 0 &&
		    strcmp(id, handlers[i].last) <= 0) {
			handlers[i].run(vector);
			return;
		}
	fail_msg("no test for %s", id);
}

int
main(void)
{
	json_t *file =
	    json_load_file(STS_SOURCE_DIR "/tests/vectors/fetch.json", 0, NULL);
	json_t *vectors = json_object_get(file, "vectors");
	size_t n = json_array_size(vectors);
	struct CMUnitTest *tests = calloc(n + 1, sizeof(*tests));
	int failed;

	if (n == 0 || tests == NULL ||
	    (json_int_t)n !=
		json_integer_value(json_object_get(file, "count"))) {
		fprintf(stderr, "tests/vectors/fetch.json cannot be used\n");
		return 1;
	}
	for (size_t i = 0; i < n; i++) {
		json_t *vector = json_array_get(vectors, i);

		tests[i] = (struct CMUnitTest){
		    .name = json_string_value(json_object_get(vector, "id")),
		    .test_func = run,
		    .initial_state = vector};
	}
	failed = _cmocka_run_group_tests(
	    "fetch.json", tests, n, rig_group_setup, rig_group_teardown);
	free(tests);
	json_decref(file);
	return failed;
}
