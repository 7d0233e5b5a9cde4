/* SPDX-License-Identifier: ISC */
/* Sessions of a mail server that sees an address and no certificate, and those
 * that it never had as no MX qualified (OpenSMTPD). */
#include "world.h"

static void
ask(struct world *world, int fd, const char *question, const char *want)
{
	world_write(world, fd, question);
	world_expect(world, fd, want);
	world->log[0] = '\0';
}

/* The policies as the admin socket tells them; "": nothing was counted. */
static void
counted(struct world *world, int fd, const char *domain, const char *want)
{
	char question[320];
	const char *policies;
	char *got;
	bool eof;

	snprintf(question, sizeof(question), "STS1 report %s day=2027-01-15\n",
	    domain);
	world_write(world, fd, question);
	got = world_read(world, fd, &eof);
	policies = strstr(got, "\"policies\":");
	assert_string_equal(policies != NULL ? policies : "", want);
	free(got);
}

#define NUMBERS(good, bad)                                     \
	"\"policies\":[{\"type\":\"sts\",\"successful\":" good \
	",\"failed\":" bad ",\"details\":["
#define DETAIL(result, mx, addr, reason, n)                         \
	"{\"result\":\"" result "\",\"mx\":\"" mx                   \
	"\",\"receiving_ip\":\"" addr                               \
	"\",\"sending_ip\":\"\",\"helo\":\"\",\"reason\":\"" reason \
	"\",\"sessions\":" n "}"
#define END(n) "],\"details_count\":" n "}],\"dropped\":0}\n"

#define TESTING(addr)                                                     \
	"STS1 result try.example result=success action=sent verified=no " \
	"mode=testing addr=" addr "\n"

static struct world *
begin(int *fd)
{
	struct world *world = world_new_counting();

	world_pass(world, 1); /* a clock is never at 0, which is "never" */
	*fd = world_connect(world, true);
	return world;
}

/* So much later that a silent connection would have been closed. */
static void
later(struct world *world, int *fd, int64_t ms)
{
	close(*fd);
	world_pass(world, ms);
	*fd = world_connect(world, true);
}

static void
end(struct world *world, int fd)
{
	world->log[0] = '\0';
	close(fd);
	world_pump(world);
	world_free(world);
}

/* What the try found is counted for a session over TLS, and is no success
 * besides; the host is found by its address. */
static void
by_the_try(void **state)
{
	struct world *world;
	int fd;

	(void)state;
	world = begin(&fd);
	world_rule(world, "try.example testing mx=*.try.example "
			  "hosts=10:mx.try.example,20:seven.try.example");
	world_probe(world, "mx.try.example certificate-expired X509_V_ERR");
	ask(world, fd, TESTING("192.0.2.1"), "STS1 ok\n");
	ask(world, fd, TESTING("192.0.2.1"), "STS1 ok\n");
	assert_int_equal(world->probed, 1);
	ask(world, fd, TESTING("192.0.2.7"), "STS1 ok\n");
	assert_int_equal(world->probed, 2);
	counted(world, fd, "try.example",
	    NUMBERS("1", "2") DETAIL("certificate-expired", "mx.try.example",
		"192.0.2.1", "X509_V_ERR", "2") END("1"));
	/* The last try counts for an hour, then there is another one. */
	world_probe(world, "mx.try.example good");
	later(world, &fd, 3590000);
	ask(world, fd, TESTING("192.0.2.1"), "STS1 ok\n");
	assert_int_equal(world->probed, 2);
	world_pass(world, 11000);
	ask(world, fd, TESTING("192.0.2.1"), "STS1 ok\n");
	assert_int_equal(world->probed, 3);
	counted(world, fd, "try.example",
	    NUMBERS("2", "3") DETAIL("certificate-expired", "mx.try.example",
		"192.0.2.1", "X509_V_ERR", "3") END("1"));
	end(world, fd);
}

/* Where nobody knows whether the certificate is good, neither a success nor a
 * failure is counted. */
