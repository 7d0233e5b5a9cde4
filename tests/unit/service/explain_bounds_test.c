/* SPDX-License-Identifier: ISC */
/* explain: what it says stays bounded and escaped, and it can end anywhere. */
#include <jansson.h>

#include "explain_step.h"
#include "world.h"

#define GOOD    "good.example enforce id=1 mx=mx.good.example"
#define START   "STS1 json "
#define RECORDS 300
#define BODY    65536

/* DNS and HTTPS as hostile as they come, or that never answer. */
struct hostile {
	bool silent;
	unsigned asked, cancelled;
	char record[RECORDS][255];
	char body[BODY];
};

static struct sts_dns_query *
never(struct hostile *hostile)
{
	hostile->asked++;
	return (struct sts_dns_query *)(void *)hostile;
}

static struct sts_dns_query *
txt(void *ctx, const char *name, int64_t deadline, sts_dns_cb *cb, void *arg)
{
	struct hostile *hostile = ctx;
	struct sts_str rr[RECORDS];
	struct sts_dns_answer answer = {.status = STS_DNS_FOUND, .ttl = 1};

	(void)name;
	(void)deadline;
	if (hostile->silent)
		return never(hostile);
	for (size_t i = 0; i < RECORDS; i++)
		rr[i] = (struct sts_str){hostile->record[i], 255};
	answer.txt = (struct sts_txt){rr, RECORDS};
	cb(arg, &answer);
	return NULL;
}

static struct sts_dns_query *
mx(void *ctx, const char *name, int64_t deadline, sts_dns_cb *cb, void *arg)
{
	static struct sts_mx hosts[STS_MX_MAX];
	struct sts_dns_answer answer = {
	    .status = STS_DNS_FOUND, .ttl = 1, .mx = hosts, .n_mx = STS_MX_MAX};

	(void)name;
	(void)deadline;
	if (((struct hostile *)ctx)->silent)
		return never(ctx);
	for (size_t i = 0; i < STS_MX_MAX; i++) {
		memset(hosts[i].host, '\\', STS_DOMAIN_MAX);
		hosts[i].host[0] = '\x1b';
	}
	cb(arg, &answer);
	return NULL;
}

static void
cancel(void *ctx, struct sts_dns_query *query)
{
	struct hostile *hostile = ctx;

	(void)query;
	hostile->cancelled++;
}

static struct sts_dns
dns_of(struct hostile *hostile)
{
	static const struct sts_dns_ops ops = {
	    .txt = txt, .mx = mx, .cancel = cancel};

	return (struct sts_dns){&ops, hostile};
}

/* One line, printable, within the protocol's bound; and JSON if it says so. */
static void
assert_bounded(const char *got)
{
	size_t n = strlen(got);
	json_t *json;

	assert_true(n > 0 && n <= 65536);
	assert_ptr_equal(strchr(got, '\n'), got + n - 1);
	for (size_t i = 0; i + 1 < n; i++)
		assert_true(got[i] >= ' ' && got[i] <= '~');
	assert_int_equal(strncmp(got, START, strlen(START)), 0);
	json = json_loads(got + strlen(START), 0, NULL);
	assert_non_null(json);
	json_decref(json);
}

/* Records, a body and hosts of one octet, or of odd lines; the last record is
 * a good one. */
static void
check_hostile(unsigned char octet, bool lines)
{
	struct hostile *hostile = calloc(1, sizeof(*hostile));
	struct world *world = world_new();
	struct sts_http_answer answer = {.status = STS_HTTP_OK, .code = 200};
	int fd = world_connect(world, true);
	bool eof;
	char *got;

	memset(hostile->record, octet, sizeof(hostile->record));
	memset(hostile->body, octet, BODY);
	for (size_t i = 0; octet == 'a' && i < BODY; i += 2)
		hostile->body[i] = hostile->record[i / 255 % 99][i % 255] = ' ';
	memset(hostile->record[RECORDS - 1], ' ', 255);
	memcpy(hostile->record[RECORDS - 1], "v=STSv1;id=1;", 13);
	for (size_t i = 99; lines && i < BODY; i += 100)
		hostile->body[i] = '\n';
	memcpy(hostile->body,
	    "version: STSv1\nmode: enforce\nmax_age: 99999999999\n"
	    "max_age: 999999999\nmx: a.example\n",
	    lines ? 84 : 0);
	answer.body = (struct sts_str){hostile->body, BODY};
	world->http = &answer;
	sts_service_use_dns(world->service, dns_of(hostile));
	world_write(world, fd, "STS1 explain a.example\n");
	got = world_read(world, fd, &eof);
	assert_bounded(got);
	assert_non_null(strstr(got, "\"step\":\"answer\""));
	free(got);
	close(fd);
	world_free(world);
	free(hostile);
}

static void
test_hostile(void **state)
{
	static const unsigned char octets[] = {
	    0, 1, '\n', '\r', 0x1b, ' ', 'a', '"', '%', '\\', 0x7f, 0x80, 0xff};

	(void)state;
	for (size_t i = 0; i < sizeof(octets); i++) {
		check_hostile(octets[i], true);
		check_hostile(octets[i], false);
	}
}

