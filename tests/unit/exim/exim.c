/* SPDX-License-Identifier: ISC */
#include <dlfcn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fake.h"

#define VALUES 64

unsigned char *expand_string(const unsigned char *text);
void log_write(unsigned int selector, int flags, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static struct {
	const char *text;
	const char *value;
} values[VALUES];
static size_t n_values;
static bool everything_fails;
static char caught[65536];
static char shown[65536];
static int shift;
static int (*module)(unsigned char **, int, unsigned char **);

/* ThreadSanitizer waits a second at the end of a process; there are many. */
const char *__tsan_default_options(void);

const char *
__tsan_default_options(void)
{
	return "atexit_sleep_ms=0";
}

_Noreturn void
fake_fail(const char *file, int line, const char *what)
{
	fprintf(stderr, "%s:%d: %s\nlog: %sasked: %s", file, line, what,
	    exim_log(), service_asked());
	fflush(stderr);
	_exit(1);
}

int
fake_case(void (*fn)(const void *), const void *arg)
{
	const char *path = service_path();
	pid_t child = fork();
	int status;

	if (child == 0) {
		service_start();
		fn(arg);
		CHECK(exim_log()[0] == '\0');
		_exit(0);
	}
	waitpid(child, &status, 0);
	unlink(path);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}

void
exim_load(const char *path)
{
	void *handle = dlopen(path, RTLD_LAZY);

	if (handle == NULL) {
		fprintf(stderr, "%s\n", dlerror());
		exit(1);
	}
	*(void **)&module = dlsym(handle, "stsgate");
}

void
exim_set(const char *text, const char *value)
{
	size_t i;

	for (i = 0; i < n_values; i++)
		if (strcmp(values[i].text, text) == 0)
			break;
	CHECK(i < VALUES);
	values[i].text = text;
	values[i].value = value;
	if (i == n_values)
		n_values++;
}

void
exim_break(bool broken)
{
	everything_fails = broken;
}

/* A DNS lookup may hold a host name, and nothing else may be made up. */
static bool
harmless(const char *text)
{
	static const char start[] = "${lookup dnsdb{>: dnssec_lax,";
	const char *p;

	if (strcmp(text, "${utf8_domain_to_alabel:$domain}") == 0)
		return true;
	if (strncmp(text, start, sizeof(start) - 1) != 0)
		return text[0] == '$' &&
		       strspn(text + 1, "abcdefghijklmnopqr"
					"stuvwxyz_") == strlen(text + 1);
	p = strchr(text, '=');
	CHECK(p != NULL);
	p++;
	p += strspn(p, "abcdefghijklmnopqrstuvwxyz0123456789.-_");
	return strcmp(p, "}}") == 0;
}

unsigned char *
expand_string(const unsigned char *text)
{
	size_t i;

	if (everything_fails)
		return NULL;
	for (i = 0; i < n_values; i++)
		if (strcmp(values[i].text, (const char *)text) == 0)
			return (unsigned char *)values[i].value;
	if (strstr((const char *)text, "certextract") != NULL)
		return NULL;
	CHECK(harmless((const char *)text));
	return (unsigned char *)"";
}

void
log_write(unsigned int selector, int flags, const char *format, ...)
{
	size_t n = strlen(caught);
	va_list ap;

	CHECK(selector == 0 && flags == 1);
	va_start(ap, format);
	vsnprintf(caught + n, sizeof(caught) - n - 1, format, ap);
	va_end(ap);
	CHECK(strchr(caught + n, '\n') == NULL);
	strcat(caught, "\n");
}

const char *
exim_log(void)
{
	memcpy(shown, caught, sizeof(shown));
	caught[0] = '\0';
	return shown;
}

/* Stands in the module's way to libc, to turn the clock. */
int
clock_gettime(clockid_t clock, struct timespec *ts)
{
	int rc = (int)syscall(SYS_clock_gettime, clock, ts);

	if (clock == CLOCK_MONOTONIC)
		ts->tv_sec += shift;
	return rc;
}

void
exim_later(int seconds)
{
	shift += seconds;
}

const char *
exim_call_raw(int argc, unsigned char *argv[])
{
	unsigned char *yield = NULL;

	CHECK(module(&yield, argc, argv) == 0);
	CHECK(yield != NULL);
	return (const char *)yield;
}

const char *
exim_call(const char *words)
{
	char copy[4096];
	unsigned char *argv[16];
	char *rest = copy;
	char *word;
	int argc = 0;

	snprintf(copy, sizeof(copy), "%s", words);
	while ((word = strsep(&rest, " ")) != NULL)
		if (*word != '\0')
			argv[argc++] = (unsigned char *)word;
	argv[argc] = NULL;
	return exim_call_raw(argc, argv);
}

const char *
exim_event(const char *name, const char *data)
{
	static char words[256];
	const char *yield;

	exim_set("$event_name", name);
	exim_set("$event_data", data);
	snprintf(words, sizeof(words), "socket=%s", service_path());
	yield = exim_call(words);
	exim_set("$event_name", "");
	return yield;
}
