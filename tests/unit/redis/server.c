/* SPDX-License-Identifier: ISC */
#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rig.h"
#include "server.h"

unsigned
hold_port(int *held)
{
	struct sockaddr_in addr = {.sin_family = AF_INET};
	socklen_t len = sizeof(addr);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	assert_int_equal(bind(fd, (struct sockaddr *)&addr, len), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&addr, &len), 0);
	*held = fd;
	return ntohs(addr.sin_port);
}

static void
write_conf(struct server *server, const char *conf)
{
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "%s/conf", server->dir);
	file = fopen(path, "w");
	assert_non_null(file);
	fprintf(file,
	    "unixsocket %s\nport %u\nbind 127.0.0.1\ndir %s\n"
	    "%s%s\n",
	    server->sock, server->port, server->dir,
	    strstr(conf, "sentinel ") != NULL ? "" : "save \"\"\n", conf);
	fclose(file);
}

/* Until it says that it is ready. */
static void
await_ready(FILE *log, const char *word)
{
	char line[512];

	while (fgets(line, sizeof(line), log) != NULL)
		if (strstr(line, word) != NULL)
			return;
	fail_msg("redis-server did not start");
}

static void
run(struct server *server, bool sentinel)
{
	char path[64];
	int log[2];

	snprintf(path, sizeof(path), "%s/conf", server->dir);
	assert_int_equal(pipe2(log, O_CLOEXEC), 0);
	server->pid = fork();
	if (server->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test may die */
		dup2(log[1], STDOUT_FILENO);
		execlp("redis-server", "redis-server", path,
		    sentinel ? "--sentinel" : (char *)NULL, (char *)NULL);
		_exit(127);
	}
	assert_true(server->pid > 0);
	close(log[1]);
	server->log = fdopen(log[0], "r");
	await_ready(server->log, sentinel ? "Sentinel ID" : "Ready to accept");
	server->ctl = redisConnectUnix(server->sock);
	assert_int_equal(server->ctl->err, 0);
}

void
server_again(struct server *server, const char *conf)
{
	write_conf(server, conf);
	run(server, strstr(conf, "sentinel ") != NULL);
	if (server->password != NULL)
		server_do(server, "AUTH %s", server->password);
}

void
server_start(struct server *server, const char *conf)
{
	const char *password = server->password;

	*server = (struct server){.password = password};
	strcpy(server->dir, "/tmp/sts-redis-XXXXXX");
	assert_non_null(mkdtemp(server->dir));
	snprintf(server->sock, sizeof(server->sock), "%s/sock", server->dir);
	snprintf(server->url, sizeof(server->url), "unix:%s", server->sock);
	server->port = hold_port(&server->held);
	server_again(server, conf);
}

void
server_signal(struct server *server, int number)
{
	int status;

	assert_int_equal(kill(server->pid, number), 0);
	if (number == SIGSTOP)
		waitpid(server->pid, &status, WUNTRACED);
}

void
server_kill(struct server *server)
{
	if (server->pid <= 0)
		return;
	redisFree(server->ctl);
	server->ctl = NULL;
	server_signal(server, SIGKILL);
	waitpid(server->pid, NULL, 0);
	fclose(server->log);
	server->pid = 0;
}

void
server_stop(struct server *server)
{
	char path[400];
	struct dirent *entry;
	DIR *dir;

	server_kill(server);
	close(server->held);
	dir = opendir(server->dir);
	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		snprintf(
		    path, sizeof(path), "%s/%s", server->dir, entry->d_name);
		unlink(path);
	}
	if (dir != NULL)
		closedir(dir);
	rmdir(server->dir);
}

static redisReply *
ask(struct server *server, const char *format, va_list ap)
{
	redisReply *reply = redisvCommand(server->ctl, format, ap);

	if (reply == NULL)
		fail_msg("%s: %s", format, server->ctl->errstr);
	if (reply->type == REDIS_REPLY_ERROR)
		fail_msg("%s: %s", format, reply->str);
	return reply;
}

redisReply *
server_ask(struct server *server, const char *format, ...)
{
	redisReply *reply;
	va_list ap;

	va_start(ap, format);
	reply = ask(server, format, ap);
	va_end(ap);
	return reply;
}

void
server_do(struct server *server, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	freeReplyObject(ask(server, format, ap));
	va_end(ap);
}

long long
server_number(struct server *server, const char *format, ...)
{
	redisReply *reply;
	long long number;
	va_list ap;

	va_start(ap, format);
	reply = ask(server, format, ap);
	va_end(ap);
	assert_int_equal(reply->type, REDIS_REPLY_INTEGER);
	number = reply->integer;
	freeReplyObject(reply);
	return number;
}
