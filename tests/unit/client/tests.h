/* SPDX-License-Identifier: ISC */
#ifndef TEST_CLIENT_TESTS_H
#define TEST_CLIENT_TESTS_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "server.h"
#include "sts/client.h"

/* What an overdue answer may cost on a busy machine; where nothing came to its
 * end in time it would cost more. */
#define SLACK_MS 1000

/* Ask once at path, with everything checked that holds for every answer. */
enum sts_reply_kind ask_at(const char *path, int64_t silence_ms,
    int64_t total_ms, char *line, size_t size);
/* Start a server, ask it, stop it. took: milliseconds, may be NULL. */
enum sts_reply_kind ask_script(const struct script *script, int64_t silence_ms,
    int64_t total_ms, char *line, size_t size, int64_t *took);

/* Run the tests of trouble.c; how many failed. */
int trouble(void);

#endif
