/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests.h"

/* Each kind of docs/protocol.md. */
static const struct {
	const char *line;
	enum sts_reply_kind kind;
} answers[] = {
    {"STS1 none a.example state=negative reason=no-record", STS_REPLY_NONE},
    {"STS1 policy a.example mode=enforce id=1 state=fresh fetched=1 expires=2"
     " mx=mx.a.example",
	STS_REPLY_POLICY},
    {"STS1 match a.example mode=enforce host=mx.a.example id=1",
	STS_REPLY_MATCH},
    {"STS1 mismatch a.example mode=testing host=mx.b.example id=1",
	STS_REPLY_MISMATCH},
    {"STS1 usable a.example mode=enforce id=1 mx=mx1.a.example,mx2.a.example",
	STS_REPLY_USABLE},
    {"STS1 usable a.example mode=enforce id=1 mx=", STS_REPLY_USABLE},
    {"STS1 yes", STS_REPLY_YES},
    {"STS1 no", STS_REPLY_NO},
    {"STS1 ok", STS_REPLY_OK},
    {"STS1 pong 0.1.0", STS_REPLY_PONG},
    {"STS1 json {\"policies\":[],\"more\":false}", STS_REPLY_JSON},
    {"STS1 error verb text=no%20such%20verb", STS_REPLY_ERROR},
    {"STS1 temp a.example reason=dns", STS_REPLY_TEMP},
};
#define N_ANSWERS (sizeof(answers) / sizeof(answers[0]))

enum sts_reply_kind
ask_at(const char *path, int64_t silence_ms, int64_t total_ms, char *line,
    size_t size)
{
	struct sts_client_config config = {
	    .socket = path, .silence_ms = silence_ms, .total_ms = total_ms};
	enum sts_reply_kind kind;

	memset(line, '#', size);
	errno = ENOTTY;
	kind = sts_client_ask(&config, "policy a.example progress", line, size);
	assert_int_equal(errno, ENOTTY);
	assert_non_null(memchr(line, '\0', size));
	return kind;
}

enum sts_reply_kind
ask_script(const struct script *script, int64_t silence_ms, int64_t total_ms,
    char *line, size_t size, int64_t *took)
{
	int before = open_descriptors();
	struct server *s = server_start(server_path(), script);
	int64_t start = now_ms();
	enum sts_reply_kind kind =
	    ask_at(server_path(), silence_ms, total_ms, line, size);

	if (took != NULL)
		*took = now_ms() - start;
	server_stop(s);
	assert_int_equal(open_descriptors(), before);
	return kind;
}

static void
every_answer_has_its_kind(void **state)
{
	char line[512];
	size_t i;

	(void)state;
	for (i = 0; i < N_ANSWERS; i++) {
		char text[512];
		int n = snprintf(text, sizeof(text), "%s%s", answers[i].line,
		    i % 2 ? "\r\n" : "\n");
		struct script t = {.text = text, .n = (size_t)n, .hold = 1};

		assert_int_equal(
		    ask_script(&t, 5000, 9000, line, sizeof(line), NULL),
		    answers[i].kind);
		assert_string_equal(line, answers[i].line);
	}
}

/* Cut at every octet, the last one too: TEMP and no line, never an answer. */
static void
cut_answers_are_temporary(void **state)
{
	char line[512];
	size_t i;
	size_t cut;

	(void)state;
	for (i = 0; i < N_ANSWERS; i++) {
		char text[512];
		int n = snprintf(text, sizeof(text), "%s\n", answers[i].line);

		for (cut = 0; cut < (size_t)n; cut++) {
			struct script t = {.text = text, .n = cut};

			assert_int_equal(ask_script(&t, 5000, 9000, line,
					     sizeof(line), NULL),
			    STS_REPLY_TEMP);
			assert_string_equal(line, "");
		}
	}
}

static void
asks_as_the_protocol_says(void **state)
{
	struct script t = {.text = "STS1 ok\n", .n = 8};
	struct server *s = server_start(server_path(), &t);
	char line[64];

	(void)state;
	assert_int_equal(ask_at(server_path(), 5000, 9000, line, sizeof(line)),
	    STS_REPLY_OK);
	assert_string_equal(
	    server_question(s), "STS1 policy a.example progress\n");
	server_stop(s);
}

