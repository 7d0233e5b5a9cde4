/* SPDX-License-Identifier: ISC */
#include "print.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cli.h"

/* JSON lets DEL stand as it is; a terminal would not. */
static int
write_json(const char *text, size_t n, void *arg)
{
	size_t i;

	(void)arg;
	for (i = 0; i < n; i++) {
		if (text[i] == '\x7f')
			fputs("\\u007f", stdout);
		else
			putchar(text[i]);
	}
	return 0;
}

int
sts_print_json(json_t *object, int code)
{
	int failed =
	    object == NULL || json_dump_callback(object, write_json, NULL,
				  JSON_COMPACT | JSON_ENSURE_ASCII) != 0;

	json_decref(object);
	if (failed)
		return sts_print_trouble("output", "out of memory");
	putchar('\n');
	return code;
}

void
sts_print_text(struct sts_str text)
{
	size_t i;

	for (i = 0; i < text.n; i++) {
		if (text.p[i] >= ' ' && text.p[i] <= '~')
			putchar(text.p[i]);
		else
			printf("\\x%02x", (unsigned char)text.p[i]);
	}
}

static void
print_value(const char *key, const json_t *value, int depth, bool counts);

/* Seconds since 1970, in what the service answers; but its counters, which
 * are an object of their own, may have such a name as well. */
static bool
is_time(const char *key)
{
	static const char *const times[] = {"fetched", "expires", "last_used",
	    "txt_next", "refresh_next", "retry_next"};
	size_t i;

	for (i = 0; key != NULL && i < sizeof(times) / sizeof(times[0]); i++)
		if (strcmp(key, times[i]) == 0)
			return true;
	return false;
}

static void
print_integer(const char *key, long long n, bool counts)
{
	char buf[32];

	if (counts || !is_time(key))
		printf("%lld", n);
	else
		fputs(n == 0 ? "-" : sts_print_time(n, buf), stdout);
}

static void
print_key(const char *key, int depth)
{
	printf("%*s", depth * 2, "");
	if (key == NULL)
		return;
	sts_print_text(sts_str(key));
	fputs(": ", stdout);
}

static void
print_children(const char *key, const json_t *value, int depth)
{
	const char *name;
	json_t *child;
	size_t i;

	if (key != NULL) {
		printf("%*s", depth++ * 2, "");
		sts_print_text(sts_str(key));
		puts(":");
	}
	if (json_is_array(value)) {
		json_array_foreach (value, i, child) {
			print_value(NULL, child, depth, false);
		}
		return;
	}
	json_object_foreach ((json_t *)value, name, child) {
		print_value(name, child, depth, key != NULL);
	}
}

static void
print_value(const char *key, const json_t *value, int depth, bool counts)
{
	if (json_is_array(value) || json_is_object(value)) {
		print_children(key, value, depth);
		return;
	}
	print_key(key, depth);
	if (json_is_string(value) && json_string_length(value) > 0)
		sts_print_text((struct sts_str){
		    json_string_value(value), json_string_length(value)});
	else if (json_is_integer(value))
		print_integer(key, json_integer_value(value), counts);
	else if (json_is_real(value))
		printf("%g", json_real_value(value));
	else
		fputs(json_is_true(value)    ? "yes"
		      : json_is_false(value) ? "no"
					     : "-",
		    stdout);
	putchar('\n');
}

void
sts_print_value(const char *key, const json_t *value, int depth)
{
	print_value(key, value, depth, false);
}

const char *
sts_print_time(long long seconds, char *buf)
{
	time_t when = (time_t)seconds;
	struct tm tm;

	if (gmtime_r(&when, &tm) == NULL ||
	    strftime(buf, 32, "%Y-%m-%d %H:%M:%S UTC", &tm) == 0)
		snprintf(buf, 32, "%lld", seconds);
	return buf;
}

int
sts_print_trouble(const char *where, const char *what)
{
	char buf[1024];

	fprintf(stderr,
	    "stsgate: %s: ", sts_str_escape(sts_str(where), buf, sizeof(buf)));
	fprintf(
	    stderr, "%s\n", sts_str_escape(sts_str(what), buf, sizeof(buf)));
	return STS_EXIT_TEMP;
}

void
sts_print_config(const char *path, const struct sts_findings *findings)
{
	char buf[STS_FINDING_TEXT + 64];
	size_t i;

	for (i = 0; i < findings->n; i++) {
		snprintf(buf, sizeof(buf), "line %u: %s",
		    findings->list[i].line, findings->list[i].text);
		(void)sts_print_trouble(path, buf);
	}
}
