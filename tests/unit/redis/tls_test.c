/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "rig.h"
#include "server.h"

static struct rig rig;
static struct server server;
static unsigned port;
static int held;
static char cert[64], key[64], dir[40];

/* One certificate that is its own CA, for an address and a name. */
static void
make_certificate(void)
{
	char command[512];

	strcpy(dir, "/tmp/sts-redis-tls-XXXXXX");
	assert_non_null(mkdtemp(dir));
	snprintf(cert, sizeof(cert), "%s/cert.pem", dir);
	snprintf(key, sizeof(key), "%s/key.pem", dir);
	snprintf(command, sizeof(command),
	    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 "
	    "-nodes -days 2 -subj /CN=redis -addext "
	    "subjectAltName=IP:127.0.0.1,DNS:redis.example "
	    "-out %s -keyout %s 2>/dev/null",
	    cert, key);
	assert_int_equal(system(command), 0);
}

static int
setup(void **state)
{
	char conf[512];

	(void)state;
	rig_init(&rig);
	make_certificate();
	port = hold_port(&held);
	snprintf(conf, sizeof(conf),
	    "tls-port %u\ntls-cert-file %s\ntls-key-file %s\n"
	    "tls-ca-cert-file %s\ntls-auth-clients yes",
	    port, cert, key, cert);
	server_start(&server, conf);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	server_stop(&server);
	close(held);
	unlink(cert);
	unlink(key);
	rmdir(dir);
	rig_fini(&rig);
	return 0;
}

static struct sts_redis *
dial(const char *host, const char *ca, bool with_cert)
{
	struct sts_redis_config config = {.ca_file = ca,
	    .cert_file = with_cert ? cert : NULL,
	    .key_file = with_cert ? key : NULL};
	char url[100];

	snprintf(url, sizeof(url), "rediss://%s:%u", host, port);
	return rig_open(&rig, url, &config);
}

static void
assert_works(const char *host)
{
	struct sts_redis *redis = dial(host, cert, true);
	char *big = malloc(200001);
	struct got answer;

	await_state(&rig, redis, "ok");
	memset(big, 'x', 200000);
	big[200000] = '\0';
	put(&rig, redis, host, big, -10, -10);
	settle(&rig, redis);
	get(redis, host, SOON, &answer);
	AWAIT(&rig, answer.calls > 0);
	assert_int_equal(answer.status, STS_STORE_FOUND);
	assert_int_equal(answer.item.value.n, 200000);
	free(big);
	sts_redis_close(redis);
}

static void
assert_refused(struct sts_redis *redis, const char *why)
{
	AWAIT(&rig, rig.n_lines > 0);
	rig_took(&rig, "redis-lost link=data", why);
	sts_redis_close(redis);
}

static void
test_tls(void **state)
{
	(void)state;
	assert_works("127.0.0.1");
	assert_works("redis.example");
	assert_refused(dial("other.example", cert, true), "hostname mismatch");
	assert_refused(dial("localhost", cert, true), "hostname mismatch");
	assert_refused(
	    dial("127.0.0.1", NULL, true), "reason=\"self-signed certificate");
	assert_refused(dial("127.0.0.1", cert, false), "reason=");
}

/* It waits for the end of a line that is none. */
static void
test_no_tls_there(void **state)
{
	struct sts_redis *redis;

	(void)state;
	port = server.port;
	redis = dial("127.0.0.1", cert, true);
	await_state(&rig, redis, "local only: no connection in time");
	assert_refused(redis, "reason=\"no connection in time\"");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_tls, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_no_tls_there, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