static void
nobody_knows(void **state)
{
	struct world *world;
	int fd;

	(void)state;
	world = begin(&fd);
	world_rule(world, "try.example testing mx=*.try.example "
			  "hosts=10:mx.try.example");
	world_probe(world, "mx.try.example unreachable timeout");
	ask(world, fd, TESTING("192.0.2.1"), "STS1 ok\n");
	world_probe(world, "mx.try.example local");
	later(world, &fd, 3600000);
	ask(world, fd, TESTING("192.0.2.1"), "STS1 ok\n");
	/* The session had STARTTLS. */
	world_probe(world, "mx.try.example starttls-not-supported");
	ask(world, fd, TESTING("192.0.2.1"), "STS1 ok\n");
	assert_int_equal(world->probed, 3);
	/* No MX of the domain is there. */
	ask(world, fd, TESTING("192.0.2.7"), "STS1 ok\n");
	ask(world, fd, TESTING("mx.try.example"), "STS1 ok\n");
	world_rule(world, "try.example testing mx=*.try.example "
			  "hosts-dns=servfail");
	ask(world, fd, TESTING("192.0.2.1"), "STS1 ok\n");
	world->config.probe = false;
	sts_service_configure(world->service, &world->config);
	world_rule(world, "try.example testing mx=*.try.example "
			  "hosts=10:mx.try.example");
	ask(world, fd, TESTING("192.0.2.1"), "STS1 ok\n");
	assert_int_equal(world->probed, 3);
	counted(world, fd, "try.example", "");
	end(world, fd);
}

/* A host that the policy does not name, whatever its certificate; without TLS,
 * and where there is no MX record. */
static void
by_address(void **state)
{
	struct world *world;
	int fd;

	(void)state;
	world = begin(&fd);
	world_rule(world, "try.example testing mx=*.try.example "
			  "hosts=10:mx.try.example,20:seven.evil.example");
	world_rule(world, "bare.example testing mx=bare.example");
	ask(world, fd, "STS1 policy try.example\n",
	    "STS1 policy try.example mode=testing id=1 state=fresh "
	    "fetched=1800000000 expires=1800604800 mx=*.try.example\n");
	ask(world, fd, TESTING("192.0.2.7"), "STS1 ok\n");
	ask(world, fd,
	    "STS1 result try.example result=starttls-not-supported "
	    "action=would-refuse mode=testing addr=192.0.2.1 progress\n",
	    "STS1 ok\n");
	counted(world, fd, "try.example",
	    NUMBERS("0", "2") DETAIL("starttls-not-supported", "mx.try.example",
		"192.0.2.1", "", "1") "," DETAIL("validation-failure",
		"seven.evil.example", "192.0.2.7", "mta-sts-mx-mismatch", "1")
		END("2"));
	ask(world, fd,
	    "STS1 result bare.example result=starttls-not-supported "
	    "action=would-refuse mode=testing addr=192.0.2.1\n",
	    "STS1 ok\n");
	counted(world, fd, "bare.example",
	    NUMBERS("0", "1") DETAIL("starttls-not-supported", "bare.example",
		"192.0.2.1", "", "1") END("1"));
	end(world, fd);
}

/* The answer waits for a slow try, and says so; the client may go, the service
 * may end. */
static void
slow(void **state)
{
	struct world *world;
	int fd, other;

	(void)state;
	world = begin(&fd);
	other = world_connect(world, true);
	world_rule(world, "try.example testing mx=*.try.example "
			  "hosts=10:mx.try.example hosts-slow=300");
	world_probe(world, "mx.try.example good 700");
	world_write(world, other, TESTING("192.0.2.1"));
	world_expect(world, other, "");
	close(other);
	ask(world, fd,
	    "STS1 result try.example result=success action=sent verified=no "
	    "mode=testing addr=192.0.2.1 progress\nSTS1 ping\n",
	    "STS1 wait\n");
	world_pass(world, 300);
	world_pass(world, 200);
	world_expect(world, fd, "STS1 wait\n");
	world_pass(world, 500);
	world_expect(world, fd, "STS1 ok\nSTS1 pong " STS_VERSION "\n");
	counted(world, fd, "try.example", NUMBERS("2", "0") END("0"));
	later(world, &fd, 3600000);
	world_write(world, fd, TESTING("192.0.2.1"));
	end(world, fd);
	/* While the MX records are asked for. */
	world = begin(&fd);
	world_rule(world, "try.example testing mx=*.try.example "
			  "hosts=10:mx.try.example hosts-slow=300");
	world_write(world, fd, TESTING("192.0.2.1"));
	world_expect(world, fd, "");
	end(world, fd);
}

