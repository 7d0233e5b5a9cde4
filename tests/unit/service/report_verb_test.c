/* SPDX-License-Identifier: ISC */
/* The verbs of reports on the admin socket, with a reporter behind them. */
#include "sts/reporter.h"
#include "world.h"

#define MANY  102
#define HOURS INT64_C(3600000) /* ms */

static struct sts_reporter *reporter;
static enum sts_sent outcome;
static unsigned sends;

static struct sts_send *
mail(void *ctx, const char *from, const char *to, struct sts_str message,
    int64_t deadline, sts_sent_cb *cb, void *arg)
{
	(void)ctx;
	(void)to;
	(void)message;
	(void)deadline;
	assert_string_equal(from, "tls@out.example");
	sends++;
	cb(arg, outcome, outcome == STS_SENT_ACCEPTED ? "" : "no \x1b room");
	return NULL;
}

static uint32_t
zero(void *ctx)
{
	(void)ctx;
	return 0;
}

static struct world *
begin(void)
{
	static const struct sts_sending_ops sending = {.mail = mail};
	struct world *world = world_new_counting();
	struct sts_reporter_config config;
	const struct sts_reporter_deps deps = {.clock = world->clock,
	    .dns = world->dns,
	    .store = world->store,
	    .sending = {&sending, NULL},
	    .counters = world->recording.counters,
	    .log = &world->sink,
	    .random = zero};

	sts_reporter_defaults(&config);
	config.name = (struct sts_reporter_name){
	    "Ex Ltd", "tls@out.example", "out.example", NULL};
	config.delay = 12 * HOURS; /* all is done by hand */
	reporter = sts_reporter_new(&deps, &config);
	assert_non_null(reporter);
	world->recording.reporter = reporter;
	world_rule(world, "asks.example tlsrpt=yes");
	world_rule(world, "b.example");
	outcome = STS_SENT_ACCEPTED;
	sends = 0;
	return world;
}

static void
end(struct world *world, int fd)
{
	close(fd);
	world_pump(world);
	sts_reporter_free(reporter);
	world->recording.reporter = NULL;
	world_free(world);
}

static void
tell(struct world *world, int fd, const char *domain)
{
	char line[128];

	snprintf(line, sizeof(line),
	    "STS1 result %s result=success action=sent\n", domain);
	world_write(world, fd, line);
	world_expect(world, fd, "STS1 ok\n");
}

static void
ask(struct world *world, int fd, const char *question, const char *answer)
{
	world_write(world, fd, question);
	world_expect(world, fd, answer);
}

/* What is in a row, and what is no place to go on from. */
static void
today(void **state)
{
	struct world *world = begin();
	int fd = world_connect(world, true);

	(void)state;
	ask(world, fd, "STS1 reports\n",
	    "STS1 json {\"reports\":[],\"more\":false}\n");
	tell(world, fd, "b.example");
	ask(world, fd, "STS1 reports\n",
	    "STS1 json {\"reports\":[{\"day\":\"2027-01-15\",\"domain\":"
	    "\"b.example\",\"state\":\"open\",\"next\":0,\"tries\":0,\"id\":"
	    "\"\",\"last\":\"\"}],\"more\":false}\n");
	ask(world, fd, "STS1 reports after=2027-01-15/b.example\n",
	    "STS1 json {\"reports\":[],\"more\":false}\n");
	ask(world, fd,
	    "STS1 reports after=2027-01-15\n"
	    "STS1 reports after=2027-01-15.b.example\n"
	    "STS1 reports from=2027-01-15/b.example\n"
	    "STS1 reports after=2027-01-15/-\n",
	    "STS1 error syntax text=want%20after=YYYY-MM-DD/DOMAIN\n"
	    "STS1 error syntax text=want%20after=YYYY-MM-DD/DOMAIN\n"
	    "STS1 error syntax text=want%20after=YYYY-MM-DD/DOMAIN\n"
	    "STS1 error domain text=not%20a%20domain%20name\n");
	ask(world, fd, "STS1 report-send b.example day=2027-01-15\n",
	    "STS1 error not-found text=nothing%20is%20counted%20of%20this%20"
	    "domain%20and%20day\n");
	end(world, fd);
}

static void
expect_count(struct world *world, int fd, const char *question, unsigned rows,
    const char *end_of_it)
{
	bool closed = false;
	char *line, *at;
	unsigned n = 0;

	world_write(world, fd, question);
	line = world_read(world, fd, &closed);
	for (at = line; (at = strstr(at, "\"day\"")) != NULL; at++)
		n++;
	assert_int_equal(n, rows);
	assert_non_null(strstr(line, end_of_it));
	free(line);
}

