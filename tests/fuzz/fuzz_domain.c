/* SPDX-License-Identifier: ISC */
#include "fuzz.h"
#include "sts/domain.h"
#include "sts/match.h"

static void
check_name(const char *name, int underscore)
{
	size_t n = strlen(name), i, label = 0;

	MUST(n >= 1 && n <= STS_DOMAIN_MAX);
	for (i = 0; i <= n; i++) {
		char c = name[i];

		if (c == '.' || c == '\0') {
			MUST(label >= 1 && label <= 63);
			MUST(name[i - 1] != '-');
			label = 0;
			continue;
		}
		MUST((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
		     (c == '-' && label > 0) || (c == '_' && underscore));
		label++;
	}
}

/* What was made is its own form, also with a dot and in capitals. */
static void
check_domain(const char *name)
{
	char text[STS_DOMAIN_SIZE + 1], again[STS_DOMAIN_SIZE];
	size_t i, n = strlen(name);

	check_name(name, 0);
	for (i = 0; i < n; i++)
		text[i] = (char)(name[i] >= 'a' && name[i] <= 'z'
				     ? name[i] - 'a' + 'A'
				     : name[i]);
	text[n] = '.';
	text[n + 1] = '\0';
	MUST(sts_domain_parse(sts_str(text), again) == STS_OK);
	MUST(strcmp(name, again) == 0);
	MUST(sts_host_parse(sts_str(text), again) == STS_OK);
	MUST(strcmp(name, again) == 0);
}

/* A host matches itself, and the wildcard in place of its first label. */
static void
check_host(const char *name)
{
	char pattern[STS_DOMAIN_SIZE + 2];
	const char *dot = strchr(name, '.');

	check_name(name, 1);
	MUST(sts_pattern_match(sts_str(name), sts_str(name)));
	if (dot == NULL)
		return;
	sprintf(pattern, "*%s", dot);
	MUST(sts_pattern_match(sts_str(pattern), sts_str(name)));
	MUST(!sts_pattern_match(sts_str(pattern), sts_str(dot + 1)));
	MUST(!sts_pattern_match(sts_str(pattern), sts_str(dot)));
}

static void
check_escape(struct sts_str text)
{
	char buf[64];
	size_t i, size = 1 + text.n % sizeof(buf);

	memset(buf, 0x7f, sizeof(buf));
	sts_str_escape(text, buf, size);
	MUST(memchr(buf, '\0', size) != NULL);
	for (i = 0; buf[i] != '\0'; i++)
		MUST(buf[i] >= ' ' && buf[i] <= '~' && buf[i] != '"');
	for (i = size; i < sizeof(buf); i++)
		MUST(buf[i] == 0x7f);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sts_str text = fuzz_str(data, size);
	char out[STS_DOMAIN_SIZE];
	enum sts_err err = sts_domain_parse(text, out);
	size_t cut = size > 0 ? data[0] % (size + 1) : 0;

	MUST(err == STS_OK || err == STS_EINVAL || err == STS_ESYNTAX);
	if (err == STS_OK)
		check_domain(out);
	err = sts_host_parse(text, out);
	MUST(err == STS_OK || err == STS_EINVAL || err == STS_ESYNTAX);
	if (err == STS_OK)
		check_host(out);
	sts_pattern_match(
	    fuzz_str(data, cut), fuzz_str(data + cut, size - cut));
	check_escape(text);
	return 0;
}
