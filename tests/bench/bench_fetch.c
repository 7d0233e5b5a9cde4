/* SPDX-License-Identifier: ISC */
/*
 * CPU of a fetch against that of a bare TLS handshake, in one process, with
 * the system's CA bundle. The server is a child, so its CPU is not counted.
 * bench_fetch [COUNT]; prints one JSON object.
 */
#include <arpa/inet.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../unit/discovery_fetch/certs.h"
#include "sts/fetch.h"

#define BUNDLE "/etc/ssl/certs/ca-certificates.crt"
#define GOAL   1.3
#define REPLY                                                       \
	"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"           \
	"Content-Length: 61\r\n\r\nversion: STSv1\nmode: enforce\n" \
	"mx: a.example\nmax_age: 604800\n  "

struct sts_timer {
	struct event *ev;
	void (*fn)(void *arg);
	void *arg;
};

static void
must(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "bench_fetch: %s\n", what);
	exit(1);
}

static void
serve(int listener)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	char buf[4096];
	int fd;

	certs_use(ctx, CERT_GOOD);
	while ((fd = accept(listener, NULL, NULL)) >= 0) {
		SSL *ssl = SSL_new(ctx);

		SSL_set_fd(ssl, fd);
		if (SSL_accept(ssl) == 1 && SSL_read(ssl, buf, sizeof(buf)) > 0)
			SSL_write(ssl, REPLY, sizeof(REPLY) - 1);
		SSL_shutdown(ssl);
		SSL_free(ssl);
		close(fd);
	}
}

static int64_t
mono(void *ctx)
{
	struct timespec ts;

	(void)ctx;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int64_t
wall(void *ctx)
{
	(void)ctx;
	return (int64_t)time(NULL);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	must(0, "a fetch took too long");
}

static struct sts_timer *
timer(void *ctx, int64_t at, void (*fn)(void *arg), void *arg)
{
	struct sts_timer *t = calloc(1, sizeof(*t));
	struct timeval tv = {(at - mono(NULL)) / 1000, 0};

	*t = (struct sts_timer){event_new(ctx, -1, 0, on_timer, t), fn, arg};
	event_add(t->ev, &tv);
	return t;
}

static void
timer_cancel(void *ctx, struct sts_timer *t)
{
	(void)ctx;
	event_free(t->ev);
	free(t);
}

static const struct sts_clock_ops clock_ops = {wall, mono, timer, timer_cancel};

static struct sts_address_query *
lookup(void *ctx, const char *host, int64_t deadline, sts_address_cb *cb,
    void *arg)
{
	struct sts_address_answer answer = {
	    .status = STS_DNS_FOUND, .addr = ctx, .n = 1};

	(void)host;
	(void)deadline;
	cb(arg, &answer);
	return NULL;
}

static void
lookup_cancel(void *ctx, struct sts_address_query *query)
{
	(void)ctx;
	(void)query;
}

static const struct sts_addresses_ops addresses_ops = {lookup, lookup_cancel};

static double
cpu_ms(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e3 +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e3;
}

static void
on_body(void *arg, const struct sts_http_answer *answer)
{
	must(answer->status == STS_HTTP_OK, answer->detail);
	*(int *)arg += 1;
}

static void
fetch(struct event_base *base, struct sts_http http, int count)
{
	int done = 0;

	for (int i = 0; i < count; i++) {
		http.ops->get(http.ctx, "example.com", mono(NULL) + 10000,
		    on_body, &done);
		while (done <= i)
			event_base_loop(base, EVLOOP_ONCE);
	}
}

static double
bench_fetches(struct sockaddr_in *in, const char *ca, int count)
{
	struct event_base *base = event_base_new();
	struct sockaddr_storage addr = {0};
	struct sts_fetch_config config = {
	    .ca_file = ca, .per_address_max = 8, .port = ntohs(in->sin_port)};
	struct sts_clock clock = {&clock_ops, base};
	struct sts_fetcher *fetcher;
	double from, to;

	memcpy(&addr, in, sizeof(*in));
	sts_guard_allow(&config.guard, sts_str("127.0.0.1"));
	must(sts_fetcher_new(base, &config,
		 (struct sts_addresses){&addresses_ops, &addr}, clock, NULL,
		 &fetcher) == STS_OK,
	    "fetcher");
	fetch(base, sts_fetcher_http(fetcher), 5);
	from = cpu_ms();
	fetch(base, sts_fetcher_http(fetcher), count);
	to = cpu_ms();
	sts_fetcher_free(fetcher);
	event_base_free(base);
	return (to - from) / count;
}

static void
handshake(SSL_CTX *ctx, const struct sockaddr_in *in)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	SSL *ssl = SSL_new(ctx);

	must(connect(fd, (const struct sockaddr *)in, sizeof(*in)) == 0,
	    "connect");
	SSL_set_fd(ssl, fd);
	SSL_set_tlsext_host_name(ssl, "mta-sts.example.com");
	SSL_set1_host(ssl, "mta-sts.example.com");
	must(SSL_connect(ssl) == 1, "handshake");
	SSL_shutdown(ssl);
	SSL_free(ssl);
	close(fd);
}

