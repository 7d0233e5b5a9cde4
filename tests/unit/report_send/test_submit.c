/* SPDX-License-Identifier: ISC */
/* Mail by SMTP: what the server hears, and what its replies mean. */
#include <event2/event.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "smtpd.h"
#include "sts/loop.h"
#include "sts/submit.h"

#define FROM  "reports@example.org"
#define TO    "tls+a@example.com"
#define BIG   1000000
#define HELLO "EHLO relay.example.org\r\n"
#define HEAD  HELLO "MAIL FROM:<" FROM ">\r\nRCPT TO:<" TO ">\r\nDATA\r\n"
#define N(a)  (sizeof(a) / sizeof((a)[0]))

static const char *const takes_all[] = {"220 x ESMTP\r\n",
    "250-x\r\n250-SIZE 1\r\n250 8BITMIME\r\n", "250 ok\r\n", "250 ok\r\n",
    "354 ok\r\n", "250 kept as 1\r\n"};

struct client {
	struct event_base *base;
	struct sts_submitter *submitter;
	unsigned calls;
	enum sts_sent result;
	char why[STS_SENDING_WHY];
	bool free_it; /* in the callback */
};

static void
on_sent(void *arg, enum sts_sent result, const char *why)
{
	struct client *c = arg;

	c->calls++;
	c->result = result;
	snprintf(c->why, sizeof(c->why), "%s", why);
	if (c->free_it) {
		sts_submitter_free(c->submitter);
		c->submitter = NULL;
	}
}

static void
client_open(struct client *c, const char *server)
{
	struct sts_loopback loopback;

	memset(c, 0, sizeof(*c));
	c->base = event_base_new();
	assert_int_equal(sts_loopback_parse(server, &loopback), STS_OK);
	assert_int_equal(
	    sts_submitter_new(c->base, &loopback, "relay.example.org",
		sts_loop_clock(c->base), NULL, &c->submitter),
	    STS_OK);
}

static void
client_close(struct client *c)
{
	sts_submitter_free(c->submitter);
	event_base_free(c->base);
}

static struct sts_send *
client_send(struct client *c, struct sts_str message, int64_t ms)
{
	struct sts_clock clock = sts_loop_clock(c->base);
	struct sts_sending way = sts_submitter_sending(c->submitter);

	return way.ops->mail(way.ctx, FROM, TO, message,
	    clock.ops->mono(clock.ctx) + ms, on_sent, c);
}

static void
client_wait(struct client *c)
{
	while (c->calls == 0)
		event_base_loop(c->base, EVLOOP_ONCE);
}

#define assert_client(c, want, want_why)                 \
	do {                                             \
		assert_int_equal((c)->calls, 1);         \
		assert_string_equal((c)->why, want_why); \
		assert_int_equal((c)->result, want);     \
	} while (0)

/* The whole: these replies, this message. */
static void
run(struct client *c, struct smtpd *d, const char *const *reply, size_t n,
    struct sts_str message, int64_t ms)
{
	char server[32];

	smtpd_start(d, reply, n);
	snprintf(server, sizeof(server), "127.0.0.1:%u", d->port);
	client_open(c, server);
	assert_non_null(client_send(c, message, ms));
	assert_int_equal(c->calls, 0);
	client_wait(c);
	client_close(c);
	smtpd_join(d);
}

/* Dots, an empty line, a line that does not end. */
static void
every_octet(void **state)
{
	static const struct {
		const char *message, *heard;
	} cases[] = {
	    {"A: b\n\n.\n..x\n.y\nz.\n",
		"A: b\r\n\r\n..\r\n...x\r\n..y\r\nz.\r\n.\r\n"},
	    {"A: b\n\nno end", "A: b\r\n\r\nno end\r\n.\r\n"},
	    {"\n", "\r\n.\r\n"},
	};
	char want[512];
	struct client c;
	struct smtpd d;

	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		run(&c, &d, takes_all, N(takes_all), sts_str(cases[i].message),
		    20000);
		assert_client(&c, STS_SENT_ACCEPTED, "");
		snprintf(want, sizeof(want), HEAD "%sQUIT\r\n", cases[i].heard);
		assert_string_equal(d.heard, want);
		smtpd_free(&d);
	}
}

