/* SPDX-License-Identifier: ISC */
#ifndef PROCESS_H
#define PROCESS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>
#include <cmocka.h>

#define PROCESS_GIVEN 2

/* A stsgated in a folder of its own, with a name server that never answers. */
struct process {
	char dir[64];
	pid_t pid;
	int log;    /* its standard error, as a pipe */
	int log_in; /* the writing end, for the next one */
	int notify; /* where its states come */
	int dns;
	int given[PROCESS_GIVEN]; /* given0, given1: sockets handed over */
	size_t n_given;
	bool watchdog;
	const char *names;
	char seen[65536]; /* of the log, not yet waited for */
};

extern const char *process_program;

/* watchdog: it is to give signs of life; names: hand over n_given sockets by
 * LISTEN_FDS. Returns when it says that it is ready. Waits fail after 20 s. */
struct process *process_start(bool watchdog, const char *names, size_t n_given);
void process_again(struct process *p);
void process_config(struct process *p, const char *more);
/* Run another one to its end with the same file; its exit status. */
int process_run(struct process *p, const char *option);
int process_connect(struct process *p, const char *name);
void process_write(int fd, const char *text);
/* Until the text has come; interim lines before it are passed over. */
void process_wait_for(int fd, const char *text);
/* Up to the end; how many octets, and closes. */
size_t process_read_all(int fd);
void process_wait_log(struct process *p, const char *part);
void process_wait_note(struct process *p, const char *part);
bool process_exists(struct process *p, const char *name);
/* Its exit status, -1: by a signal. */
int process_end(struct process *p);
void process_free(struct process *p);

#endif
