/* SPDX-License-Identifier: ISC */
/* What is told of what was counted, and where else it goes. */
#include "record_world.h"

/* What the admin socket tells of what was counted. */
static void
told(void **state)
{
	struct world *world = world_new_counting();
	int fd;

	(void)state;
	world->recording.name = (struct sts_reporter_name){
	    "Ex Ltd", "tls@out.example", "out.example", NULL};
	record_uid = 0;
	fd = world_connect(world, true);
	record_tell(world, fd,
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
	    "STS1 reports\n"
	    "STS1 report-test a@b.example\n");
	world_expect(world, fd,
	    "STS1 error not-found text=nothing%20is%20counted%20of%20this%20"
	    "domain%20and%20day\n"
	    "STS1 error syntax text=want%20day=YYYY-MM-DD\n"
	    "STS1 error syntax text=want%20day=YYYY-MM-DD\n"
	    "STS1 error not-found text=reports%20are%20off:%20no%20"
	    "report_organization\n"
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
	record_uid = 0;
	fd = world_connect(world, true);
	record_tell(
	    world, fd, "STS1 result a.example result=success action=sent\n");
	record_tell(world, fd,
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
	record_uid = 0;
	sts_collectd_defaults(&config);
	config.path = "/nowhere/collectd.sock";
	world->recording.collectd = sts_collectd_new(world->base,
	    (struct sts_dns){&dns, NULL}, world->clock, &world->sink, &config);
	assert_non_null(world->recording.collectd);
	fd = world_connect(world, true);
	record_tell(
	    world, fd, "STS1 result a.example result=success action=sent\n");
	record_counted(world, "a.example", "not-found");
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

#define ROUTE  "STS1 route a.example\n"
#define FAILED "STS1 doubt 192.0.2.7 result=starttls-not-supported\n"

static void
ask_route(struct world *world, uid_t uid)
{
	int fd;

	record_uid = uid;
	fd = world_connect(world, false);
	world_write(world, fd, ROUTE);
	world_expect(world, fd,
	    "STS1 route a.example mode=enforce id=1 host=seven.a.example "
	    "until=1800000300\n");
	close(fd);
	world_pump(world);
	world->log[0] = '\0';
}

static void
say(struct world *world, uid_t uid, const char *line)
{
	int fd;

	record_uid = uid;
	fd = world_connect(world, false);
	record_tell(world, fd, line);
	close(fd);
	world_pump(world);
}

/* Of whose mail a session was is not for everybody to say. */
static void
strangers(void **state)
{
	struct world *world = world_new_counting();

	(void)state;
	world_pass(world, 1);
	world_rule(world, "a.example enforce mx=seven.a.example "
			  "hosts=10:seven.a.example");
	ask_route(world, 12345);
	say(world, 0, FAILED);
	record_counted(world, "a.example", "not-found");
	ask_route(world, 0);
	say(world, 12345,
	    "STS1 result a.example result=success action=sent mode=enforce\n");
	say(world, 0, FAILED);
	record_counted(world, "a.example",
	    "sts 65 ok=0 no=1; starttls-not-supported seven.a.example  "
	    "192.0.2.7   1;");
	world_free(world);
}

/* Nobody looked at the certificate: the host is told, or nothing is. */
static void
unverified(void **state)
{
	struct world *world = world_new_counting();
	const char *line = "STS1 result a.example result=success action=sent "
			   "verified=no mode=testing host=MX.a.example\n";

	(void)state;
	world_pass(world, 1);
	world_rule(world, "a.example testing mx=*.a.example "
			  "hosts=10:mx.a.example");
	world_probe(world, "mx.a.example certificate-expired X509_V_ERR");
	say(world, 0, line);
	assert_int_equal(world->probed, 1);
	record_counted(world, "a.example",
	    "sts 0 ok=0 no=1; certificate-expired MX.a.example    "
	    "X509_V_ERR 1;");
	say(world, 0,
	    "STS1 result b.example result=success action=sent verified=no\n");
	say(world, 0,
	    "STS1 result b.example result=success action=sent verified=no "
	    "host=no%20host\n");
	record_counted(world, "b.example", "not-found");
	world_free(world);
}

/* Only a question has %HH: what a host says is counted as it said it. */
static void
percent(void **state)
{
	struct world *world = world_new_counting();

	(void)state;
	world_rule(world, "a.example enforce mx=*.a.example "
			  "hosts=10:bad.a.example,20:seven.a.example");
	world_probe(
	    world, "bad.a.example certificate-host-mismatch names=%41%25%zz%");
	ask_route(world, 0);
	say(world, 0,
	    "STS1 result a.example result=success action=sent mode=enforce\n");
	record_counted(world, "a.example",
	    "sts 61 ok=1 no=1; certificate-host-mismatch bad.a.example  "
	    "192.0.2.1  names=%41%25%zz% 1;");
	say(world, 0,
	    "STS1 result b.example result=validation-failure action=sent "
	    "detail=100%25%2541\n");
	record_counted(world, "b.example",
	    "no-policy-found 0 ok=0 no=1; validation-failure     100%%41 1;");
	world_free(world);
}

struct seen {
	int failed;
	size_t details, expired;
};

static void
on_seen(void *arg, enum sts_err err, const struct sts_tally *tally)
{
	struct seen *seen = arg;

	assert_int_equal(err, STS_OK);
	seen->failed = (int)tally->policy[0].failed;
	seen->details = tally->policy[0].n_detail;
	for (size_t i = 0; i < seen->details; i++)
		seen->expired += tally->policy[0].detail[i].result ==
				 STS_RESULT_CERTIFICATE_EXPIRED;
}

/* Of many hosts as many are kept as any mail would go to; the one that was
 * tried is one of them, also where it is the last. */
static void
many_hosts(void **state)
{
	struct world *world = world_new_counting();
	struct seen seen = {0};
	char rule[500];
	int n = snprintf(
	    rule, sizeof(rule), "a.example enforce mx=*.a.example hosts=");

	(void)state;
	for (int i = 0; i < 20; i++)
		n += snprintf(
		    rule + n, sizeof(rule) - (size_t)n, "10:b%d.example,", i);
	snprintf(rule + n, sizeof(rule) - (size_t)n,
	    "20:bad.a.example,30:seven.a.example");
	world_rule(world, rule);
	world_probe(world, "bad.a.example certificate-expired");
	ask_route(world, 0);
	say(world, 0,
	    "STS1 result a.example result=success action=sent mode=enforce\n");
	sts_counters_get(world->recording.counters, WORLD_WALL / 86400,
	    "a.example", on_seen, &seen);
	assert_int_equal(seen.failed, 16);
	assert_int_equal(seen.details, 16);
	assert_int_equal(seen.expired, 1);
	world_free(world);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(told),
	    cmocka_unit_test(statistics),
	    cmocka_unit_test(collected),
	    cmocka_unit_test(strangers),
	    cmocka_unit_test(unverified),
	    cmocka_unit_test(percent),
	    cmocka_unit_test(many_hosts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
