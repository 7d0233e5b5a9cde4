/* SPDX-License-Identifier: ISC */
/* Play every transcript of docs/protocol.md (see its section Transcripts). */
#include "world.h"

#define LINE 8192

struct play {
	struct world *world;
	int fd;
	bool admin;
	char want[65536]; /* what is to come, since the last thing done */
	char write[65536];
	unsigned line;
};

static unsigned blocks, answers;

static const char *
after(const char *line, const char *prefix)
{
	size_t n = strlen(prefix);

	return strncmp(line, prefix, n) == 0 ? line + n : NULL;
}

static void
connected(struct play *play)
{
	if (play->fd < 0)
		play->fd = world_connect(play->world, play->admin);
}

/* Write the questions gathered, compare with the answers gathered. */
static void
settle(struct play *play)
{
	bool eof;
	char *got;

	if (play->write[0] == '\0' && play->want[0] == '\0')
		return;
	connected(play);
	if (play->write[0] != '\0')
		world_write(play->world, play->fd, play->write);
	got = world_read(play->world, play->fd, &eof);
	if (strcmp(got, play->want) != 0)
		fail_msg("docs/protocol.md:%u:\nwant: %sgot:  %s", play->line,
		    play->want, got);
	free(got);
	play->want[0] = play->write[0] = '\0';
}

static void
note(struct play *play, const char *line)
{
	const char *rest;
	bool eof;
	char *got;

	if ((rest = after(line, "# world: ")) != NULL) {
		settle(play);
		world_rule(play->world, rest);
	} else if ((rest = after(line, "# probe: ")) != NULL) {
		settle(play);
		world_probe(play->world, rest);
	} else if ((rest = after(line, "# config: ")) != NULL) {
		settle(play);
		world_config(play->world, rest);
	} else if ((rest = after(line, "# file: ")) != NULL) {
		world_file(play->world, rest);
	} else if (strcmp(line, "# reports") == 0) {
		world_free(play->world); /* it comes first */
		play->world = world_new_counting();
	} else if (strcmp(line, "# admin") == 0) {
		play->admin = true;
	} else if ((rest = after(line, "# passes: ")) != NULL) {
		settle(play);
		world_pass(play->world, strtol(rest, NULL, 10));
	} else if ((rest = after(line, "# logged: ")) != NULL) {
		settle(play);
		world_expect_log(play->world, rest);
	} else if (strcmp(line, "# half-close") == 0) {
		settle(play);
		shutdown(play->fd, SHUT_WR);
	} else if (strcmp(line, "# closed") == 0) {
		settle(play);
		got = world_read(play->world, play->fd, &eof);
		assert_string_equal(got, "");
		assert_true(eof);
		free(got);
	} else {
		fail_msg("docs/protocol.md:%u: what is %s", play->line, line);
	}
}

static void
append(char *to, const char *line, const char *end)
{
	size_t n = strlen(to);

	snprintf(to + n, 65536 - n, "%s%s", line, end);
}

static void
play_line(struct play *play, const char *line)
{
	if (line[0] == '#') {
		note(play, line);
	} else if (after(line, "> ") != NULL) {
		/* A question after an answer: that is to have come. */
		if (play->want[0] != '\0')
			settle(play);
		append(play->write, line + 2, "\n");
	} else if (after(line, "< ") != NULL) {
		const char *version = strstr(line, "VERSION");

		answers++;
		append(play->want, line + 2, version != NULL ? "" : "\n");
		if (version != NULL) {
			play->want[strlen(play->want) - strlen(version)] = '\0';
			append(play->want, STS_VERSION, "");
			append(play->want, version + 7, "\n");
		}
	} else {
		fail_msg("docs/protocol.md:%u: what is %s", play->line, line);
	}
}

static void
play_block(FILE *file, unsigned *number)
{
	struct play play = {.fd = -1};
	char line[LINE];

	play.world = world_new();
	while (fgets(line, sizeof(line), file) != NULL) {
		(*number)++;
		line[strcspn(line, "\n")] = '\0';
		if (strcmp(line, "```") == 0)
			break;
		play.line = *number;
		play_line(&play, line);
	}
	settle(&play);
	if (play.fd >= 0)
		close(play.fd);
	world_pump(play.world);
	world_free(play.world);
	blocks++;
}

static void
test_transcripts(void **state)
{
	FILE *file = fopen(STS_SOURCE_DIR "/docs/protocol.md", "r");
	unsigned number = 0;
	char line[LINE];

	(void)state;
	assert_non_null(file);
	while (fgets(line, sizeof(line), file) != NULL) {
		number++;
		if (strcmp(line, "```transcript\n") == 0)
			play_block(file, &number);
	}
	fclose(file);
	print_message("%u transcripts, %u lines of answers\n", blocks, answers);
	assert_true(blocks >= 12 && answers >= 40);
}

/* Each verb of the table is shown in the document at least once. */
static void
test_verbs_shown(void **state)
{
	static const char *const verbs[] = {"policy", "verdict", "usable",
	    "stance", "hosts", "passed", "covers", "refused", "result", "ping",
	    "list", "show", "refresh", "purge", "stats", "reload", "explain",
	    "route"};
	FILE *file = fopen(STS_SOURCE_DIR "/docs/protocol.md", "r");
	char text[65536], want[40];
	size_t i, n;

	(void)state;
	assert_non_null(file);
	n = fread(text, 1, sizeof(text) - 1, file);
	text[n] = '\0';
	fclose(file);
	for (i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		snprintf(want, sizeof(want), "\n> STS1 %s", verbs[i]);
		if (strstr(text, want) == NULL)
			fail_msg("no transcript of %s", verbs[i]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_transcripts),
	    cmocka_unit_test(test_verbs_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