/* More than fits into any buffer, each line with a dot. */
static void
big_message(void **state)
{
	char *text = malloc(BIG + 64), *want = malloc(2 * BIG);
	size_t n = 0, m = 0;
	struct client c;
	struct smtpd d;

	(void)state;
	m += (size_t)sprintf(want, HEAD);
	for (unsigned i = 0; n < BIG; i++) {
		n += (size_t)sprintf(text + n, ".%u\n", i);
		m += (size_t)sprintf(want + m, "..%u\r\n", i);
	}
	strcpy(want + m, ".\r\nQUIT\r\n");
	run(&c, &d, takes_all, N(takes_all), (struct sts_str){text, n}, 20000);
	assert_client(&c, STS_SENT_ACCEPTED, "");
	assert_string_equal(d.heard, want);
	smtpd_free(&d);
	free(text);
	free(want);
}

#define OK "250 ok\r\n"
#define HI "220 x\r\n"

/* RPT-7: 4xx and what is no answer is tried again, 5xx to the mail is not. */
static void
replies(void **state)
{
	static const struct {
		const char *reply[7];
		enum sts_sent result;
		const char *why;
	} cases[] = {
	    {{"554 no\r\n"}, STS_SENT_RETRY, "greeting: 554 no"},
	    {{HI, "502 no\r\n"}, STS_SENT_RETRY, "EHLO: 502 no"},
	    {{HI, OK, "451 later\r\n"}, STS_SENT_RETRY, "MAIL: 451 later"},
	    {{HI, OK, "550 no\r\n"}, STS_SENT_REFUSED, "MAIL: 550 no"},
	    {{HI, OK, OK, "452-full\r\n452 now\r\n"}, STS_SENT_RETRY,
		"RCPT: 452 now"},
	    {{HI, OK, OK, "550 relay\r\n"}, STS_SENT_REFUSED,
		"RCPT: 550 relay"},
	    {{HI, OK, OK, OK, "421 bye\r\n"}, STS_SENT_RETRY, "DATA: 421 bye"},
	    {{HI, OK, OK, OK, "250 what\r\n"}, STS_SENT_RETRY,
		"DATA: 250 what"},
	    {{HI, OK, OK, OK, "354 ok\r\n", "452 full\r\n"}, STS_SENT_RETRY,
		"message: 452 full"},
	    {{HI, OK, OK, OK, "354 ok\r\n", "552 big\x1b\r\n"},
		STS_SENT_REFUSED, "message: 552 big\\x1b"},
	    {{HI, OK, OK, OK, "354 ok\r\n", "251 so be it\r\n"},
		STS_SENT_ACCEPTED, ""},
	    {{HI, OK, OK, OK, "354 ok\r\n", "250 kept\r\n421 bye\r\n"},
		STS_SENT_ACCEPTED, ""},
	    {{"HTTP/1.1 400\r\n"}, STS_SENT_RETRY, "no SMTP"},
	    {{"220 x\r\n250 y\r\n"}, STS_SENT_RETRY, "no SMTP"},
	};
	struct client c;
	struct smtpd d;
	size_t n;

	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		for (n = 0; cases[i].reply[n] != NULL; n++)
			;
		run(&c, &d, cases[i].reply, n, sts_str("A: b\n"), 20000);
		assert_client(&c, cases[i].result, cases[i].why);
		smtpd_free(&d);
	}
}

/* The server hangs up, at any point: nothing was accepted. */
static void
hangs_up(void **state)
{
	const char *reply[N(takes_all)];
	struct client c;
	struct smtpd d;

	(void)state;
	for (size_t i = 0; i < N(takes_all); i++) {
		memcpy(reply, takes_all, sizeof(reply));
		reply[i] = NULL;
		run(&c, &d, reply, N(reply), sts_str("A: b\n"), 20000);
		assert_client(&c, STS_SENT_RETRY, "connection lost");
		smtpd_free(&d);
	}
}

