/* SPDX-License-Identifier: ISC */
/* What is told of a session is counted under the policy that it was under. */
#include "world.h"

int __real_getsockopt(int fd, int level, int name, void *value, socklen_t *n);
int __wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *n);

static uid_t uid; /* who is at the other end */

int
__wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *n)
{
	int rc = __real_getsockopt(fd, level, name, value, n);

	if (level == SOL_SOCKET && name == SO_PEERCRED)
		((struct ucred *)value)->uid = uid;
	return rc;
}

static void
on_tally(void *arg, enum sts_err err, const struct sts_tally *tally)
{
	char *out = arg;
	size_t n = 0;

	if (err != STS_OK) {
		snprintf(out, 512, "%s", sts_err_name(err));
		return;
	}
	for (size_t i = 0; i < tally->n_policy; i++) {
		const struct sts_tally_policy *p = &tally->policy[i];

		n += (size_t)snprintf(out + n, 512 - n, "%s %zu ok=%d no=%d;",
		    sts_policy_type_name(p->type), p->n_text,
		    (int)p->successful, (int)p->failed);
		for (size_t j = 0; j < p->n_detail; j++)
			n += (size_t)snprintf(out + n, 512 - n,
			    " %s %s %s %s %s %s %d;",
			    sts_result_type_name(p->detail[j].result),
			    p->detail[j].mx, p->detail[j].sending_ip,
			    p->detail[j].receiving_ip, p->detail[j].helo,
			    p->detail[j].reason, (int)p->detail[j].sessions);
	}
}

static void
counted(struct world *world, const char *domain, const char *want)
{
	char got[512] = "";

	sts_counters_get(world->recording.counters, WORLD_WALL / 86400, domain,
	    on_tally, got);
	assert_string_equal(got, want);
}

static void
tell(struct world *world, int fd, const char *line)
{
	world_write(world, fd, line);
	world_expect(world, fd, "STS1 ok\n");
	world->log[0] = '\0';
}

static void
sessions(void **state)
{
	struct world *world = world_new_counting();
	int fd;

	(void)state;
	uid = 0;
	fd = world_connect(world, false);
	world_rule(world, "good.example enforce id=1 mx=mx.good.example");
	world_write(world, fd, "STS1 verdict good.example mx.good.example\n");
	free(world_read(world, fd, &(bool){false}));
	tell(world, fd,
	    "STS1 result good.example result=success action=sent mode=enforce "
	    "host=mx.good.example addr=192.0.2.1 from=192.0.2.9\n");
	tell(world, fd,
	    "STS1 result good.example result=certificate-expired "
	    "action=refused mode=enforce host=mx.good.example addr=192.0.2.1 "
	    "from=192.0.2.9 helo=mx%20x detail=X509_V_ERR\n");
	/* Not sessions (RPT-12), or of nobody. */
	tell(world, fd,
	    "STS1 result good.example result=unreachable action=failed\n");
	tell(world, fd,
	    "STS1 result good.example result=validation-failure "
	    "action=failed\n");
	counted(world, "good.example",
	    "sts 65 ok=1 no=1; certificate-expired mx.good.example 192.0.2.9 "
	    "192.0.2.1 mx x X509_V_ERR 1;");
	tell(
	    world, fd, "STS1 result none.example result=success action=sent\n");
	counted(world, "none.example", "no-policy-found 0 ok=1 no=0;");
	/* Bound by one that is not at hand any more. */
	tell(world, fd,
	    "STS1 result lost.example result=success action=sent "
	    "mode=testing\n");
	counted(world, "lost.example", "sts 0 ok=1 no=0;");
	close(fd);
	world_pump(world);
	world_free(world);
}

static void
who_may(void **state)
{
	struct world *world = world_new_counting();
	const char *line = "STS1 result a.example result=success action=sent\n";
	int fd;

	(void)state;
	uid = 12345;
	fd = world_connect(world, false);
	tell(world, fd, line);
	counted(world, "a.example", "not-found");
	world->recording.uid[world->recording.n++] = 12345;
	tell(world, fd, line);
	counted(world, "a.example", "no-policy-found 0 ok=1 no=0;");
	close(fd);
	/* The admin socket has rights of its own. */
	uid = 54321;
	fd = world_connect(world, true);
	tell(world, fd, line);
	counted(world, "a.example", "no-policy-found 0 ok=2 no=0;");
	close(fd);
	world_pump(world);
	world_free(world);
}

