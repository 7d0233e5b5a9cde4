/* SPDX-License-Identifier: ISC */
#ifndef REDIS_SERVER_H
#define REDIS_SERVER_H

#include <hiredis/hiredis.h>
#include <stdio.h>
#include <sys/types.h>

/* A real redis-server (or redis-sentinel) in a folder of its own. */
struct server {
	pid_t pid;
	char dir[40];
	char sock[64], url[80];
	unsigned port;
	int held; /* the port, also while nobody listens there */
	FILE *log;
	redisContext *ctl; /* ours, to see what lies there */
	const char *password;
};

/* conf: lines of its configuration. A free port of 127.0.0.1, and a socket. */
void server_start(struct server *server, const char *conf);
/* The same again: folder, socket and port. */
void server_again(struct server *server, const char *conf);
void server_kill(struct server *server);
void server_stop(struct server *server); /* and the folder */
void server_signal(struct server *server, int number);
/* Fails at an error; freed by the caller. */
redisReply *server_ask(struct server *server, const char *format, ...);
void server_do(struct server *server, const char *format, ...);
long long server_number(struct server *server, const char *format, ...);
/*
 * A port of 127.0.0.1 that is nobody else's until the descriptor is closed: who
 * has SO_REUSEADDR and knows its number may listen there, as Redis does.
 */
unsigned hold_port(int *held);

#endif
