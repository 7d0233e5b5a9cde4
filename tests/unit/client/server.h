/* SPDX-License-Identifier: ISC */
#ifndef TEST_SERVER_H
#define TEST_SERVER_H

#include <stddef.h>
#include <stdint.h>

/* What one connection does once it has read a question. */
struct script {
	const char *text; /* written ... */
	size_t n;         /* ... so many octets of it */
	int repeat_ms;    /* > 0: again at this interval, times times */
	int times;
	const char *second; /* to a second question; NULL: none is read */
	const char *after;  /* written at the end; NULL: nothing */
	int step_ms;        /* > 0: text goes octet by octet, at this pace */
	int hold;           /* do not close before the client does */
	int deaf;           /* close without reading the question */
};

struct server;

/* Listen at path and play the script for every connection. */
struct server *server_start(const char *path, const struct script *script);
/* The last question read; the server must have served one. */
const char *server_question(struct server *server);
void server_stop(struct server *server);

/* Where the sockets of this test program are. */
const char *server_path(void);
int64_t now_ms(void);
int open_descriptors(void);

#endif
