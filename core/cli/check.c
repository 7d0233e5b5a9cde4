/* SPDX-License-Identifier: ISC */
#include "check.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "print.h"

/* Where domains come from, and how far all is. */
struct feed {
	const struct sts_cli *cli;
	struct sts_check_world *world;
	FILE *stream; /* NULL: the command line */
	int next;     /* argument */
	size_t open, done, found;
	bool end;     /* there are no more */
	bool pumping; /* who ends now begins no other */
	bool brief, progress;
	int code;
};

int
sts_check_code(const struct sts_check_result *result)
{
	const size_t *count = result->count;

	if (count[STS_CHECK_ERROR] + count[STS_CHECK_WARNING] > 0)
		return STS_EXIT_NO;
	return count[STS_CHECK_UNKNOWN] > 0 ? STS_EXIT_TEMP : STS_EXIT_YES;
}

const char *
sts_check_verdict(int code)
{
	return code == STS_EXIT_YES  ? "sound"
	       : code == STS_EXIT_NO ? "findings"
				     : "unknown";
}

/* One that has findings outweighs one that could not be looked at. */
static void
take_code(struct feed *feed, int code)
{
	if (feed->code != STS_EXIT_NO && code != STS_EXIT_YES)
		feed->code = code;
}

static void
show_progress(const struct feed *feed)
{
	if (feed->progress)
		fprintf(stderr, "\r%zu done, %zu with findings, %zu under way ",
		    feed->done, feed->found, feed->open);
}

static void
hide_progress(const struct feed *feed)
{
	if (feed->progress)
		fputs("\r\033[K", stderr);
}

static void pump(struct feed *feed);

static void
on_result(void *arg, const struct sts_check_result *result)
{
	struct feed *feed = arg;
	int code = sts_check_code(result);

	feed->open--;
	feed->done++;
	feed->found += code == STS_EXIT_NO;
	hide_progress(feed);
	if (feed->cli->json && sts_check_json(result) != STS_EXIT_YES)
		code = STS_EXIT_TEMP;
	else if (!feed->cli->json)
		sts_check_print(result, feed->brief);
	take_code(feed, code);
	if (feed->brief)
		(void)fflush(stdout);
	show_progress(feed);
	if (!feed->pumping)
		pump(feed);
}

/* The next word of the arguments, or line of the file; NULL at the end. */
static char *
next_text(struct feed *feed, char **line, size_t *size)
{
	if (feed->stream == NULL)
		return feed->next < feed->cli->argc
			   ? feed->cli->argv[feed->next++]
			   : NULL;
	while (getline(line, size, feed->stream) >= 0) {
		char *text = *line + strspn(*line, " \t");

		text[strcspn(text, " \t\r\n")] = '\0';
		if (text[0] != '\0' && text[0] != '#')
			return text;
	}
	return NULL;
}

static void
begin(struct feed *feed, const char *text)
{
	char domain[STS_DOMAIN_SIZE];
	enum sts_err err = sts_domain_parse(sts_str(text), domain);

	if (err == STS_OK) {
		feed->open++;
		err = sts_check(sts_check_world_checker(feed->world), domain,
		    on_result, feed);
		if (err == STS_OK)
			return;
		feed->open--;
	}
	hide_progress(feed);
	(void)sts_print_trouble(
	    text, err == STS_ENOMEM ? "out of memory" : "not a domain name");
	/* A lone word is a mistake of whoever typed it. */
	if (err != STS_ENOMEM && !feed->brief)
		feed->code = STS_EXIT_USAGE;
	else
		take_code(feed, STS_EXIT_TEMP);
}

/* A pipe in which there is nothing yet is not waited for: those under way
 * would stand still. */
static bool
is_late(const struct feed *feed)
{
	struct pollfd fd = {.events = POLLIN};

	if (feed->stream == NULL || feed->open == 0)
		return false;
	fd.fd = fileno(feed->stream);
	return poll(&fd, 1, 0) == 0;
}

static void
pump(struct feed *feed)
{
	char *line = NULL;
	size_t size = 0;

	feed->pumping = true;
	while (!feed->end && feed->open < feed->cli->jobs && !is_late(feed)) {
		const char *text = next_text(feed, &line, &size);

		if (text == NULL)
			feed->end = true;
		else
			begin(feed, text);
	}
	free(line);
	feed->pumping = false;
	show_progress(feed);
	if (feed->end && feed->open == 0)
		sts_check_world_stop(feed->world);
}

static int
check_all(struct feed *feed)
{
	int code = sts_check_world_new(feed->cli, &feed->world);

	if (code != STS_EXIT_YES)
		return code;
	pump(feed);
	if (!feed->end || feed->open > 0)
		sts_check_world_run(feed->world);
	hide_progress(feed);
	sts_check_world_free(feed->world);
	if (feed->stream != NULL && ferror(feed->stream))
		return sts_print_trouble(feed->cli->file, strerror(errno));
	return feed->code;
}

int
sts_cli_check(const struct sts_cli *cli)
{
	struct feed feed = {.cli = cli};
	int code;

	if ((cli->argc > 0) == (cli->file != NULL)) {
		(void)sts_print_trouble(
		    "check", "names of domains, or --file, and not both");
		return STS_EXIT_USAGE;
	}
	feed.brief = cli->file != NULL || cli->argc > 1;
	feed.progress = feed.brief && isatty(STDERR_FILENO);
	if (cli->file != NULL)
		feed.stream = strcmp(cli->file, "-") == 0
				  ? stdin
				  : fopen(cli->file, "re");
	if (cli->file != NULL && feed.stream == NULL)
		return sts_print_trouble(cli->file, strerror(errno));
	/* What stdio holds of a pipe is_late() would not see. */
	if (feed.stream != NULL && lseek(fileno(feed.stream), 0, SEEK_CUR) < 0)
		(void)setvbuf(feed.stream, NULL, _IONBF, 0);
	code = check_all(&feed);
	if (feed.stream != NULL && feed.stream != stdin)
		(void)fclose(feed.stream);
	return code;
}
