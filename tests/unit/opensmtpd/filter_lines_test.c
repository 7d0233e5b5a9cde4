/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "filter_world.h"

static const char *
rule(const char *question)
{
	(void)question;
	return "STS1 none x state=negative reason=no-record";
}

static void
open_world(struct world *w)
{
	service_answer = rule;
	begin(w, (struct sts_filter_config){.all = true});
	service_up();
	say(w, "config|ready");
	happened();
}

#define HEAD    "filter|0.7|1795473304.077176|smtp-in|rcpt-to|"
#define IDS     "78b53aef9a8870b0|3ccae07a39c9d171|"
#define PROCEED "> filter-result|78b53aef9a8870b0|3ccae07a39c9d171|proceed\n"
#define ASK     "@ route a.example now tell\n"

/* Nothing is said before smtpd is ready, and all then. */
static void
handshake(void **state)
{
	struct world w;

	(void)state;
	service_answer = rule;
	begin(&w, (struct sts_filter_config){0});
	say(&w, HEAD IDS "u@a.example");
	say(&w, "config|smtpd-version|9.9.9");
	say(&w, "config|protocol|1.0");
	say(&w, "config|new-key|x|y");
	say(&w, "config|subsystem|smtp-new");
	say(&w, "config|subsystem|smtp-out");
	say(&w, "config");
	say(&w, "config|");
	expect("");
	say(&w, "config|ready");
	expect("> register|report|smtp-out|link-connect\n"
	       "> register|report|smtp-out|link-greeting\n"
	       "> register|report|smtp-out|link-identify\n"
	       "> register|report|smtp-out|link-tls\n"
	       "> register|report|smtp-out|protocol-client\n"
	       "> register|report|smtp-out|protocol-server\n"
	       "> register|report|smtp-out|tx-begin\n"
	       "> register|report|smtp-out|tx-rcpt\n"
	       "> register|report|smtp-out|tx-commit\n"
	       "> register|report|smtp-out|link-disconnect\n"
	       "> register|ready\n");
	say(&w, "config|ready");
	say(&w, "config|subsystem|smtp-in");
	expect("");
	end(&w);
}

/* A session that waits gets its answer, whatever its line holds. */
static void
odd_addresses(void **state)
{
	static const struct {
		const char *address, *asked;
	} table[] = {
	    {"", ""},
	    {"lab", ""},
	    {"no-domain@", ""},
	    {"@", ""},
	    {"a|b|c@a.example", ASK},
	    {"|@a.example", ASK},
	    {"a|b", ""},
	    {"u@[192.0.2.1]", ""},
	    {"u@[IPv6:2001:db8::1]", ""},
	    {"\"u@b.example\"@A.Example", ASK},
	    {"<u@a.example>", ASK},
	    {"u@a.example|more", "@ route a.example|more now tell\n"},
	    {"u@b\xc3\xbc.example", "@ route b%C3%BC.example now tell\n"},
	    {"u@a b%.example", "@ route a%20b%25.example now tell\n"},
	    {"u@a\r", "@ route a%0D now tell\n"},
	    {"u@-\x01\x7f\xff", "@ route -%01%7F%FF now tell\n"},
	    {"u@filter-result", "@ route filter-result now tell\n"},
	};
	char want[400];
	struct world w;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		open_world(&w);
		say(&w, HEAD IDS "%s", table[i].address);
		snprintf(want, sizeof(want), "%s" PROCEED, table[i].asked);
		expect(want);
		end(&w);
	}
}

/* Later protocols may say more: what is as today is taken, else passed over. */
static void
other_protocols(void **state)
{
	struct world w;

	(void)state;
	open_world(&w);
	say(&w, "filter|0.5|1.2|smtp-in|rcpt-to|" IDS "u@a.example");
	expect(ASK PROCEED);
	say(&w, "filter|17.4-x|later|smtp-in|rcpt-to|" IDS "u@a.example");
	expect(PROCEED);
	say(&w, "filter|0.7|1|smtp-in|wink|" IDS "u@a.example");
	expect(PROCEED);
	say(&w, "filter|0.7|1|smtp-in|data-line|" IDS "text");
	say(&w, "filter|0.7|1|smtp-new|rcpt-to|" IDS "u@a.example");
	say(&w, "report|0.8|1|smtp-out|wink|78b53aef9a8870b0|x");
	say(&w, "report|0.8|1|smtp-in|link-connect|78b53aef9a8870b0|x|y|z|w");
	say(&w, "hello|0.8");
	expect("");
	end(&w);
}