/* Notes end where their room does, and are counted; a space takes six. */
static void
test_room(void **state)
{
	struct sts_steps steps = {.list = json_array(), .room = 4000};
	char *text;

	(void)state;
	sts_step(&steps, "txt", STS_STEP_OK, -1, "", "%300s\x1b", "");
	for (int i = 0; i < 100; i++)
		sts_note(&steps, STS_STEP_NO, "", "%90s\x1b\xff\"", "");
	assert_false(steps.failed);
	assert_in_range(steps.left_out, 90, 99);
	text = json_dumps(steps.list, JSON_COMPACT);
	assert_in_range(strlen(text), 500, 4000);
	assert_null(strpbrk(text, "\x1b\xff"));
	free(text);
	json_decref(steps.list);
}

/* What is not needed any more is called off, wherever it stands. */
static void
test_cancel(void **state)
{
	struct hostile hostile = {.silent = true};
	struct world *world = world_new();
	int fd = world_connect(world, true);
	bool eof;
	char *got;

	(void)state;
	sts_service_use_dns(world->service, dns_of(&hostile));
	world_write(world, fd, "STS1 explain a.example progress\n");
	got = world_read(world, fd, &eof);
	assert_string_equal(got, "STS1 wait\n");
	free(got);
	assert_int_equal(hostile.asked, 2);
	close(fd);
	world_pass(world, 1000); /* the next line finds nobody */
	assert_int_equal(hostile.cancelled, 2);
	world_free(world);
}

static void
on_stopped(void *arg)
{
	*(bool *)arg = true;
}

static void
test_stop(void **state)
{
	struct hostile hostile = {.silent = true};
	struct world *world = world_new();
	int fd = world_connect(world, true);
	bool stopped = false;

	(void)state;
	sts_service_use_dns(world->service, dns_of(&hostile));
	world_write(world, fd, "STS1 explain a.example\n");
	sts_service_stop(world->service, on_stopped, &stopped);
	world_pass(world, 5000);
	world_expect_end(world, fd, "STS1 temp a.example reason=stopping\n");
	assert_int_equal(hostile.cancelled, 2);
	assert_true(stopped);
	world_free(world);
}

/* Four at once; a place is free again when its look ends, however. */
static void
test_places(void **state)
{
	struct world *world = world_new();
	int fd[5];
	size_t i;
	bool eof;
	char *got;

	(void)state;
	world_rule(world, GOOD " slow=1000");
	for (int round = 0; round < 3; round++) {
		for (i = 0; i < 5; i++) {
			fd[i] = world_connect(world, true);
			world_write(world, fd[i],
			    "STS1 explain good.example progress\n");
		}
		world_expect(
		    world, fd[4], "STS1 temp good.example reason=busy\n");
		if (round != 1) /* else they go without an answer */
			world_pass(world, 1000);
		for (i = 0; i < 5; i++) {
			got = world_read(world, fd[i], &eof);
			if (i < 4 && round != 1)
				assert_non_null(strstr(got, START));
			free(got);
			close(fd[i]);
		}
		world_pass(world, 600);
	}
	world_free(world);
}

/* An own limit is told, and is never an answer of the domain. */
static void
test_question(void **state)
{
	struct world *world = world_new();
	int fd = world_connect(world, true), other;

	(void)state;
	world_write(world, fd, "STS1 explain a.example host=\n");
	world_expect(world, fd, "STS1 error syntax text=want%20host=HOST\n");
	world_write(world, fd, "STS1 explain a..b host=x\n");
	world_expect(world, fd,
	    "STS1 none a..b state=unsupported reason=no-policy-host\n");
	world_write(world, fd, "STS1 explain a.example host=a host=b\n");
	world_expect(world, fd,
	    "STS1 error syntax text=too%20few%20or%20too%20many%20words\n");
	other = world_connect(world, false); /* the query socket has it not */
	world_write(world, other, "STS1 explain a.example\n");
	world_expect(world, other,
	    "STS1 error verb text=no%20such%20verb%20on%20this%20socket\n");
	close(fd);
	close(other);
	world_free(world);
}

static int left = -1; /* allocations of jansson until one fails */

static void *
scarce(size_t n)
{
	return left >= 0 && left-- == 0 ? NULL : malloc(n);
}

/* No memory at any one moment: temporary, never half an answer. */
static void
test_memory(void **state)
{
	struct world *world = world_new();
	int fd = world_connect(world, true), n;
	bool eof, failed = true;
	char *got;

	(void)state;
	world_rule(world, GOOD);
	json_set_alloc_funcs(scarce, free);
	for (n = 0; failed && n < 5000; n++) {
		left = n;
		world_write(world, fd, "STS1 explain good.example host=a.b\n");
		failed = left < 0;
		left = -1;
		got = world_read(world, fd, &eof);
		if (failed)
			assert_string_equal(
			    got, "STS1 temp good.example reason=no-memory\n");
		else
			assert_bounded(got);
		free(got);
	}
	assert_true(!failed && n > 100);
	json_set_alloc_funcs(malloc, free);
	close(fd);
	world_free(world);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_hostile),
	    cmocka_unit_test(test_room),
	    cmocka_unit_test(test_cancel),
	    cmocka_unit_test(test_stop),
	    cmocka_unit_test(test_places),
	    cmocka_unit_test(test_question),
	    cmocka_unit_test(test_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
