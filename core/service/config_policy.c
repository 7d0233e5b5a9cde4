/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config_parse.h"
#include "sts/policy.h"

#define PATH_SHOWN 100

struct where {
	const char *path;
	unsigned line; /* in the configuration */
	struct sts_findings *findings;
};

static enum sts_err
trouble(const struct where *where, unsigned line, const char *what)
{
	char shown[PATH_SHOWN], number[16] = "";

	if (line > 0)
		snprintf(number, sizeof(number), ":%u", line);
	sts_config_find(where->findings, where->line, "policy = \"%s\"%s: %s",
	    sts_str_escape(sts_str(where->path), shown, sizeof(shown)), number,
	    what);
	return STS_ESYNTAX;
}

/* A pipe would be waited for, and a device never ends. */
static int
open_file(const struct where *where)
{
	int fd = open(where->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;

	if (where->path[0] != '/') {
		trouble(where, 0, "want an absolute path");
	} else if (fd < 0 || fstat(fd, &st) != 0) {
		trouble(where, 0, strerror(errno));
	} else if (!S_ISREG(st.st_mode)) {
		trouble(where, 0, "not a file");
	} else {
		return fd;
	}
	if (fd >= 0)
		close(fd);
	return -1;
}

/* One octet more than may be there, for the parser to see that. */
static enum sts_err
slurp(int fd, char **out, size_t *size)
{
	char *text = malloc(STS_POLICY_TEXT_MAX + 1);
	size_t n = 0;
	ssize_t got;

	if (text == NULL)
		return STS_ENOMEM;
	do {
		got = read(fd, text + n, STS_POLICY_TEXT_MAX + 1 - n);
		n += got > 0 ? (size_t)got : 0;
	} while (got > 0 || (got < 0 && errno == EINTR));
	if (got < 0) {
		free(text);
		return STS_ETEMP;
	}
	*out = text;
	*size = n;
	return STS_OK;
}

/*
 * A remote policy is read mildly; one's own file has no reason to need that,
 * and a line passed over may be the mx that was meant. max_age is of no
 * meaning here.
 */
static enum sts_err
judge(const struct where *where, const struct sts_diags *diags)
{
	enum sts_err err = STS_OK;
	char what[STS_FINDING_TEXT];
	size_t i;

	for (i = 0; i < diags->n; i++) {
		const struct sts_diag *diag = &diags->list[i];

		if (strcmp(diag->rule, "max_age-clamped") == 0)
			continue;
		snprintf(what, sizeof(what), "%s (%s): %s", diag->rule,
		    diag->section, diag->text);
		err = trouble(where, diag->line, what);
	}
	return err;
}

static enum sts_err
parse(const struct where *where, struct sts_str text, struct sts_policy **out)
{
	struct sts_diags *diags = calloc(1, sizeof(*diags));
	struct sts_policy *policy = NULL;
	enum sts_err err;

	if (diags == NULL)
		return STS_ENOMEM;
	err = sts_policy_parse(text, &policy, diags);
	if (err != STS_ENOMEM && judge(where, diags) != STS_OK)
		err = STS_ESYNTAX;
	else if (err == STS_ESYNTAX)
		trouble(where, 0, "not a policy (RFC 8461 section 3.2)");
	free(diags);
	if (err == STS_OK)
		*out = policy;
	else
		sts_policy_free(policy);
	return err;
}

enum sts_err
sts_config_policy(const char *path, unsigned line, struct sts_policy **out,
    struct sts_findings *findings)
{
	struct where where = {path, line, findings};
	int fd = open_file(&where);
	char *text = NULL;
	size_t n = 0;
	enum sts_err err;

	if (fd < 0)
		return STS_ESYNTAX;
	err = slurp(fd, &text, &n);
	if (err == STS_ETEMP)
		err = trouble(&where, 0, strerror(errno));
	close(fd);
	if (err == STS_OK)
		err = parse(&where, (struct sts_str){text, n}, out);
	free(text);
	return err;
}
