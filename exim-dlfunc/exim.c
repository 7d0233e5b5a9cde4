/* SPDX-License-Identifier: ISC */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "exim.h"

#define LOG_MAIN 1
#define LOG_LINE 1024

/* Exim up to 4.98 has the first, later ones the second. */
extern unsigned char *expand_string(const unsigned char *)
    __attribute__((weak, visibility("default")));
extern unsigned char *expand_string_2(const unsigned char *, void *)
    __attribute__((weak, visibility("default")));
extern void log_write(unsigned int, int, const char *, ...)
    __attribute__((weak, visibility("default")));

const char *
sts_exim_expand(const char *text)
{
	const unsigned char *in = (const unsigned char *)text;

	if (expand_string != NULL)
		return (const char *)expand_string(in);
	if (expand_string_2 != NULL)
		return (const char *)expand_string_2(in, NULL);
	return NULL;
}

int
sts_exim_value(const char *text, char *out, size_t size)
{
	const char *value = sts_exim_expand(text);
	size_t n = value == NULL ? size : strnlen(value, size);

	if (n >= size) {
		out[0] = '\0';
		return -1;
	}
	memcpy(out, value, n);
	out[n] = '\0';
	return 0;
}

bool
sts_exim_in_callout(void)
{
	char mode[8];

	return sts_exim_value("$verify_mode", mode, sizeof(mode)) != 0 ||
	       mode[0] != '\0';
}

void
sts_exim_log(const char *fmt, ...)
{
	char line[LOG_LINE];
	va_list ap;

	if (log_write == NULL)
		return;
	va_start(ap, fmt);
	/* clang-tidy 14 loses va_start() when it reads several files. */
	vsnprintf(line, sizeof(line), fmt, ap); /* NOLINT */
	va_end(ap);
	log_write(0, LOG_MAIN, "stsgate: %s", line);
}