#define BLOCKED "STS1 blocked bad.example mode=enforce id=1 "

/* Each attempt that no MX qualified for is one session that failed with each
 * of them; asking alone is none (RPT-12: nor is a host out of reach). */
static void
held(void **state)
{
	struct world *world;
	int fd, i;

	(void)state;
	world = begin(&fd);
	world_rule(world, "bad.example enforce mx=*.bad.example "
			  "hosts=10:mx.bad.example,20:gone.bad.example,"
			  "30:evil.example");
	world_probe(world, "mx.bad.example certificate-expired X509_V_ERR");
	world_probe(world, "gone.bad.example unreachable connect");
	for (i = 0; i < 2; i++)
		ask(world, fd, "STS1 route bad.example\n",
		    BLOCKED "reason=certificate-expired "
			    "detail=mx.bad.example:%20certificate-expired%20("
			    "X509_V_ERR);%20gone.bad.example:%20unreachable%20("
			    "connect);%20evil.example:%20mta-sts-mx-mismatch "
			    "until=1800000060\n");
	counted(world, fd, "bad.example", "");
	ask(world, fd, "STS1 held bad.example\n", "STS1 ok\n");
	ask(world, fd, "STS1 held bad.example progress\n", "STS1 ok\n");
	counted(world, fd, "bad.example",
	    NUMBERS("0", "4") DETAIL("certificate-expired", "mx.bad.example",
		"192.0.2.1", "X509_V_ERR", "2") "," DETAIL("validation-failure",
		"evil.example", "", "mta-sts-mx-mismatch", "2") END("2"));
	/* Nothing is held there. */
	world_rule(world, "good.example enforce mx=*.good.example "
			  "hosts=10:mx.good.example");
	ask(world, fd, "STS1 route good.example\n",
	    "STS1 route good.example mode=enforce id=1 host=mx.good.example "
	    "until=1800000300\n");
	ask(world, fd, "STS1 held good.example\nSTS1 held new.example\n",
	    "STS1 ok\nSTS1 ok\n");
	counted(world, fd, "good.example", "");
	counted(world, fd, "new.example", "");
	end(world, fd);
}

/* A session with the host that is left: those before it count as well. */
static void
passed_over(void **state)
{
	struct world *world;
	int fd;

	(void)state;
	world = begin(&fd);
	world_rule(world, "two.example enforce mx=*.two.example "
			  "hosts=10:a.two.example,20:b.two.example");
	world_probe(world, "a.two.example starttls-not-supported");
	ask(world, fd, "STS1 route two.example\n",
	    "STS1 route two.example mode=enforce id=1 host=b.two.example "
	    "until=1800000300\n");
	ask(world, fd,
	    "STS1 result two.example result=success action=sent mode=enforce "
	    "addr=192.0.2.1\n",
	    "STS1 ok\n");
	counted(world, fd, "two.example",
	    NUMBERS("1", "1") DETAIL("starttls-not-supported", "a.two.example",
		"192.0.2.1", "", "1") END("1"));
	/* Who tells the host has picked it himself. */
	ask(world, fd,
	    "STS1 result two.example result=success action=sent mode=enforce "
	    "host=b.two.example\n",
	    "STS1 ok\n");
	counted(world, fd, "two.example",
	    NUMBERS("2", "1") DETAIL("starttls-not-supported", "a.two.example",
		"192.0.2.1", "", "1") END("1"));
	end(world, fd);
}

