/* SPDX-License-Identifier: ISC */
/* What a program gets, and what its end means. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>
#include <cmocka.h>

#include "mailer.h"

#define BIG 1000000

/* Lines that differ; far more than a pipe holds. */
static char *
big_message(void)
{
	char *text = malloc(BIG + 64);
	size_t n = 0;

	while (n < BIG)
		n += (size_t)sprintf(text + n, "line at %zu\n", n);
	return text;
}

/* The arguments and every octet, more than a pipe holds at once. */
static void
message_and_addresses(void **state)
{
	struct mailer m;
	struct sent sent;
	char *big = big_message(), *got;
	size_t n;

	(void)state;
	mailer_open(&m);
	mailer_script(&m, "printf '%s\\n' \"$@\" >args; cat >in");
	mailer_start(&m);
	assert_non_null(
	    mailer_send(&m, (struct sts_str){big, BIG}, 20000, &sent));
	assert_int_equal(sent.calls, 0);
	mailer_wait(&m, &sent);
	assert_sent(&sent, STS_SENT_ACCEPTED, "");
	got = mailer_read(&m, "args", &n);
	assert_string_equal(got, "-i\n-f\n" FROM "\n--\n" TO "\n");
	free(got);
	got = mailer_read(&m, "in", &n);
	assert_int_equal(n, BIG);
	assert_memory_equal(got, big, BIG);
	free(got);
	free(big);
	mailer_close(&m);
}

/* Only 0, 1 and 2; no signal ignored; an environment of two lines. */
static void
nothing_of_ours(void **state)
{
	static const char script[] =
	    "cat >/dev/null\n"
	    "for f in 3 4 5 6 7 8 9; do\n"
	    "  [ -e /proc/$$/fd/$f ] && readlink /proc/$$/fd/$f >>open\n"
	    "done\n"
	    "grep SigIgn /proc/$$/status | grep -v '0000$' >sig\n"
	    "x=$(readlink /proc/$$/fd/1); echo $x >out; echo lost; env >env; "
	    "true";
	struct mailer m;
	struct sent sent;
	char *got, path[128];
	int leak = open("/etc/passwd", O_RDONLY); /* without O_CLOEXEC */
	size_t n;

	(void)state;
	setenv("STSGATE_SECRET", "x", 1);
	mailer_open(&m);
	mailer_script(&m, script);
	mailer_start(&m);
	mailer_send(&m, sts_str(TEXT), 20000, &sent);
	mailer_wait(&m, &sent);
	assert_sent(&sent, STS_SENT_ACCEPTED, "");
	got = mailer_read(&m, "env", &n);
	assert_null(strstr(got, "STSGATE_SECRET"));
	assert_non_null(strstr(got, "PATH=/usr/sbin:/usr/bin:/sbin:/bin\n"));
	free(got);
	got = mailer_read(&m, "sig", &n);
	assert_string_equal(got, "");
	free(got);
	got = mailer_read(&m, "out", &n);
	assert_string_equal(got, "/dev/null\n");
	free(got);
	/* The shell itself has the script open, as 10. */
	mailer_path(&m, "open", path);
	assert_int_not_equal(access(path, F_OK), 0);
	mailer_close(&m);
	close(leak);
}

/* RPT-7: what may pass is tried again, what cannot is not. */
static void
exit_status(void **state)
{
	static const struct {
		int code;
		enum sts_sent result;
	} cases[] = {
	    {0, STS_SENT_ACCEPTED},
	    {1, STS_SENT_RETRY},
	    {EX_USAGE, STS_SENT_REFUSED},
	    {EX_DATAERR, STS_SENT_REFUSED},
	    {EX_NOINPUT, STS_SENT_REFUSED},
	    {EX_NOUSER, STS_SENT_REFUSED},
	    {EX_NOHOST, STS_SENT_REFUSED},
	    {EX_UNAVAILABLE, STS_SENT_RETRY},
	    {EX_SOFTWARE, STS_SENT_RETRY},
	    {EX_OSERR, STS_SENT_RETRY},
	    {EX_OSFILE, STS_SENT_RETRY},
	    {EX_CANTCREAT, STS_SENT_RETRY},
	    {EX_IOERR, STS_SENT_RETRY},
	    {EX_TEMPFAIL, STS_SENT_RETRY},
	    {EX_PROTOCOL, STS_SENT_RETRY},
	    {EX_NOPERM, STS_SENT_RETRY},
	    {EX_CONFIG, STS_SENT_RETRY},
	    {126, STS_SENT_RETRY},
	    {127, STS_SENT_RETRY},
	};
	char script[64], why[64];
	struct sent sent;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		sprintf(script, "cat >/dev/null; exit %d", cases[i].code);
		sprintf(why, "exit %d", cases[i].code);
		mailer_once(script, sts_str(TEXT), 20000, &sent);
		assert_sent(
		    &sent, cases[i].result, cases[i].code == 0 ? "" : why);
	}
	mailer_once("kill -TERM $$", sts_str(TEXT), 20000, &sent);
	assert_sent(&sent, STS_SENT_RETRY, "killed by signal 15");
}

