/* SPDX-License-Identifier: ISC */
/* Overrides and questions: who is asked, and what a reload changes. */
#include <glob.h>

#include "world.h"

#define POLICY(mode, more)                                         \
	"STS1 policy slow.example mode=" mode                      \
	" id=1 state=fresh fetched=1800000001 expires=1800604801 " \
	"mx=mx.slow.example" more "\n"

static const char pinned[] =
    "peer.policy version: STSv1|mode: enforce|mx: mx.b.example|max_age: 1|";

static void
ask(struct world *world, int fd, const char *question, const char *answer)
{
	world_write(world, fd, question);
	world_expect(world, fd, answer);
}

/* Off and pinned: no verb asks DNS or a policy host anything. */
static void
test_nothing_is_asked(void **state)
{
	static const char *const verbs[] = {"policy %s", "verdict %s mx.e",
	    "usable %s", "stance %s mx.e", "hosts %s", "passed %s",
	    "refused %s", "refresh %s",
	    "result %s result=starttls-not-supported action=refused",
	    "result %s result=success action=sent"};
	static const char *const names[] = {"a.example", "b.example"};
	struct world *world = world_new();
	int fd = world_connect(world, true);
	char form[128], text[256], *got;
	size_t i, j;
	bool eof;

	(void)state;
	world_file(world, pinned);
	world_config(world, "override a.example { mode = off }");
	world_config(
	    world, "override b.example { policy = \"DIR/peer.policy\" }");
	world_rule(world, "a.example enforce id=1 mx=mx.a.example");
	world_rule(world, "b.example enforce id=1 mx=mx.a.example");
	for (i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		for (j = 0; j < 2; j++) {
			snprintf(form, sizeof(form), "STS1 %s\n", verbs[i]);
			snprintf(text, sizeof(text), form, names[j]);
			world_write(world, fd, text);
			got = world_read(world, fd, &eof);
			assert_false(eof);
			assert_null(strstr(got, "error"));
			assert_int_equal(
			    strchr(got, '\n') - got + 1, strlen(got));
			free(got);
		}
	}
	assert_int_equal(world->txt_asked, 0);
	assert_int_equal(world->fetched, 0);
	world->log[0] = '\0'; /* refusals; result_test has their lines */
	close(fd);
	world_free(world);
}

/* The words that tell an override are in no answer that is compared whole. */
static void
test_bare_answers(void **state)
{
	struct world *world = world_new();
	int fd = world_connect(world, false);

	(void)state;
	world_config(world, "override .example { mode = enforce }");
	world_rule(world, "a.example testing id=1 mx=mx.a.example");
	ask(world, fd, "STS1 stance a.example mx.a.example\n",
	    "STS1 stance a.example mx.a.example enforce\n");
	ask(world, fd, "STS1 hosts a.example\n",
	    "STS1 hosts a.example only mx.a.example\n");
	ask(world, fd, "STS1 refused a.example\n", "STS1 ok\n");
	world_expect_log(world, "refused domain=a.example override=enforce "
				"origin=\"stsgate.conf:1\"");
	close(fd);
	world_free(world);
}

/* A domain in memory: what a reload says holds from the next answer on. */
static void
test_reload(void **state)
{
	static const char plain[] = POLICY("enforce", "");
	struct world *world = world_new();
	int fd = world_connect(world, false);

	(void)state;
	world_rule(world, "slow.example enforce id=1 mx=mx.slow.example");
	world->mono = 1000;
	ask(world, fd, "STS1 policy slow.example\n", plain);
	world_config(world, "override slow.example { mode = testing }");
	ask(world, fd, "STS1 policy slow.example\n",
	    POLICY("testing", " override=testing origin=stsgate.conf:1 "
			      "domain-mode=enforce"));
	world_no_config(world);
	world_config(world, "override .example { mode = off }");
	ask(world, fd, "STS1 policy slow.example\n",
	    "STS1 none slow.example state=override reason=override-off "
	    "override=off origin=stsgate.conf:1\n");
	world_no_config(world);
	ask(world, fd, "STS1 policy slow.example\n", plain);
	assert_int_equal(world->fetched, 1);
	close(fd);
	world_free(world);
}