/* What nobody could be answered for, and what says nothing. */
static void
malformed(void **state)
{
	static const char *const lines[] = {"", "|", "||||||||||||", "filter",
	    "filter|", "filter|0.7", HEAD, HEAD "|", HEAD "|token|u@a.example",
	    HEAD "session", HEAD "session|", HEAD "session||u@a.example",
	    HEAD "se ssion|token|u@a.example", HEAD "s|tok\x01|u@a.example",
	    HEAD "../..|token|u@a.example",
	    HEAD "12345678901234567890123456789012345678901|t|u@a.example",
	    "report", "report|0.7|1|smtp-out",
	    "report|0.7|1|smtp-out|tx-commit",
	    "report|0.7|1|smtp-out|tx-commit|", "report|||||||",
	    "report|0.7|1|smtp-out|link-connect|1",
	    "report|0.7|1|smtp-out|link-connect|1|",
	    "report|0.7|1|smtp-out|link-connect|1|a|b|c|[",
	    "report|0.7|1|smtp-out|link-connect|1|a|b|c|[]:",
	    "report|0.7|1|smtp-out|link-tls|1",
	    "report|0.7|1|smtp-out|link-tls|1|::::",
	    "report|0.7|1|smtp-out|tx-rcpt|1",
	    "report|0.7|1|smtp-out|tx-rcpt|1|x",
	    "report|0.7|1|smtp-out|tx-rcpt|1|x|ok",
	    "report|0.7|1|smtp-out|tx-rcpt|1|x|ok|@",
	    "report|0.7|1|smtp-out|tx-commit|1",
	    "report|0.7|1|smtp-out|link-disconnect|1",
	    "report|0.7|1|smtp-out|link-disconnect|1"};
	struct world w;
	size_t i;

	(void)state;
	open_world(&w);
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		say(&w, "%s", lines[i]);
	expect("");
	say(&w, HEAD IDS "u@a.example");
	expect(ASK PROCEED);
	end(&w);
}

/* head, then so much of fill, then tail. */
static void
say_long(
    struct world *w, const char *head, char fill, size_t n, const char *tail)
{
	static char text[200000];

	memset(text, fill, n);
	say_octets(w, head, strlen(head));
	say_octets(w, text, n);
	say_octets(w, tail, strlen(tail));
}

static void
long_lines(void **state)
{
	static const size_t sizes[] = {1000, 65000, 65536 - sizeof(HEAD IDS),
	    65535, 65536, 65537, 70000, 131072, 199000};
	struct world w;
	size_t i;

	(void)state;
	open_world(&w);
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		say_long(&w, HEAD IDS, 'a', sizes[i], "@a.example\n");
		expect(i == 0 ? ASK PROCEED : PROCEED);
		say_long(&w, "", '|', sizes[i], "\n");
		say_long(&w, "report|0.7|1|smtp-out|link-connect|1|", '|',
		    sizes[i], "\n");
		expect("");
		say(&w, HEAD IDS "u@a.example");
		expect(PROCEED);
	}
	end(&w);
}

/* Of a line that is too long neither half of a domain is asked, nor is its
 * rest a line. */
static void
cut_lines(void **state)
{
	size_t head = strlen(HEAD IDS);
	struct world w;

	(void)state;
	open_world(&w);
	say_long(&w, HEAD IDS, 'a', 65536 - head - 6, "@a.example\n");
	expect(PROCEED);
	say_long(&w, HEAD IDS, 'a', 65536 - head, HEAD IDS "u@a.example\n");
	expect(PROCEED);
	end(&w);
}