/* More than a pipe and all bounds hold, with what no terminal should see. */
static void
complaints(void **state)
{
	static const char flood[] =
	    "cat >/dev/null\nprintf '\\nno \\033[31m\"room\"\\r\\n' >&2\n"
	    "head -c 3000000 /dev/zero >&2; exit 75";
	struct sent sent;

	(void)state;
	mailer_once(flood, sts_str(TEXT), 20000, &sent);
	assert_sent(
	    &sent, STS_SENT_RETRY, "exit 75: no \\x1b[31m\\x22room\\x22");
	mailer_once(
	    "head -c 300 /dev/zero >&2; exit 67", sts_str(TEXT), 20000, &sent);
	assert_int_equal(sent.result, STS_SENT_REFUSED);
	assert_in_range(strlen(sent.why), 100, STS_SENDING_WHY - 1);
	/* Accepted is accepted. */
	mailer_once("cat >/dev/null; echo hm >&2", sts_str(TEXT), 20000, &sent);
	assert_sent(&sent, STS_SENT_ACCEPTED, "");
}

/* Its end of the pipe is closed: EPIPE, or SIGPIPE if nobody cares. */
static void
message_not_read(void **state)
{
	static const char early[] = "head -c 5 >/dev/null; exec <&-; ";
	struct sts_str big = {big_message(), BIG};
	char script[128];
	struct sent sent;

	(void)state;
	snprintf(script, sizeof(script), "%ssleep 0.1; exit 0", early);
	mailer_once(script, big, 20000, &sent);
	assert_sent(&sent, STS_SENT_RETRY, "exit 0, message not read");
	snprintf(
	    script, sizeof(script), "%secho 'no such' >&2; exit 67", early);
	mailer_once(script, big, 20000, &sent);
	assert_sent(
	    &sent, STS_SENT_REFUSED, "exit 67, message not read: no such");
	free((void *)(uintptr_t)big.p);
}

static void
no_such_program(void **state)
{
	struct mailer m;
	struct sent sent;
	char path[128];

	(void)state;
	mailer_open(&m);
	m.expect = "sendmail result=local";
	mailer_start(&m);
	mailer_send(&m, sts_str(TEXT), 20000, &sent);
	mailer_wait(&m, &sent);
	assert_sent(&sent, STS_SENT_LOCAL, "start: No such file or directory");
	mailer_script(&m, "cat");
	mailer_path(&m, "sendmail", path);
	chmod(path, 0644);
	mailer_send(&m, sts_str(TEXT), 20000, &sent);
	mailer_wait(&m, &sent);
	assert_sent(&sent, STS_SENT_LOCAL, "start: Permission denied");
	assert_int_equal(m.lines, 2);
	mailer_close(&m);
}

/* At each number of descriptors; the program has the same limit. */
static void
no_descriptors(void **state)
{
	struct rlimit limit, low;
	struct mailer m;
	struct sent sent;
	unsigned fails = 0;

	(void)state;
	mailer_open(&m);
	mailer_script(&m, "cat >/dev/null");
	mailer_start(&m);
	m.expect = "sendmail result=local why=\"start: Too many open files";
	getrlimit(RLIMIT_NOFILE, &limit);
	low = limit;
	for (low.rlim_cur = 3; low.rlim_cur < 20; low.rlim_cur++) {
		mailer_send(&m, sts_str(TEXT), 20000, &sent);
		setrlimit(RLIMIT_NOFILE, &low);
		mailer_wait(&m, &sent);
		setrlimit(RLIMIT_NOFILE, &limit);
		fails += sent.result == STS_SENT_LOCAL;
	}
	assert_int_equal(sent.result, STS_SENT_ACCEPTED);
	assert_true(fails > 0 && fails < 17);
	assert_int_equal(m.lines, fails);
	mailer_close(&m);
}

static void
refused_before_it_runs(void **state)
{
	struct mailer m;
	struct sent sent = {.calls = 0};

	(void)state;
	mailer_open(&m);
	mailer_script(&m, "touch ran");
	mailer_start(&m);
	assert_null(m.way.ops->mail(m.way.ctx, FROM, "a@b,c@d", sts_str(TEXT),
	    INT64_MAX, mailer_on_sent, &sent));
	assert_sent(&sent, STS_SENT_REFUSED, "address");
	sent.calls = 0;
	assert_null(m.way.ops->mail(m.way.ctx, "", TO, sts_str(TEXT), INT64_MAX,
	    mailer_on_sent, &sent));
	assert_sent(&sent, STS_SENT_REFUSED, "address");
	sent.calls = 0;
	m.expect = "sendmail result=local";
	assert_null(m.way.ops->post(m.way.ctx, "https://a/", sts_str(TEXT),
	    INT64_MAX, mailer_on_sent, &sent));
	assert_sent(&sent, STS_SENT_LOCAL, "mail only");
	mailer_close(&m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(message_and_addresses),
	    cmocka_unit_test(nothing_of_ours),
	    cmocka_unit_test(exit_status),
	    cmocka_unit_test(complaints),
	    cmocka_unit_test(message_not_read),
	    cmocka_unit_test(no_such_program),
	    cmocka_unit_test(no_descriptors),
	    cmocka_unit_test(refused_before_it_runs),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests_name("sendmail", tests, NULL, NULL);
}