/* Questions that are open over a reload: by what holds when they end, and
 * answers that wait their turn keep what they were given by. */
static void
test_reload_with_open_questions(void **state)
{
	struct world *world = world_new();
	int fd = world_connect(world, false);

	(void)state;
	world_rule(
	    world, "slow.example enforce id=1 mx=mx.slow.example slow=1000");
	world_config(world, "override a.example { mode = off }");
	world_config(world, "override slow.example { mode = testing }");
	world_write(world, fd,
	    "STS1 policy slow.example\nSTS1 policy a.example\n"
	    "STS1 usable slow.example\n");
	world_no_config(world);
	world_config(world, "override slow.example { mode = off }");
	world_expect(world, fd, "");
	world_pass(world, 1000);
	world_expect(world, fd,
	    "STS1 none slow.example state=override reason=override-off "
	    "override=off origin=stsgate.conf:1\n"
	    "STS1 none a.example state=override reason=override-off "
	    "override=off origin=stsgate.conf:1\n"
	    "STS1 none slow.example state=override reason=override-off "
	    "override=off origin=stsgate.conf:1\n");
	world_no_config(world);
	ask(world, fd, "STS1 policy slow.example\n", POLICY("enforce", ""));
	close(fd);
	world_free(world);
}

/* The hosts of a domain that was cold, by its policy in another mode. */
static void
test_cold_usable(void **state)
{
	struct world *world = world_new();
	int fd = world_connect(world, false);

	(void)state;
	world_rule(world, "slow.example testing id=1 mx=mx.slow.example "
			  "hosts=10:evil.example,20:mx.slow.example slow=1000");
	world_config(world, "override slow.example { mode = enforce }");
	world_write(world, fd, "STS1 usable slow.example\n");
	world_expect(world, fd, "");
	world_pass(world, 1000);
	world_expect(world, fd,
	    "STS1 usable slow.example mode=enforce id=1 mx=mx.slow.example "
	    "override=enforce origin=stsgate.conf:1 domain-mode=testing\n");
	close(fd);
	world_free(world);
}

/* The MX records come after a reload: the answer tells what it was given by,
 * though that is gone from the configuration. */
static void
test_reload_before_hosts(void **state)
{
	struct world *world = world_new();
	int fd = world_connect(world, false);

	(void)state;
	world_rule(world, "a.example testing id=1 mx=mx.a.example "
			  "hosts=10:mx.a.example hosts-slow=500");
	world_config(world, "override a.example { mode = enforce }");
	world_write(world, fd, "STS1 usable a.example\nSTS1 ping\n");
	world_no_config(world);
	world_config(world, "override b.example { mode = off }");
	world_pass(world, 500);
	world_expect(world, fd,
	    "STS1 usable a.example mode=enforce id=1 mx=mx.a.example "
	    "override=enforce origin=stsgate.conf:1 domain-mode=testing\n"
	    "STS1 pong " STS_VERSION "\n");
	world_write(world, fd, "STS1 usable a.example\n");
	close(fd);
	world_pass(world, 500);
	world_free(world);
}

/* The client goes while its question is open and the set is gone. */
static void
test_client_goes(void **state)
{
	struct world *world = world_new();
	int fd = world_connect(world, false);

	(void)state;
	world_rule(world, "slow.example enforce id=1 slow=1000");
	world_config(world, "override .example { mode = enforce }");
	world_write(world, fd, "STS1 usable slow.example\nSTS1 ping\n");
	world_no_config(world);
	close(fd);
	world_pass(world, 2000);
	world_free(world);
}

