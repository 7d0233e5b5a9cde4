/* SPDX-License-Identifier: ISC */
/* What the admin socket tells of a cluster; in it, alone, and cut off. */
#include "world.h"

static const char *level = "ok";
static enum sts_err leases_err;
static bool never; /* the leases are not told */
static sts_store_done_cb *owed;
static void *owed_arg;

static const char *
state(void *ctx)
{
	(void)ctx;
	return level;
}

static void
stats(void *ctx, struct sts_shared_stats *out)
{
	(void)ctx;
	*out = (struct sts_shared_stats){.place = "redis://h\xff:6379",
	    .commands = 1,
	    .gets = 2,
	    .hits = 3,
	    .misses = 4,
	    .failed = 5,
	    .refused = 6,
	    .puts = 7,
	    .puts_older = 8,
	    .dropped = 9,
	    .leases = 10,
	    .leases_held = 11,
	    .announced = 12,
	    .heard = 13,
	    .connects = 14,
	    .losses = 15,
	    .waiting = 16,
	    .keys = 17,
	    .evicted = 18,
	    .round_trip = 19};
}

static void
leases(void *ctx, size_t limit, int64_t deadline, sts_shared_lease_cb *each,
    sts_store_done_cb *done, void *arg)
{
	(void)ctx;
	(void)deadline;
	assert_int_equal(limit, 100);
	each(arg, sts_str("a.example"), sts_str("host \"one\""), 59000);
	if (never) {
		owed = done;
		owed_arg = arg;
	} else {
		done(arg, leases_err);
	}
}

static const struct sts_shared_ops ops = {
    .state = state, .stats = stats, .leases = leases};

#define COUNTS                                                             \
	"\"place\":\"redis://h\\\\xff:6379\",\"commands\":1,\"gets\":2,"   \
	"\"hits\":3,\"misses\":4,\"failed\":5,\"refused\":6,\"puts\":7,"   \
	"\"puts_older\":8,\"dropped\":9,\"leases\":10,\"leases_held\":11," \
	"\"announced\":12,\"heard\":13,\"connects\":14,\"losses\":15,"     \
	"\"waiting\":16,\"keys\":17,\"evicted\":18}"
#define ENGINE                                                           \
	"\"round_trip_us\":19,\"engine\":{\"hits\":0,\"taken\":0,"       \
	"\"fetched\":0,\"extended\":0,\"differs\":0,\"lease_waited\":0," \
	"\"lease_overdue\":0},"

static void
shared_level_and_who_holds_leases(void **unused)
{
	struct world *world = world_new_in((struct sts_shared){&ops, NULL});
	int fd = world_connect(world, true);

	(void)unused;
	world_write(world, fd, "STS1 cluster\n");
	world_expect(world, fd,
	    "STS1 json {\"level\":\"shared\"," ENGINE
	    "\"shared\":{\"state\":\"ok\"," COUNTS
	    ",\"leases\":[{\"domain\":\"a.example\",\"holder\":"
	    "\"host\\u0020\\\\x22one\\\\x22\",\"left_ms\":59000}]}\n");
	close(fd);
	world_pump(world);
	world_free(world);
}

static void
cut_off(void **unused)
{
	struct world *world = world_new_in((struct sts_shared){&ops, NULL});
	int fd = world_connect(world, true);

	(void)unused;
	level = "local only: timeout";
	leases_err = STS_ETEMP;
	world_write(world, fd, "STS1 cluster\n");
	world_expect(world, fd,
	    "STS1 json {\"level\":\"local\"," ENGINE
	    "\"shared\":{\"state\":\"local\\u0020only:\\u0020timeout\"," COUNTS
	    ",\"leases\":null}\n");
	level = "ok";
	leases_err = STS_OK;
	close(fd);
	world_pump(world);
	world_free(world);
}

/* Who asked is gone before the answer; nothing is lost or used twice. */
static void
nobody_waits_any_more(void **unused)
{
	struct world *world = world_new_in((struct sts_shared){&ops, NULL});
	int fd = world_connect(world, true);

	(void)unused;
	never = true;
	world_write(world, fd, "STS1 cluster\n");
	world_pump(world);
	close(fd);
	world_pump(world);
	owed(owed_arg, STS_OK);
	never = false;
	world_free(world);
}

static void
alone(void **unused)
{
	struct world *world = world_new();
	int fd = world_connect(world, true);

	(void)unused;
	world_write(world, fd, "STS1 cluster\n");
	world_expect(world, fd, "STS1 json {\"level\":\"alone\"}\n");
	close(fd);
	fd = world_connect(world, false);
	world_write(world, fd, "STS1 cluster\n");
	world_expect(world, fd,
	    "STS1 error verb text=no%20such%20verb%20on%20this%20socket\n");
	close(fd);
	world_pump(world);
	world_free(world);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(shared_level_and_who_holds_leases),
	    cmocka_unit_test(cut_off),
	    cmocka_unit_test(nobody_waits_any_more),
	    cmocka_unit_test(alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