/* A hundred failures are shown, of all that there are. */
static void
failures(void **state)
{
	struct world *world = begin();
	int fd = world_connect(world, true);
	char line[128], *answer, *at;
	bool closed = false;
	unsigned n = 0;

	(void)state;
	for (unsigned i = 0; i <= 100; i++) {
		snprintf(line, sizeof(line),
		    "STS1 result b.example result=certificate-expired "
		    "action=would-refuse host=mx%u.b.example\n",
		    i);
		ask(world, fd, line, "STS1 ok\n");
	}
	world->log[0] = '\0';
	world_write(world, fd, "STS1 report b.example day=2027-01-15\n");
	answer = world_read(world, fd, &closed);
	for (at = answer; (at = strstr(at, "\"sessions\":1")) != NULL; at++)
		n++;
	assert_int_equal(n, 100);
	assert_non_null(strstr(answer, "],\"details_count\":101}"));
	assert_non_null(strstr(answer, "\"failed\":101,"));
	free(answer);
	ask(world, fd, "STS1 report-preview a.example day=2027-01-15\n",
	    "STS1 error not-found text=nothing%20is%20counted%20of%20this%20"
	    "domain%20and%20day\n");
	end(world, fd);
}

/* A hundred at once, and the rest from where they end. */
static void
in_parts(void **state)
{
	struct world *world = begin();
	int fd = world_connect(world, true);
	char domain[32];

	(void)state;
	for (unsigned i = 0; i < MANY; i++) {
		snprintf(domain, sizeof(domain), "d%03u.example", i);
		tell(world, fd, domain);
	}
	expect_count(world, fd, "STS1 reports\n", 100, "\"more\":true}\n");
	expect_count(world, fd, "STS1 reports after=2027-01-15/d099.example\n",
	    2, "\"more\":false}\n");
	expect_count(world, fd, "STS1 reports after=2027-01-15/d001.example\n",
	    100, "\"more\":false}\n");
	end(world, fd);
}

#define NEXT_DAY "STS1 json {\"reports\":[{\"day\":\"2027-01-15\",\"domain\":"

/* By hand, when the day is over. */
static void
send_it(void **state)
{
	struct world *world = begin();
	int fd = world_connect(world, true);

	(void)state;
	tell(world, fd, "asks.example");
	tell(world, fd, "b.example");
	close(fd);
	world_pass(world, 17 * HOURS);
	fd = world_connect(world, true);
	ask(world, fd, "STS1 report-send b.example day=2027-01-15\n",
	    "STS1 error not-found text=nothing%20is%20counted%20of%20this%20"
	    "domain%20and%20day\n");
	outcome = STS_SENT_RETRY;
	ask(world, fd, "STS1 report-send asks.example day=2027-01-15\n",
	    "STS1 temp asks.example reason=report detail=temporary\n");
	assert_int_equal(sends, 1);
	ask(world, fd, "STS1 reports\n",
	    NEXT_DAY
	    "\"asks.example\",\"state\":\"due\",\"next\":1800061800,"
	    "\"tries\":1,\"id\":\"2027-01-15.asks.example@out.example\","
	    "\"last\":\"no\\u0020\\\\x1b\\u0020room\"},"
	    "{\"day\":\"2027-01-15\",\"domain\":\"b.example\","
	    "\"state\":\"not-asked-for\",\"next\":0,\"tries\":1,\"id\":\"\","
	    "\"last\":\"no\\u0020record\"}],\"more\":false}\n");
	outcome = STS_SENT_ACCEPTED;
	ask(world, fd,
	    "STS1 report-send asks.example day=2027-01-15 progress\n",
	    "STS1 ok\n");
	ask(world, fd, "STS1 report-send asks.example day=2027-01-15\n",
	    "STS1 ok\n");
	assert_int_equal(sends, 2);
	ask(world, fd, "STS1 reports after=2027-01-15/a.example\n",
	    NEXT_DAY
	    "\"asks.example\",\"state\":\"sent\",\"next\":0,"
	    "\"tries\":2,\"id\":\"2027-01-15.asks.example@out.example\","
	    "\"last\":\"\"},"
	    "{\"day\":\"2027-01-15\",\"domain\":\"b.example\","
	    "\"state\":\"not-asked-for\",\"next\":0,\"tries\":1,\"id\":\"\","
	    "\"last\":\"no\\u0020record\"}],\"more\":false}\n");
	end(world, fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(today),
	    cmocka_unit_test(failures),
	    cmocka_unit_test(in_parts),
	    cmocka_unit_test(send_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