static void
policy_text(void *arg, enum sts_err err, const struct sts_tally *tally)
{
	char *out = arg;
	size_t n = 0;

	assert_int_equal(err, STS_OK);
	for (size_t i = 0; i < tally->n_policy; i++)
		n += (size_t)snprintf(out + n, 512 - n, "%s[%.*s]",
		    sts_policy_type_name(tally->policy[i].type),
		    (int)tally->policy[i].n_text, tally->policy[i].text);
}

static void
texts(struct world *world, const char *domain, const char *want)
{
	char got[512] = "";

	sts_counters_get(world->recording.counters, WORLD_WALL / 86400, domain,
	    policy_text, got);
	assert_string_equal(got, want);
}

#define DANE_OK "result=success action=sent policy=tlsa host="

/* RPT-14: DANE is a policy of its own, under the host's name; it neither
 * refuses for a policy of ours, nor is refused by one. */
static void
dane(void **state)
{
	struct world *world = world_new_counting();
	int fd;

	(void)state;
	uid = 0;
	fd = world_connect(world, false);
	world_rule(world, "good.example enforce id=1 mx=mx.good.example");
	world_rule(world, "mx.good.example tlsa=secure");
	world_rule(world, "mx.open.example tlsa=insecure");
	world_rule(world, "mx.bad.example tlsa=bogus");
	world_write(world, fd, "STS1 verdict good.example mx.good.example\n");
	free(world_read(world, fd, &(bool){false}));
	tell(world, fd,
	    "STS1 result good.example " DANE_OK "MX.good.example "
	    "mode=enforce\n");
	tell(world, fd,
	    "STS1 result good.example result=success action=sent "
	    "mode=enforce host=mx.good.example\n");
	world_write(world, fd,
	    "STS1 result good.example result=validation-failure "
	    "action=refused policy=tlsa mode=enforce host=mx.good.example "
	    "addr=192.0.2.1 from=192.0.2.9 helo=mx\n");
	world_expect(world, fd, "STS1 ok\n");
	assert_string_equal(world->log, "");
	texts(world, "good.example",
	    "tlsa[mx.good.example\n2 0 1 FF\n3 1 1 0B01\n3 1 1 AB01\n]"
	    "sts[version: STSv1\nmode: enforce\nmax_age: 604800\n"
	    "mx: mx.good.example\n]");
	counted(world, "good.example",
	    "tlsa 47 ok=1 no=1; validation-failure mx.good.example 192.0.2.9 "
	    "192.0.2.1 mx  1;sts 65 ok=1 no=0;");
	tell(world, fd, "STS1 result a.example " DANE_OK "mx.open.example\n");
	tell(world, fd,
	    "STS1 result a.example result=dnssec-invalid action=refused "
	    "policy=tlsa host=mx.bad.example\n");
	tell(world, fd, "STS1 result a.example " DANE_OK "a/b\n");
	tell(world, fd,
	    "STS1 result a.example result=success action=sent policy=tlsa\n");
	texts(world, "a.example",
	    "tlsa[]tlsa[mx.bad.example\n]tlsa[mx.open.example\n]");
	world_write(world, fd,
	    "STS1 result a.example result=success action=sent policy=sts\n");
	world_expect(world, fd,
	    "STS1 error syntax text=want%20result=,%20action=%20and%20of%20"
	    "the%20rest%20what%20is%20known\n");
	close(fd);
	world_pump(world);
	world_free(world);
}