/* A policy of a file that changed is another one after a reload. */
static void
test_pinned_file_changes(void **state)
{
	struct world *world = world_new();
	int fd = world_connect(world, false);

	(void)state;
	world_file(world, pinned);
	world_config(
	    world, "override b.example { policy = \"DIR/peer.policy\" }");
	ask(world, fd, "STS1 hosts b.example\n",
	    "STS1 hosts b.example only mx.b.example\n");
	world_file(world,
	    "peer.policy version: STSv1|mode: enforce|mx: new.b.example|"
	    "max_age: 1|");
	ask(world, fd, "STS1 hosts b.example\n",
	    "STS1 hosts b.example only mx.b.example\n");
	world_config(world, "# the same, read anew");
	ask(world, fd, "STS1 hosts b.example\n",
	    "STS1 hosts b.example only new.b.example\n");
	close(fd);
	world_free(world);
}

/* A refusal under an override has the record read before it is answered, as
 * any (APP-3); testing made out of enforce refuses nothing. */
static void
test_check_before_refusal(void **state)
{
	struct world *world = world_new();
	int fd = world_connect(world, false);

	(void)state;
	world_rule(world, "a.example testing id=1 mx=mx.a.example");
	world_rule(world, "b.example enforce id=1 mx=mx.b.example");
	world_config(world, "override a.example { mode = enforce }");
	world_config(world, "override b.example { mode = testing }");
	ask(world, fd, "STS1 verdict a.example mx.a.example\n",
	    "STS1 match a.example mode=enforce host=mx.a.example id=1 "
	    "override=enforce origin=stsgate.conf:1 domain-mode=testing\n");
	ask(world, fd, "STS1 stance b.example mx.b.example\n",
	    "STS1 stance b.example mx.b.example testing\n");
	world_pass(world, 120000);
	assert_int_equal(world->txt_asked, 2);
	world_rule(world, "a.example testing id=2 mx=evil.example");
	ask(world, fd, "STS1 verdict a.example evil.example\n",
	    "STS1 match a.example mode=enforce host=evil.example id=2 "
	    "override=enforce origin=stsgate.conf:1 domain-mode=testing\n");
	assert_int_equal(world->txt_asked, 3);
	ask(world, fd, "STS1 stance b.example evil.example\n",
	    "STS1 stance b.example evil.example testing-mismatch\n");
	assert_int_equal(world->txt_asked, 3);
	close(fd);
	world_free(world);
}

/* No verb asks the engine behind the back of the overrides. */
static void
test_one_place(void **state)
{
	static const char *const calls[] = {"sts_engine_ask(",
	    "sts_engine_refresh(", "sts_engine_recheck(",
	    "sts_engine_refused("};
	char text[65536];
	size_t i, j, n, places = 0;
	glob_t found;

	(void)state;
	assert_int_equal(
	    glob(STS_SOURCE_DIR "/core/service/*.c", 0, NULL, &found), 0);
	for (i = 0; i < found.gl_pathc; i++) {
		FILE *file = fopen(found.gl_pathv[i], "r");

		n = fread(text, 1, sizeof(text) - 1, file);
		text[n] = '\0';
		fclose(file);
		for (j = 0; j < sizeof(calls) / sizeof(calls[0]); j++) {
			if (strstr(text, calls[j]) == NULL)
				continue;
			if (strstr(found.gl_pathv[i], "/override_task.c"))
				places++;
			else
				fail_msg(
				    "%s in %s", calls[j], found.gl_pathv[i]);
		}
	}
	assert_int_equal(places, 4);
	globfree(&found);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_nothing_is_asked),
	    cmocka_unit_test(test_bare_answers),
	    cmocka_unit_test(test_reload),
	    cmocka_unit_test(test_reload_with_open_questions),
	    cmocka_unit_test(test_cold_usable),
	    cmocka_unit_test(test_reload_before_hosts),
	    cmocka_unit_test(test_client_goes),
	    cmocka_unit_test(test_pinned_file_changes),
	    cmocka_unit_test(test_check_before_refusal),
	    cmocka_unit_test(test_one_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