static SSL_CTX *
make_ctx(const char *ca)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

	must(ca == NULL || SSL_CTX_load_verify_file(ctx, ca) == 1, "CA file");
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	return ctx;
}

/*
 * libcurl makes an SSL_CTX for each connection; own does the same here. The
 * parsed CA file is shared either way.
 */
static double
bench_handshakes(
    const struct sockaddr_in *in, const char *ca, int count, bool own)
{
	SSL_CTX *shared = make_ctx(ca), *ctx;
	double from = 0;

	for (int i = -5; i < count; i++) {
		if (i == 0)
			from = cpu_ms();
		if (!own) {
			handshake(shared, in);
			continue;
		}
		ctx = make_ctx(NULL);
		SSL_CTX_set1_cert_store(ctx, SSL_CTX_get_cert_store(shared));
		handshake(ctx, in);
		SSL_CTX_free(ctx);
	}
	from = (cpu_ms() - from) / count;
	SSL_CTX_free(shared);
	return from;
}

static void
print(const char *name, double value, double bare, const char *against)
{
	printf("\"%s\": {\"value\": %.3f, \"unit\": \"ms\", "
	       "\"against\": \"%s, %.3f ms\", \"ratio\": %.2f, "
	       "\"goal\": %.1f, \"met\": %s}",
	    name, value, against, bare, value / bare, GOAL,
	    value <= GOAL * bare ? "true" : "false");
}

/* The system's bundle and our CA behind it: what a parse would cost. */
static void
make_bundle(const char *own, char *path)
{
	const char *const parts[] = {BUNDLE, own};
	char buf[65536];
	size_t n;
	FILE *out = fdopen(mkstemp(path), "w");

	must(out != NULL, "bundle");
	for (int i = 0; i < 2; i++) {
		FILE *in = fopen(parts[i], "r");

		must(in != NULL, parts[i]);
		while ((n = fread(buf, 1, sizeof(buf), in)) > 0)
			fwrite(buf, 1, n, out);
		fclose(in);
	}
	must(fclose(out) == 0, "bundle");
}

int
main(int argc, char **argv)
{
	char path[] = "/tmp/stsgate-bench-XXXXXX";
	struct sockaddr_in in = {.sin_family = AF_INET};
	socklen_t n = sizeof(in);
	int count = argc > 1 ? (int)strtol(argv[1], NULL, 10) : 500;
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	double fetches, shared, own;
	pid_t child;

	must(count > 0, "COUNT");
	signal(SIGPIPE, SIG_IGN);
	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	certs_open();
	make_bundle(certs_ca_file(), path);
	must(bind(listener, (struct sockaddr *)&in, n) == 0 &&
		 listen(listener, 64) == 0 &&
		 getsockname(listener, (struct sockaddr *)&in, &n) == 0,
	    "listen");
	if ((child = fork()) == 0) {
		serve(listener);
		_exit(0);
	}
	shared = bench_handshakes(&in, path, count, false);
	own = bench_handshakes(&in, path, count, true);
	fetches = bench_fetches(&in, path, count);
	kill(child, SIGTERM);
	waitpid(child, NULL, 0);
	unlink(path);
	certs_close();
	printf("{");
	print("fetch_cpu", fetches, own, "bare TLS handshake, own SSL_CTX");
	printf(", ");
	print("fetch_cpu_shared_ctx", fetches, shared,
	    "bare TLS handshake, one SSL_CTX for all");
	printf("}\n");
	return 0;
}