/* The records are waited for, but not for long, and not at the end. */
static void
dane_slow(void **state)
{
	struct world *world = world_new_counting();
	const char *line = "STS1 result a.example " DANE_OK "mx.a.example\n";
	int fd;

	(void)state;
	uid = 0;
	fd = world_connect(world, false);
	world_rule(world, "mx.a.example tlsa=secure tlsa-slow=300");
	world_write(world, fd, line);
	world_expect(world, fd, "");
	world_pass(world, 300);
	world_expect(world, fd, "STS1 ok\n");
	world_rule(world, "mx.a.example tlsa=secure tlsa-slow=5000");
	world_write(world, fd, line);
	world_pass(world, 399);
	world_expect(world, fd, "");
	world_pass(world, 1);
	world_expect(world, fd, "STS1 ok\n");
	texts(world, "a.example",
	    "tlsa[mx.a.example\n]tlsa[mx.a.example\n2 0 1 FF\n3 1 1 0B01\n"
	    "3 1 1 AB01\n]");
	/* Who asked is gone; and then all of it ends. */
	world_write(world, fd, line);
	close(fd);
	world_pump(world);
	world_pass(world, 400);
	fd = world_connect(world, false);
	world_write(world, fd, line);
	close(fd);
	world_pump(world);
	sts_service_free(world->service);
	world->service = NULL;
	counted(world, "a.example", "tlsa 13 ok=3 no=0;tlsa 44 ok=1 no=0;");
	world_free(world);
}

/* What was told as without a policy is, whatever is held by now. */
static void
as_it_was(void **state)
{
	struct world *world = world_new_counting();
	int fd;

	(void)state;
	uid = 0;
	fd = world_connect(world, false);
	world_rule(world, "a.example enforce id=1 mx=mx.a.example");
	world_write(world, fd, "STS1 verdict a.example mx.a.example\n");
	free(world_read(world, fd, &(bool){false}));
	tell(world, fd,
	    "STS1 result a.example result=starttls-not-supported action=sent "
	    "mode=none host=mx.a.example\n");
	counted(world, "a.example",
	    "no-policy-found 0 ok=0 no=1; starttls-not-supported "
	    "mx.a.example     1;");
	close(fd);
	world_pump(world);
	world_free(world);
}

/* What was put in the place of its own word is not the domain's to hear. */
static void
overridden(void **state)
{
	struct world *world = world_new_counting();
	int fd;

	(void)state;
	uid = 0;
	fd = world_connect(world, false);
	world_config(world, "override \"off.example\" { mode = \"off\" }");
	tell(world, fd, "STS1 result off.example result=success action=sent\n");
	counted(world, "off.example", "not-found");
	close(fd);
	world_pump(world);
	world_free(world);
}

/* What the admin socket tells of what was counted. */
static void
told(void **state)
{
	struct world *world = world_new_counting();
	int fd;

	(void)state;
	world->recording.name = (struct sts_reporter_name){
	    "Ex Ltd", "tls@out.example", "out.example", NULL};
	uid = 0;
	fd = world_connect(world, true);
	tell(world, fd,
	    "STS1 result a.example result=starttls-not-supported "
	    "action=would-refuse mode=testing host=mx.a.example "
	    "addr=192.0.2.1\n");
	world_write(world, fd, "STS1 report a.example day=2027-01-15\n");
	world_expect(world, fd,
	    "STS1 json {\"domain\":\"a.example\",\"day\":\"2027-01-15\","
	    "\"policies\":[{\"type\":\"sts\",\"successful\":0,\"failed\":1,"
	    "\"details\":[{\"result\":\"starttls-not-supported\",\"mx\":"
	    "\"mx.a.example\",\"receiving_ip\":\"192.0.2.1\","
	    "\"sending_ip\":\"\",\"helo\":\"\",\"reason\":\"\","
	    "\"sessions\":1}],\"details_count\":1}],\"dropped\":0}\n");
	world_write(
	    world, fd, "STS1 report-preview a.example day=2027-01-15\n");
	world_expect(world, fd,
	    "STS1 json {\"organization-name\":\"Ex\\u0020Ltd\","
	    "\"date-range\":{\"start-datetime\":\"2027-01-15T00:00:00Z\","
	    "\"end-datetime\":\"2027-01-15T23:59:59Z\"},"
	    "\"contact-info\":\"tls@out.example\",\"report-id\":"
	    "\"2027-01-15.a.example@out.example\",\"policies\":[{"
	    "\"policy\":{\"policy-type\":\"sts\",\"policy-string\":[],"
	    "\"policy-domain\":\"a.example\",\"mx-host\":[]},\"summary\":{"
	    "\"total-successful-session-count\":0,"
	    "\"total-failure-session-count\":1},\"failure-details\":[{"
	    "\"result-type\":\"starttls-not-supported\","
	    "\"receiving-mx-hostname\":\"mx.a.example\","
	    "\"receiving-ip\":\"192.0.2.1\",\"failed-session-count\":1}]}]}\n");
	world_write(world, fd,
	    "STS1 report b.example day=2027-01-15\n"
	    "STS1 report a.example day=2027-1-15\n"
	    "STS1 report a.example 2027-01-15\n"
	    "STS1 reports\n");
	world_expect(world, fd,
	    "STS1 error not-found text=nothing%20is%20counted%20of%20this%20"
	    "domain%20and%20day\n"
	    "STS1 error syntax text=want%20day=YYYY-MM-DD\n"
	    "STS1 error syntax text=want%20day=YYYY-MM-DD\n"
	    "STS1 error not-found text=reports%20are%20off:%20no%20"
	    "report_organization\n");
	close(fd);
	world_pump(world);
	world_free(world);
}

