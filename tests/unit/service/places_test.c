/* SPDX-License-Identifier: ISC */
/* All places taken: whose connection makes way. The peers' uids are ours. */
#include <sys/un.h>

#include "world.h"

#define PING "STS1 ping\n"
#define PONG "STS1 pong " STS_VERSION "\n"
#define BUSY "STS1 temp - reason=busy\n"
#define SLOW "STS1 policy slow.example\n"
#define NONE "STS1 none slow.example state=negative reason=no-record\n"

#define MAIL  100
#define OTHER 200

int
__real_getsockopt(int fd, int level, int name, void *value, socklen_t *size);
int
__wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *size);

static uid_t peer; /* whose are the connections accepted now */
static struct sockaddr_un address = {.sun_family = AF_UNIX};

int
__wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *size)
{
	int rc = __real_getsockopt(fd, level, name, value, size);

	if (rc == 0 && level == SOL_SOCKET && name == SO_PEERCRED)
		((struct ucred *)value)->uid = peer;
	return rc;
}

static struct world *
world_of(size_t places)
{
	struct world *world = world_new();
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	unlink(address.sun_path);
	assert_int_equal(
	    bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, 100), 0);
	world->config.connections_max = places;
	sts_service_configure(world->service, &world->config);
	assert_int_equal(sts_service_listen(world->service, fd, false), STS_OK);
	world_rule(world, "slow.example slow=5000");
	return world;
}

static int
connected(struct world *world, uid_t uid)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

	peer = uid;
	assert_int_equal(
	    connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	world_pump(world);
	return fd;
}

static int
asking(struct world *world, uid_t uid, const char *question)
{
	int fd = connected(world, uid);

	world_write(world, fd, question);
	return fd;
}

static bool
closed(int fd)
{
	char c;

	return recv(fd, &c, 1, MSG_DONTWAIT | MSG_PEEK) == 0;
}

/* A user who says nothing on all places: mail's questions are answered. */
static void
test_silent_user(void **state)
{
	struct world *world = world_of(8);
	int silent[8], fd, i;

	(void)state;
	for (i = 0; i < 8; i++)
		silent[i] = connected(world, OTHER);
	for (i = 0; i < 8; i++) {
		assert_false(closed(silent[i]));
		fd = asking(world, MAIL, PING);
		world_expect(world, fd, PONG);
		close(fd);
		world_pump(world);
		silent[i] = (close(silent[i]), connected(world, OTHER));
	}
	world_expect_log(world, "busy connections=8 uid=200 of=8");
	for (i = 0; i < 8; i++)
		close(silent[i]);
	world_free(world);
}

/* Of one user's, the longest silent goes, and none with a question open. */
static void
test_longest_silent(void **state)
{
	struct world *world = world_of(4);
	int fd[4], next;

	(void)state;
	fd[0] = asking(world, MAIL, SLOW);
	world_pass(world, 10);
	fd[1] = connected(world, MAIL);
	world_pass(world, 10);
	fd[2] = connected(world, MAIL);
	world_pass(world, 10);
	fd[3] = connected(world, MAIL);
	world_write(world, fd[1], PING); /* no longer the longest */
	world_expect(world, fd[1], PONG);
	next = asking(world, MAIL, PING);
	world_expect(world, next, PONG);
	world_expect_end(world, fd[2], "");
	assert_false(closed(fd[1]) || closed(fd[3]));
	world_pass(world, 5000);
	world_expect(world, fd[0], NONE);
	world_expect_log(world, "busy connections=4 uid=100 of=5");
	close(fd[0]);
	close(fd[1]);
	close(fd[3]);
	close(next);
	world_free(world);
}

/* He who has most makes way, also with questions open; others are not hurt. */
static void
test_asking_user(void **state)
{
	struct world *world = world_of(4);
	int other[4], mail, late, i;

	(void)state;
	mail = connected(world, MAIL); /* silent, but not for long */
	for (i = 0; i < 3; i++) {
		world_pass(world, 10);
		other[i] = asking(world, OTHER, SLOW);
	}
	/* His next is one too many. */
	other[3] = connected(world, OTHER);
	world_expect_end(world, other[3], BUSY);
	world_expect_log(world, "busy connections=4 uid=200 of=3");
	assert_false(closed(mail));
	world_write(world, mail, SLOW);
	late = asking(world, MAIL, SLOW);
	world_expect_end(world, other[0], "");
	/* Two each: nobody makes way for either. */
	i = connected(world, MAIL);
	world_expect_end(world, i, BUSY);
	i = connected(world, OTHER);
	world_expect_end(world, i, BUSY);
	world_pass(world, 5000);
	world_expect(world, mail, NONE);
	world_expect(world, late, NONE);
	world_expect(world, other[1], NONE);
	world_expect(world, other[2], NONE);
	world->log[0] = '\0';
	close(mail);
	close(late);
	close(other[1]);
	close(other[2]);
	world_free(world);
}

/* Who asks on more than half of the places yet gets those nobody uses. */
static void
test_silent_for_a_second(void **state)
{
	struct world *world = world_of(4);
	int mail[4], other, i;

	(void)state;
	for (i = 0; i < 3; i++)
		mail[i] = asking(world, MAIL, SLOW);
	other = connected(world, OTHER);
	world_pass(world, 999);
	mail[3] = connected(world, MAIL);
	world_expect_end(world, mail[3], BUSY);
	assert_false(closed(other));
	world_pass(world, 1);
	mail[3] = asking(world, MAIL, PING);
	world_expect(world, mail[3], PONG);
	world_expect_end(world, other, "");
	world->log[0] = '\0';
	for (i = 0; i < 4; i++)
		close(mail[i]);
	world_free(world);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_silent_user),
	    cmocka_unit_test(test_longest_silent),
	    cmocka_unit_test(test_asking_user),
	    cmocka_unit_test(test_silent_for_a_second),
	};
	char dir[] = "/tmp/stsgate-places-XXXXXX";
	int rc;

	if (mkdtemp(dir) == NULL)
		return 1;
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/q", dir);
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(address.sun_path);
	return rmdir(dir) != 0 ? 1 : rc;
}
