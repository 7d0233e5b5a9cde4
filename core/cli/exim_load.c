/* SPDX-License-Identifier: ISC */
#include "exim_load.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "exim_run.h"
#include "exim_user.h"
#include "print.h"

/* What Exim said of it, from "Failed: " to the end of the line. */
static struct sts_str
failure(const struct sts_exim_output *out)
{
	struct sts_str line = {NULL, 0}, rest = out->text;

	if (sts_exim_behind(out->text, "Failed: ", &rest))
		sts_exim_next_line(&rest, &line);
	return line;
}

static const char *
explain_failure(struct sts_str said)
{
	if (sts_exim_contains(said, "No such file"))
		return "there is no such file";
	if (sts_exim_contains(said, "Permission denied"))
		return "Exim may not read it";
	if (sts_exim_contains(said, "undefined symbol: stsgate"))
		return "it is a library, but not stsgate's";
	if (sts_exim_contains(said, "ELF") ||
	    sts_exim_contains(said, "too short"))
		return "it is no library for this machine";
	return "Exim cannot load it";
}

static int
add_failure(const struct sts_exim *exim, const char *path, struct sts_str said)
{
	char why[STS_EXIM_WHY], shown[128], words[320];

	if (sts_exim_contains(said, "not included in this binary"))
		return sts_exim_tell(exim, STS_EXIM_ERROR, "dlfunc",
		    "this Exim cannot load modules (Debian's "
		    "exim4-daemon-light): nothing is asked, mail goes out "
		    "unprotected or waits",
		    "exim4-daemon-heavy, or stsgate-light-macros.conf in place "
		    "of stsgate-macros.conf");
	sts_exim_words(said, words, sizeof(words));
	snprintf(why, sizeof(why), "%s: %s, so mail waits; Exim says: %s",
	    sts_str_escape(sts_str(path), shown, sizeof(shown)),
	    explain_failure(said), said.n > 0 ? words : "nothing");
	return sts_exim_tell(exim, STS_EXIM_ERROR, "module", why,
	    "STSGATE_MODULE = where stsgate.so of this machine is");
}

/* Exim takes it as root: who may write there is root. */
static int
check_owner(const struct sts_exim *exim, const char *path, const char *rule)
{
	char why[STS_EXIM_WHY], shown[256];
	struct stat st;

	if (stat(path, &st) != 0 ||
	    (st.st_uid == 0 && (st.st_mode & (S_IWGRP | S_IWOTH)) == 0))
		return 0;
	snprintf(why, sizeof(why),
	    "%s can be written by others than root, and Exim does as root what "
	    "it says",
	    sts_str_escape(sts_str(path), shown, sizeof(shown)));
	return sts_exim_tell(
	    exim, STS_EXIM_ERROR, rule, why, "owner root, mode 0644");
}

int
sts_exim_check_module(const struct sts_exim *exim, struct sts_str module)
{
	char path[1024], question[1100];
	const char *const argv[] = {exim->binary, "-be", question, NULL};
	struct sts_exim_output out;
	int rc;

	rc = snprintf(path, sizeof(path), "%.*s", (int)module.n, module.p);
	if (rc < 0 || (size_t)rc >= sizeof(path))
		return sts_exim_tell(exim, STS_EXIM_ERROR, "module",
		    "its path is too long", NULL);
	snprintf(
	    question, sizeof(question), "${dlfunc{%s}{stsgate}{guard}}", path);
	rc = sts_exim_run(argv, STS_EXIM_DEADLINE, &out);
	if (rc != 0)
		return sts_exim_tell(exim, STS_EXIM_ERROR, "module",
		    "Exim ends or hangs when it loads it", NULL);
	if (sts_exim_begins(out.text, "false\n"))
		rc = check_owner(exim, path, "module-owner");
	else
		rc = add_failure(exim, path, failure(&out));
	sts_exim_output_free(&out);
	return rc;
}

/* Exim says no more of an ACL than that it is an error. */
static const char *
explain_file(const char *path)
{
	if (access(path, R_OK) == 0)
		return "it is not as stsgate has it";
	return errno == ENOENT ? "there is no such file" : strerror(errno);
}

static bool
is_strict(const struct sts_exim *exim)
{
	const char *const argv[] = {
	    exim->binary, "-bP", "strict_acl_vars", NULL};
	struct sts_exim_output out;
	bool strict;

	if (sts_exim_run(argv, STS_EXIM_DEADLINE, &out) != 0)
		return false;
	strict = sts_exim_begins(out.text, "strict_acl_vars");
	sts_exim_output_free(&out);
	return strict;
}

static int
add_no_file(const struct sts_exim *exim, const char *path)
{
	char why[STS_EXIM_WHY], shown[128];

	if (is_strict(exim))
		return sts_exim_tell(exim, STS_EXIM_ERROR, "strict_acl_vars",
		    "stsgate-light.acl asks for variables that are not set "
		    "yet, so mail waits",
		    "leave strict_acl_vars at its default");
	snprintf(why, sizeof(why), "%s: %s, so mail waits",
	    sts_str_escape(sts_str(path), shown, sizeof(shown)),
	    explain_file(path));
	return sts_exim_tell(exim, STS_EXIM_ERROR, "acl-file", why,
	    "STSGATE_FILES = where stsgate-light.acl of this release is");
}

/* Some of it deliveries have from root; callouts have nothing. */
static int
check_readable(const struct sts_exim *exim, const char *path)
{
	char why[STS_EXIM_WHY], shown[256], user[64];

	/* An Exim in a root of its own has it elsewhere. */
	if (sts_exim_look(path, sts_exim_user(exim, user, sizeof(user))) !=
	    EACCES)
		return 0;
	snprintf(why, sizeof(why),
	    "%s: Exim's user may not read it: mail waits, and no policy holds "
	    "in callouts",
	    sts_str_escape(sts_str(path), shown, sizeof(shown)));
	return sts_exim_tell(
	    exim, STS_EXIM_ERROR, "acl-file", why, "owner root, mode 0644");
}

int
sts_exim_check_file(const struct sts_exim *exim, struct sts_str file)
{
	char path[1024], question[2200];
	const char *const argv[] = {exim->binary, "-be", question, NULL};
	struct sts_exim_output out;
	bool good;
	int rc;

	rc = snprintf(path, sizeof(path), "%.*s", (int)file.n, file.p);
	if (rc < 0 || (size_t)rc >= sizeof(path))
		return sts_exim_tell(exim, STS_EXIM_ERROR, "acl-file",
		    "its path is too long", NULL);
	snprintf(question, sizeof(question),
	    "${if and{{acl{{%s}{%s}{}{}{}{guard}{guard}}}"
	    "{inlist{$value}{false:!*}}}{false}}",
	    path, path);
	if (sts_exim_run(argv, STS_EXIM_DEADLINE, &out) != 0)
		return sts_exim_tell(exim, STS_EXIM_ERROR, "acl-file",
		    "Exim ends or hangs when it reads it", NULL);
	good = sts_exim_begins(out.text, "false\n");
	sts_exim_output_free(&out);
	if (!good)
		return add_no_file(exim, path);
	rc = check_readable(exim, path);
	return rc == 0 ? check_owner(exim, path, "acl-file-owner") : rc;
}
