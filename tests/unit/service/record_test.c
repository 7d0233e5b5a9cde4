/* SPDX-License-Identifier: ISC */
/* What is told of a session is counted under the policy that it was under. */
#include "record_world.h"

static void
sessions(void **state)
{
	struct world *world = world_new_counting();
	int fd;

	(void)state;
	record_uid = 0;
	fd = world_connect(world, false);
	world_rule(world, "good.example enforce id=1 mx=mx.good.example");
	world_write(world, fd, "STS1 verdict good.example mx.good.example\n");
	free(world_read(world, fd, &(bool){false}));
	record_tell(world, fd,
	    "STS1 result good.example result=success action=sent mode=enforce "
	    "host=mx.good.example addr=192.0.2.1 from=192.0.2.9\n");
	record_tell(world, fd,
	    "STS1 result good.example result=certificate-expired "
	    "action=refused mode=enforce host=mx.good.example addr=192.0.2.1 "
	    "from=192.0.2.9 helo=mx%20x detail=X509_V_ERR\n");
	/* Not sessions (RPT-12), or of nobody. */
	record_tell(world, fd,
	    "STS1 result good.example result=unreachable action=failed\n");
	record_tell(world, fd,
	    "STS1 result good.example result=validation-failure "
	    "action=failed\n");
	record_counted(world, "good.example",
	    "sts 65 ok=1 no=1; certificate-expired mx.good.example 192.0.2.9 "
	    "192.0.2.1 mx x X509_V_ERR 1;");
	record_tell(
	    world, fd, "STS1 result none.example result=success action=sent\n");
	record_counted(world, "none.example", "no-policy-found 0 ok=1 no=0;");
	/* Bound by one that is not at hand any more. */
	record_tell(world, fd,
	    "STS1 result lost.example result=success action=sent "
	    "mode=testing\n");
	record_counted(world, "lost.example", "sts 0 ok=1 no=0;");
	close(fd);
	world_pump(world);
	world_free(world);
}

/* What is held cannot be read: that is not "no policy". */
static void
unreadable(void **state)
{
	static const struct sts_store_item item = {.key = {"a.example", 9},
	    .value = {"?", 1},
	    .expiry = WORLD_WALL + 1000};
	struct world *world = world_new_counting();
	int fd;

	(void)state;
	record_uid = 0;
	fd = world_connect(world, false);
	world->store.ops->put(world->store.ctx, STS_BUCKET_POLICY, &item,
	    world->mono + 1000, NULL, NULL);
	record_tell(
	    world, fd, "STS1 result a.example result=success action=sent\n");
	record_counted(world, "a.example", "not-found");
	record_tell(world, fd,
	    "STS1 result a.example result=success action=sent mode=none\n");
	record_tell(world, fd,
	    "STS1 result a.example result=success action=sent mode=testing\n");
	record_counted(
	    world, "a.example", "sts 0 ok=1 no=0;no-policy-found 0 ok=1 no=0;");
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
	record_uid = 12345;
	fd = world_connect(world, false);
	record_tell(world, fd, line);
	record_counted(world, "a.example", "not-found");
	world->recording.uid[world->recording.n++] = 12345;
	record_tell(world, fd, line);
	record_counted(world, "a.example", "no-policy-found 0 ok=1 no=0;");
	close(fd);
	/* The admin socket has rights of its own. */
	record_uid = 54321;
	fd = world_connect(world, true);
	record_tell(world, fd, line);
	record_counted(world, "a.example", "no-policy-found 0 ok=2 no=0;");
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
	char *line;

	(void)state;
	record_uid = 0;
	fd = world_connect(world, false);
	world_rule(world, "good.example enforce id=1 mx=mx.good.example");
	world_rule(world, "mx.good.example tlsa=secure");
	world_rule(world, "mx.open.example tlsa=insecure");
	world_rule(world, "mx.bad.example tlsa=bogus");
	world_write(world, fd, "STS1 verdict good.example mx.good.example\n");
	free(world_read(world, fd, &(bool){false}));
	record_tell(world, fd,
	    "STS1 result good.example " DANE_OK "MX.good.example "
	    "mode=enforce\n");
	record_tell(world, fd,
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
	record_counted(world, "good.example",
	    "tlsa 47 ok=1 no=1; validation-failure mx.good.example 192.0.2.9 "
	    "192.0.2.1 mx  1;sts 65 ok=1 no=0;");
	record_tell(
	    world, fd, "STS1 result a.example " DANE_OK "mx.open.example\n");
	record_tell(world, fd,
	    "STS1 result a.example result=dnssec-invalid action=refused "
	    "policy=tlsa host=mx.bad.example\n");
	record_tell(world, fd, "STS1 result a.example " DANE_OK "a/b\n");
	record_tell(world, fd,
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
	fd = world_connect(world, true);
	world_write(world, fd, "STS1 stats\n");
	line = world_read(world, fd, &(bool){false});
	assert_non_null(strstr(line, "\"tlsa_asked\":4,\"tlsa_failed\":1}"));
	free(line);
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
	record_uid = 0;
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
	record_counted(
	    world, "a.example", "tlsa 13 ok=3 no=0;tlsa 44 ok=1 no=0;");
	world_free(world);
}

/* What was told as without a policy is, whatever is held by now. */
static void
as_it_was(void **state)
{
	struct world *world = world_new_counting();
	int fd;

	(void)state;
	record_uid = 0;
	fd = world_connect(world, false);
	world_rule(world, "a.example enforce id=1 mx=mx.a.example");
	world_write(world, fd, "STS1 verdict a.example mx.a.example\n");
	free(world_read(world, fd, &(bool){false}));
	record_tell(world, fd,
	    "STS1 result a.example result=starttls-not-supported action=sent "
	    "mode=none host=mx.a.example\n");
	record_counted(world, "a.example",
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
	record_uid = 0;
	fd = world_connect(world, false);
	world_config(world, "override \"off.example\" { mode = \"off\" }");
	record_tell(
	    world, fd, "STS1 result off.example result=success action=sent\n");
	record_counted(world, "off.example", "not-found");
	close(fd);
	world_pump(world);
	world_free(world);
}
int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(sessions),
	    cmocka_unit_test(dane),
	    cmocka_unit_test(dane_slow),
	    cmocka_unit_test(as_it_was),
	    cmocka_unit_test(unreadable),
	    cmocka_unit_test(who_may),
	    cmocka_unit_test(overridden),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