static void
nul(void **state)
{
	static const char address[] = HEAD IDS "u@a\0.example\n";
	static const char early[] = HEAD "78b5\0aef|3ccae|u@a.example\n";
	static const char word[] = "fil\0ter|0.7\n\0\n\0\0\n";
	static const char report[] = "report|0.7|1|smtp-out|tx-rcpt|1|x|ok|"
				     "u@\0\n";
	struct world w;

	(void)state;
	open_world(&w);
	say_octets(&w, address, sizeof(address) - 1);
	expect(PROCEED);
	say_octets(&w, early, sizeof(early) - 1);
	say_octets(&w, word, sizeof(word) - 1);
	say(&w, "report|0.7|1|smtp-out|link-connect|1|a|pass|b:1|c:25");
	say_octets(&w, report, sizeof(report) - 1);
	say(&w, "report|0.7|1|smtp-out|tx-commit|1|x|1");
	expect("");
	end(&w);
}

/* Lines come in any pieces. */
static void
pieces(void **state)
{
	static const char text[] =
	    HEAD IDS "u@a.example\n" HEAD IDS "v@a.example\n";
	struct world w;
	size_t i;

	(void)state;
	open_world(&w);
	for (i = 0; i < sizeof(text) - 1; i++)
		say_octets(&w, text + i, 1);
	expect(ASK PROCEED PROCEED);
	end(&w);
}

#define OUT "report|0.7|1|smtp-out|"

/* Text from afar in reports: names with bars, addresses of both families. */
static void
remote_text(void **state)
{
	struct world w;

	(void)state;
	open_world(&w);
	say(&w, OUT "link-connect|1|evil|pass|1.2.3.4:5|6.7.8.9:25|pass|"
		    "198.18.0.1:1|[2001:db8::1]:25");
	say(&w, OUT "link-tls|1|TLSv1.3 x=\"y\"|:A:1");
	say(&w, OUT "tx-begin|1|m");
	say(&w, OUT "tx-rcpt|1|m|ok|a|b@A.example");
	say(&w, OUT "tx-rcpt|1|m|ok|c@a.example");
	say(&w, OUT "tx-rcpt|1|m|c@old.example|ok");
	say(&w, OUT "tx-rcpt|1|m|permfail|ok@no.example");
	say(&w, OUT "tx-rcpt|1|m|tempfail|ok@no.example");
	say(&w, OUT "tx-rcpt|1|m|d@no.example|permfail");
	say(&w, OUT "tx-commit|1|m|399");
	expect("@ route a.example now tell\n@ route old.example now tell\n"
	       "@ route no.example now tell\n"
	       "! sent domain=a.example policy=none tls=TLSv1.3 "
	       "verified=unknown addr=2001:db8::1\n"
	       "! sent domain=old.example policy=none tls=TLSv1.3 "
	       "verified=unknown addr=2001:db8::1\n");
	say(&w, OUT "tx-commit|1|m|399"); /* nothing is left of it */
	say(&w, OUT "tx-begin|1|n");
	say(&w, OUT "tx-rcpt|1|n|ok|c@a.example");
	say(&w, OUT "tx-begin|1|o"); /* the one before came to nothing */
	say(&w, OUT "tx-commit|1|o|399");
	say(&w, OUT "link-disconnect|1");
	say(&w, OUT "tx-rcpt|1|o|ok|c@a.example");
	say(&w, OUT "tx-commit|1|o|399");
	expect("");
	say(&w, OUT "link-connect|2|mx|pass|l|a \x01%%\"b:25");
	say(&w, OUT "tx-rcpt|2|m|ok|u@a.example");
	say(&w, OUT "tx-commit|2|m|399");
	expect("! sent domain=a.example policy=none tls=no verified=no "
	       "addr=a%20%01%25\"b\n");
	end(&w);
}

static void
end_of_input(void **state)
{
	struct world w;

	(void)state;
	open_world(&w);
	say_octets(&w, HEAD IDS "u@a", strlen(HEAD IDS "u@a"));
	assert_true(w.there);
	shutdown(w.smtpd, SHUT_WR);
	settle(&w);
	assert_false(w.there);
	expect("");
	end(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(handshake),
	    cmocka_unit_test(odd_addresses),
	    cmocka_unit_test(other_protocols),
	    cmocka_unit_test(malformed),
	    cmocka_unit_test(long_lines),
	    cmocka_unit_test(cut_lines),
	    cmocka_unit_test(nul),
	    cmocka_unit_test(pieces),
	    cmocka_unit_test(remote_text),
	    cmocka_unit_test(end_of_input),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
