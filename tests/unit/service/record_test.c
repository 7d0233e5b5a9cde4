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

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(told),
	    cmocka_unit_test(sessions),
	    cmocka_unit_test(who_may),
	    cmocka_unit_test(overridden),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