static void
garbage_is_temporary(void **state)
{
#define GARBAGE(s)               \
	{                        \
		s, sizeof(s) - 1 \
	}
	static const struct {
		const char *text;
		size_t n;
	} table[] = {
	    GARBAGE("\n"),
	    GARBAGE("\0\n"),
	    GARBAGE("STS2 none a.example state=x reason=y\n"),
	    GARBAGE("sts1 none a.example state=x reason=y\n"),
	    GARBAGE("STS1 nonesuch a.example\n"),
	    GARBAGE("STS1 none a.example state=x reason=y\0\n"),
	    GARBAGE("STS1 none a.example\0 state=x reason=y\n"),
	    GARBAGE("\0STS1 none a.example state=x reason=y\n"),
	    GARBAGE("STS1 none a.example state=x\treason=y\n"),
	    GARBAGE("STS1 none a.example state=x reason=\303\251\n"),
	    GARBAGE("STS1 ok\r\r\n"),
	    GARBAGE("STS1 ok\nSTS1 ok\n"),
	    GARBAGE("STS1 wait\nSTS1 waiting\n"),
	    GARBAGE("STS1 wait \nSTS1 ok\n"),
	    GARBAGE("HTTP/1.1 200 OK\r\n\r\n"),
	};
	char line[64];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct script t = {
		    .text = table[i].text, .n = table[i].n, .hold = 1};
		int64_t took;

		assert_int_equal(
		    ask_script(&t, 5000, 9000, line, sizeof(line), &took),
		    STS_REPLY_TEMP);
		assert_string_equal(
		    line, strncmp(table[i].text, "STS1 wait\n", 10) == 0
			      ? "STS1 temp - reason=fell-silent"
			      : "");
		assert_true(took < 5000);
	}
}

/* A line longer than the room, or than the protocol allows. */
static void
long_lines_are_temporary(void **state)
{
	static char text[STS_CLIENT_LINE + 8];
	static char line[STS_CLIENT_LINE + 8];
	struct script t = {.text = text, .hold = 1};

	(void)state;
	memset(text, 'x', sizeof(text));
	memcpy(text, "STS1 pong ", 10);
	text[STS_CLIENT_LINE - 1] = '\n';
	t.n = STS_CLIENT_LINE;
	assert_int_equal(ask_script(&t, 5000, 9000, line, sizeof(line), NULL),
	    STS_REPLY_PONG);
	assert_int_equal(strlen(line), STS_CLIENT_LINE - 1);
	assert_int_equal(
	    ask_script(&t, 5000, 9000, line, 64, NULL), STS_REPLY_TEMP);
	assert_string_equal(line, "");
	assert_int_equal(
	    ask_script(&t, 5000, 9000, line, 1, NULL), STS_REPLY_TEMP);
	text[STS_CLIENT_LINE - 1] = 'x';
	text[STS_CLIENT_LINE] = '\n';
	t.n = STS_CLIENT_LINE + 1;
	assert_int_equal(ask_script(&t, 5000, 9000, line, sizeof(line), NULL),
	    STS_REPLY_TEMP);
	assert_string_equal(line, "");
}

static void
room_for_just_the_line(void **state)
{
	struct script t = {.text = "STS1 ok\n", .n = 8, .hold = 1};
	char line[8];

	(void)state;
	assert_int_equal(
	    ask_script(&t, 5000, 9000, line, 8, NULL), STS_REPLY_OK);
	assert_string_equal(line, "STS1 ok");
	assert_int_equal(
	    ask_script(&t, 5000, 9000, line, 7, NULL), STS_REPLY_TEMP);
}

int
main(void)
{
	static const struct CMUnitTest own[] = {
	    cmocka_unit_test(every_answer_has_its_kind),
	    cmocka_unit_test(cut_answers_are_temporary),
	    cmocka_unit_test(asks_as_the_protocol_says),
	    cmocka_unit_test(garbage_is_temporary),
	    cmocka_unit_test(long_lines_are_temporary),
	    cmocka_unit_test(room_for_just_the_line),
	};
	int failed = cmocka_run_group_tests_name("ask", own, NULL, NULL);

	return failed + trouble() == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