#define STATS ",\"reports\":{"

/* The end of what the admin socket tells. */
static void
assert_stats(struct world *world, int fd, const char *want)
{
	char *line, *at;
	bool closed = false;

	world_write(world, fd, "STS1 stats\n");
	line = world_read(world, fd, &closed);
	at = strstr(line, STATS);
	assert_non_null(at);
	assert_string_equal(at + strlen(STATS), want);
	free(line);
}

static void
statistics(void **state)
{
	struct world *world = world_new_counting();
	int fd;

	(void)state;
	uid = 0;
	fd = world_connect(world, true);
	tell(world, fd, "STS1 result a.example result=success action=sent\n");
	tell(world, fd,
	    "STS1 result b.example result=certificate-expired "
	    "action=would-refuse\n");
	assert_stats(world, fd,
	    "\"results\":2,\"failures\":1,\"dropped\":0,\"domains\":2,"
	    "\"sent\":0,\"failed\":0,\"given_up\":0,\"pending\":0,"
	    "\"under_way\":0}}\n");
	close(fd);
	world_pump(world);
	world_free(world);
}

/* Everybody asks for reports. */
static struct sts_dns_query *
wishes(void *ctx, const char *name, int64_t deadline, sts_dns_cb *cb, void *arg)
{
	struct sts_str rr = sts_str("v=TLSRPTv1; rua=mailto:a@a.example");
	const struct sts_dns_answer answer = {
	    .status = STS_DNS_FOUND, .txt = {&rr, 1}};

	(void)ctx;
	(void)deadline;
	assert_string_equal(name, "_smtp._tls.a.example");
	cb(arg, &answer);
	return NULL;
}

/* The other sink: nothing is counted here. */
static void
collected(void **state)
{
	struct world *world = world_new_counting();
	static const struct sts_dns_ops dns = {.txt = wishes};
	struct sts_collectd_config config;
	int fd;

	(void)state;
	uid = 0;
	sts_collectd_defaults(&config);
	config.path = "/nowhere/collectd.sock";
	world->recording.collectd = sts_collectd_new(world->base,
	    (struct sts_dns){&dns, NULL}, world->clock, &world->sink, &config);
	assert_non_null(world->recording.collectd);
	fd = world_connect(world, true);
	tell(world, fd, "STS1 result a.example result=success action=sent\n");
	counted(world, "a.example", "not-found");
	assert_stats(world, fd,
	    "\"collectd\":"
	    "\"No\\u0020such\\u0020file\\u0020or\\u0020directory\","
	    "\"results\":1,"
	    "\"sent\":0,\"unasked\":0,\"dropped\":0,\"waiting\":1}}\n");
	world_write(world, fd, "STS1 reports\n");
	world_expect(world, fd,
	    "STS1 error not-found text=results%20go%20to%20tlsrpt-collectd%20"
	    "(report_collectd)\n");
	close(fd);
	sts_collectd_free(world->recording.collectd);
	world->recording.collectd = NULL;
	world->log[0] = '\0'; /* that what waited is lost */
	world_pump(world);
	world_free(world);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(told),
	    cmocka_unit_test(sessions),
	    cmocka_unit_test(dane),
	    cmocka_unit_test(dane_slow),
	    cmocka_unit_test(as_it_was),
	    cmocka_unit_test(who_may),
	    cmocka_unit_test(overridden),
	    cmocka_unit_test(statistics),
	    cmocka_unit_test(collected),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