#define ROUTE(domain)                                                \
	"STS1 route " domain " mode=enforce id=1 host=seven." domain \
	" until=1800000300\n"

/* A session that came to nothing is one of the domains that its address was
 * told for, once; why it failed, another try may tell. */
static void
failed(void **state)
{
	struct world *world;
	int fd;

	(void)state;
	world = begin(&fd);
	world_rule(world, "a.example enforce mx=seven.a.example "
			  "hosts=10:seven.a.example");
	world_rule(world, "b.example enforce mx=seven.b.example "
			  "hosts=10:seven.b.example");
	ask(world, fd, "STS1 route a.example\n", ROUTE("a.example"));
	ask(world, fd, "STS1 route b.example\n", ROUTE("b.example"));
	ask(world, fd,
	    "STS1 result b.example result=success action=sent mode=enforce "
	    "addr=192.0.2.7\n",
	    "STS1 ok\n");
	/* Another address; no word of why; then twice, told once. */
	ask(world, fd,
	    "STS1 doubt 192.0.2.1 result=starttls-not-supported\n"
	    "STS1 doubt 192.0.2.7\n"
	    "STS1 doubt 192.0.2.7 result=starttls-not-supported "
	    "detail=starttls-refused\n"
	    "STS1 doubt 192.0.2.7 result=starttls-not-supported\n",
	    "STS1 ok\nSTS1 ok\nSTS1 ok\nSTS1 ok\n");
	counted(world, fd, "b.example", NUMBERS("1", "0") END("0"));
	counted(world, fd, "a.example",
	    NUMBERS("0", "1") DETAIL("starttls-not-supported",
		"seven.a.example", "192.0.2.7", "starttls-refused", "1")
		END("1"));
	ask(world, fd,
	    "STS1 doubt 192.0.2.7 result=wrong\nSTS1 doubt 192.0.2.7 x=y\n"
	    "STS1 doubt 192.0.2.7 result=success\n",
	    "STS1 error syntax text=want%20an%20IP%20address,%20and%20what%20"
	    "is%20known%20of%20the%20session\n"
	    "STS1 error syntax text=want%20an%20IP%20address,%20and%20what%20"
	    "is%20known%20of%20the%20session\n"
	    "STS1 error syntax text=want%20an%20IP%20address,%20and%20what%20"
	    "is%20known%20of%20the%20session\n");
	end(world, fd);
}

static void
failed_for(const char *found, const char *want)
{
	struct world *world;
	char rule[100];
	int fd;

	world = begin(&fd);
	world_rule(world, "a.example enforce mx=seven.a.example "
			  "hosts=10:seven.a.example");
	ask(world, fd, "STS1 route a.example\n", ROUTE("a.example"));
	snprintf(rule, sizeof(rule), "seven.a.example %s", found);
	world_probe(world, rule);
	world_pass(world, 20000); /* the old try is doubted then */
	ask(world, fd,
	    "STS1 doubt 192.0.2.7 result=validation-failure "
	    "detail=tls-failed\n",
	    "STS1 ok\n");
	assert_int_equal(world->probed, 2);
	counted(world, fd, "a.example", want);
	end(world, fd);
}

static void
failed_why(void **state)
{
	static const char as_told[] =
	    NUMBERS("0", "1") DETAIL("validation-failure", "seven.a.example",
		"192.0.2.7", "tls-failed", "1") END("1");

	(void)state;
	failed_for("certificate-expired X509_V_ERR",
	    NUMBERS("0", "1") DETAIL("certificate-expired", "seven.a.example",
		"192.0.2.7", "X509_V_ERR", "1") END("1"));
	failed_for("good", as_told);
	failed_for("unreachable", as_told);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(by_the_try),
	    cmocka_unit_test(nobody_knows),
	    cmocka_unit_test(by_address),
	    cmocka_unit_test(slow),
	    cmocka_unit_test(held),
	    cmocka_unit_test(passed_over),
	    cmocka_unit_test(failed),
	    cmocka_unit_test(failed_why),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
