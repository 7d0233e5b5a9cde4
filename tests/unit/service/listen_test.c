/* SPDX-License-Identifier: ISC */
/* Listening sockets: too many clients, no descriptors, sockets of our own. */
#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "activation.h"
#include "sockets.h"
#include "world.h"

#define PONG "STS1 pong " STS_VERSION "\n"
#define BUSY "STS1 temp - reason=busy\n"

static char dir[] = "/tmp/stsgate-listen-XXXXXX";

static struct sockaddr_un
address(const char *name)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s/%s", dir, name);
	return addr;
}

static int
bound(const char *name, bool listening)
{
	struct sockaddr_un addr = address(name);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	unlink(addr.sun_path);
	assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	if (listening)
		assert_int_equal(listen(fd, 100), 0);
	return fd;
}

static int
connected(const char *name)
{
	struct sockaddr_un addr = address(name);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

	assert_int_equal(
	    connect(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	return fd;
}

static void
test_connections_max(void **state)
{
	struct world *world = world_new();
	int fd[4], i;

	(void)state;
	world->config.connections_max = 3;
	sts_service_configure(world->service, &world->config);
	assert_int_equal(
	    sts_service_listen(world->service, bound("q", true), false),
	    STS_OK);
	for (i = 0; i < 3; i++) {
		fd[i] = connected("q");
		world_write(world, fd[i], "STS1 ping\n");
		world_expect(world, fd[i], PONG);
	}
	/* See places_test.c for who makes way. */
	fd[3] = connected("q");
	world_write(world, fd[3], "STS1 ping\n");
	world_expect(world, fd[3], PONG);
	world_expect_end(world, fd[0], "");
	world_expect_log(world, "busy connections=3");
	world_rule(world, "slow.example slow=1000");
	for (i = 1; i < 4; i++)
		world_write(world, fd[i], "STS1 policy slow.example\n");
	fd[0] = connected("q");
	world_expect_end(world, fd[0], BUSY);
	for (i = 1; i < 4; i++)
		close(fd[i]);
	world_free(world);
}

/* The administrator gets in when mail servers have taken every place. */
static void
test_admin_has_its_own_places(void **state)
{
	struct world *world = world_new();
	int query, admin;

	(void)state;
	world->config.connections_max = 1;
	sts_service_configure(world->service, &world->config);
	sts_service_listen(world->service, bound("q", true), false);
	sts_service_listen(world->service, bound("a", true), true);
	query = connected("q");
	admin = connected("a");
	world_write(world, admin, "STS1 list\n");
	world_expect(
	    world, admin, "STS1 json {\"policies\":[],\"more\":false}\n");
	world_write(world, query, "STS1 list\n");
	world_expect(world, query,
	    "STS1 error verb text=no%20such%20verb%20on%20this%20socket\n");
	close(query);
	close(admin);
	world_free(world);
}

/* Out of descriptors: clients are told, and we do not spin. */
static void
test_no_descriptors(void **state)
{
	struct world *world = world_new();
	struct rlimit old, low;
	int client[3], i, next;

	(void)state;
	sts_service_listen(world->service, bound("q", true), false);
	for (i = 0; i < 3; i++)
		client[i] = connected("q");
	getrlimit(RLIMIT_NOFILE, &old);
	next = dup(0);
	close(next);
	low = old;
	low.rlim_cur = (rlim_t)next;
	setrlimit(RLIMIT_NOFILE, &low);
	world_pump(world);
	setrlimit(RLIMIT_NOFILE, &old);
	for (i = 0; i < 3; i++)
		world_expect_end(world, client[i], BUSY);
	world_expect_log(world, "busy");
	client[0] = connected("q");
	world_write(world, client[0], "STS1 ping\n");
	world_expect(world, client[0], PONG);
	close(client[0]);
	world_free(world);
}

static struct sts_config
config_for(char *query, char *admin, char *group)
{
	snprintf(query, 100, "%s/run/q.sock", dir);
	snprintf(admin, 100, "%s/run/a.sock", dir);
	return (struct sts_config){.query_socket = query,
	    .admin_socket = admin,
	    .query_socket_mode = 0666,
	    .admin_socket_mode = 0640,
	    .socket_group = group,
	    .user = group};
}

static void
test_own_sockets(void **state)
{
	char query[100], admin[100], none[] = "";
	struct sts_config config = config_for(query, admin, none);
	struct sts_sockets first, second;
	struct stat st;

	(void)state;
	umask(077);
	assert_int_equal(sts_sockets_open(&config, NULL, &first), STS_OK);
	assert_int_equal(stat(query, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0666);
	assert_int_equal(stat(admin, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
	/* Somebody answers there: not ours to take. */
	assert_int_equal(sts_sockets_open(&config, NULL, &second), STS_EINVAL);
	assert_int_equal(stat(query, &st), 0);
	/* Nobody does: stale. */
	close(first.fd[STS_QUERY]);
	close(first.fd[STS_ADMIN]);
	first.fd[STS_QUERY] = first.fd[STS_ADMIN] = -1;
	assert_int_equal(sts_sockets_open(&config, NULL, &second), STS_OK);
	/* The first one's end does not take the second one's sockets away. */
	sts_sockets_close(&first);
	assert_int_equal(stat(query, &st), 0);
	sts_sockets_close(&second);
	assert_int_equal(stat(query, &st), -1);
	assert_int_equal(stat(admin, &st), -1);
}

/* What is no socket is not removed. */
static void
test_not_a_socket(void **state)
{
	char query[100], admin[100], none[] = "", no[] = "no-such-group";
	struct sts_config config = config_for(query, admin, none);
	struct sts_sockets sockets;
	struct stat st;

	(void)state;
	close(open(query, O_CREAT | O_WRONLY, 0600));
	assert_int_equal(sts_sockets_open(&config, NULL, &sockets), STS_EINVAL);
	assert_int_equal(stat(query, &st), 0);
	assert_true(S_ISREG(st.st_mode));
	unlink(query);
	config.socket_group = no;
	assert_int_equal(sts_sockets_open(&config, NULL, &sockets), STS_EINVAL);
	assert_int_equal(stat(query, &st), -1);
}

/* Meant for another process: not for us. */
static void
test_not_our_activation(void **state)
{
	static const char *const names[] = {"query", "admin"};
	int fd[2] = {-1, -1};

	(void)state;
	setenv("LISTEN_PID", "1", 1);
	setenv("LISTEN_FDS", "2", 1);
	sts_activation_take(names, 2, fd);
	assert_int_equal(fd[0], -1);
	assert_null(getenv("LISTEN_FDS")); /* nor for our children */
	assert_null(getenv("LISTEN_PID"));
}

/* A descriptor that does not listen is none of ours either. */
static void
test_activation_of_anything(void **state)
{
	static const char *const names[] = {"query", "admin"};
	int fd[2] = {-1, -1}, kept[2] = {dup(3), dup(4)}, one;
	char pid[24];

	(void)state;
	one = bound("one", true);
	dup2(one, 3);
	dup2(STDERR_FILENO, 4);
	snprintf(pid, sizeof(pid), "%ld", (long)getpid());
	setenv("LISTEN_PID", pid, 1);
	setenv("LISTEN_FDS", "2", 1);
	sts_activation_take(names, 2, fd);
	assert_int_equal(fd[0], 3);
	assert_int_equal(fd[1], -1);
	close(3);
	close(4);
	if (kept[0] >= 0)
		dup2(kept[0], 3);
	if (kept[1] >= 0)
		dup2(kept[1], 4);
	close(kept[0]);
	close(kept[1]);
	close(one);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_connections_max),
	    cmocka_unit_test(test_admin_has_its_own_places),
	    cmocka_unit_test(test_no_descriptors),
	    cmocka_unit_test(test_own_sockets),
	    cmocka_unit_test(test_not_a_socket),
	    cmocka_unit_test(test_not_our_activation),
	    cmocka_unit_test(test_activation_of_anything),
	};
	char command[100];
	int rc;

	if (mkdtemp(dir) == NULL)
		return 1;
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	snprintf(command, sizeof(command), "rm -r %s", dir);
	return system(command) != 0 ? 1 : rc;
}
