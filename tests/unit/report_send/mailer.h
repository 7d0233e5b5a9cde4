/* SPDX-License-Identifier: ISC */
#ifndef MAILER_H
#define MAILER_H

#include <stddef.h>

#include "sts/sendmail.h"

#define FROM "reports@example.org"
#define TO   "tls+a@example.com"
#define TEXT "Subject: x\n\n.\nFrom it\n"

/* A folder, a program in it that the test writes, and who runs it. */
struct mailer {
	char folder[64];
	struct event_base *base;
	struct sts_log log;
	const char *expect; /* begins the one kind of line that may come */
	unsigned lines;
	struct sts_sendmail *sendmail;
	struct sts_sending way;
	size_t running_max; /* 4 */
	int files;          /* open before */
};

struct sent {
	unsigned calls;
	enum sts_sent result;
	char why[STS_SENDING_WHY];
};

void mailer_open(struct mailer *m);
/* The program: a shell script, run in the folder. */
void mailer_script(struct mailer *m, const char *body);
/* Without a script there is no such program. */
void mailer_start(struct mailer *m);
/* No child and no descriptor is left, or the test fails. */
void mailer_close(struct mailer *m);

/* A deadline. */
int64_t mailer_in(struct mailer *m, int64_t ms);
void mailer_on_sent(void *arg, enum sts_sent result, const char *why);
struct sts_send *mailer_send(
    struct mailer *m, struct sts_str message, int64_t ms, struct sent *sent);
void mailer_wait(struct mailer *m, const struct sent *sent);
/* Run the loop until the file is there. */
void mailer_wait_file(struct mailer *m, const char *name);
/* Run the loop until no child is left; they are the mailer's to wait for. */
void mailer_wait_children(struct mailer *m);
/* The whole: the script gets TEXT, the loop runs to the answer. */
void mailer_once(
    const char *body, struct sts_str message, int64_t ms, struct sent *sent);

char *mailer_read(struct mailer *m, const char *name, size_t *n);
void mailer_path(struct mailer *m, const char *name, char path[128]);

#define assert_sent(sent, want, want_why)                   \
	do {                                                \
		assert_int_equal((sent)->calls, 1);         \
		assert_string_equal((sent)->why, want_why); \
		assert_int_equal((sent)->result, want);     \
	} while (0)

#endif