/* It is there but says nothing more, at any point: one deadline for all. */
static void
silent(void **state)
{
	const char *reply[N(takes_all)];
	struct client c;
	struct smtpd d;

	(void)state;
	for (size_t i = 0; i < N(takes_all); i++) {
		memcpy(reply, takes_all, sizeof(reply));
		reply[i] = "";
		run(&c, &d, reply, N(reply), sts_str("A: b\n"), 100);
		assert_client(&c, STS_SENT_RETRY, "timeout");
		smtpd_free(&d);
	}
}

/* Half a message is none: it ends without its dot, and without QUIT in it. */
static void
half_a_message(void **state)
{
	static const char *const reply[] = {HI, OK, OK, OK, SMTPD_DEAF};
	char *text = malloc(SMTPD_HEARD);
	struct client c;
	struct smtpd d;

	(void)state;
	for (size_t i = 0; i < SMTPD_HEARD; i++)
		text[i] = i % 64 == 63 ? '\n' : 'x';
	run(&c, &d, reply, N(reply), (struct sts_str){text, SMTPD_HEARD}, 3000);
	assert_client(&c, STS_SENT_RETRY, "timeout");
	assert_true(d.n_heard > sizeof(HEAD) + 1000);
	assert_null(strstr(d.heard, "QUIT"));
	assert_null(strstr(d.heard, "\r\n.\r\n"));
	smtpd_free(&d);
	free(text);
}

/* Nobody listens; localhost is both its addresses. */
static void
nobody(void **state)
{
	struct smtpd d;
	struct client c;
	char server[32];

	(void)state;
	client_open(&c, "[::1]:9");
	client_send(&c, sts_str("A: b\n"), 20000);
	client_wait(&c);
	assert_int_equal(c.result, STS_SENT_RETRY);
	assert_memory_equal(c.why, "connect: ", 9);
	client_close(&c);
	smtpd_start(&d, takes_all, N(takes_all));
	snprintf(server, sizeof(server), "localhost:%u", d.port);
	client_open(&c, server);
	client_send(&c, sts_str("A: b\n"), 20000);
	client_wait(&c);
	assert_client(&c, STS_SENT_ACCEPTED, "");
	client_close(&c);
	smtpd_join(&d);
	smtpd_free(&d);
}

static void
ends_early(void **state)
{
	struct sts_sending way;
	struct sts_send *send;
	struct client c;

	(void)state;
	client_open(&c, "127.0.0.1:9");
	way = sts_submitter_sending(c.submitter);
	send = client_send(&c, sts_str("A: b\n"), 20000);
	way.ops->cancel(way.ctx, send);
	assert_int_equal(c.calls, 0);
	assert_non_null(client_send(&c, sts_str("A: b\n"), 20000));
	sts_submitter_free(c.submitter);
	assert_client(&c, STS_SENT_LOCAL, "closing");
	c.submitter = NULL;
	client_close(&c);
	client_open(&c, "127.0.0.1:9");
	c.free_it = true;
	client_send(&c, sts_str("A: b\n"), 20000);
	client_wait(&c);
	assert_int_equal(c.result, STS_SENT_RETRY);
	client_close(&c);
}

/* What could be a command of its own never gets as far as a connection. */
static void
addresses(void **state)
{
	struct sts_sending way;
	struct client c;

	(void)state;
	client_open(&c, "127.0.0.1:9");
	way = sts_submitter_sending(c.submitter);
	assert_null(way.ops->mail(way.ctx, FROM, "a>\r\nRSET\r\n@example.com",
	    sts_str(""), INT64_MAX, on_sent, &c));
	assert_client(&c, STS_SENT_REFUSED, "address");
	c.calls = 0;
	assert_null(way.ops->post(way.ctx, "https://example.com/", sts_str(""),
	    INT64_MAX, on_sent, &c));
	assert_client(&c, STS_SENT_LOCAL, "mail only");
	client_close(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_octet),
	    cmocka_unit_test(big_message),
	    cmocka_unit_test(replies),
	    cmocka_unit_test(hangs_up),
	    cmocka_unit_test(silent),
	    cmocka_unit_test(half_a_message),
	    cmocka_unit_test(nobody),
	    cmocka_unit_test(ends_early),
	    cmocka_unit_test(addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
