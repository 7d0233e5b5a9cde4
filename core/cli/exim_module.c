/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "exim.h"
#include "exim_call.h"
#include "exim_run.h"
#include "exim_socket.h"
#include "print.h"

#define LISTED \
	8 /* different modules, sockets and words; more are not looked at */

/* What the questions of all transports and routers name, each once. */
struct named {
	struct sts_str list[LISTED];
	size_t n;
};

struct questions {
	struct named modules;
	struct named sockets;
	struct named unavailable;
	bool any;
};

static void
add_name(struct named *named, struct sts_str text)
{
	size_t i;

	for (i = 0; i < named->n; i++)
		if (sts_exim_same(named->list[i], text))
			return;
	if (named->n < LISTED)
		named->list[named->n++] = text;
}

static void
gather(struct questions *q, const struct sts_exim_call *call)
{
	struct sts_str socket = call->socket;

	q->any = true;
	if (call->form == STS_EXIM_DLFUNC)
		add_name(&q->modules, call->module);
	if (sts_str_eq(call->word, "guard"))
		return; /* it asks the service nothing */
	if (socket.n == 0)
		socket = sts_str(STS_EXIM_SOCKET);
	add_name(&q->sockets, socket);
	if (call->form == STS_EXIM_DLFUNC)
		add_name(&q->unavailable, call->on_unavailable.n > 0
					      ? call->on_unavailable
					      : sts_str("defer"));
}

/* The module does not know it, and answers all it is asked with "defer". */
static int
add_unknown(const struct sts_exim *exim, const char *kind, struct sts_str name,
    struct sts_str argument)
{
	char why[STS_EXIM_WHY], shown[128];
	struct sts_exim_finding finding = {
	    STS_EXIM_ERROR, "argument", kind, name, why, NULL};

	snprintf(why, sizeof(why),
	    "the module does not know \"%s\": all "
	    "mail is deferred",
	    sts_str_escape(argument, shown, sizeof(shown)));
	if (sts_exim_begins(argument, "on_unavailable="))
		finding.instead = "STSGATE_ON_UNAVAILABLE = defer, or deliver";
	return sts_exim_add(exim, &finding);
}

static int
gather_blocks(const struct sts_exim *exim, struct sts_str rest,
    const char *kind, struct questions *q)
{
	struct sts_exim_block block;
	struct sts_exim_call call;

	while (sts_exim_next_block(&rest, kind, &block)) {
		struct sts_str text = block.text, unknown = {NULL, 0};

		while (sts_exim_next_call(&text, &call)) {
			gather(q, &call);
			if (unknown.n == 0)
				unknown = call.unknown;
		}
		if (unknown.n > 0 &&
		    add_unknown(exim, kind, block.name, unknown) != 0)
			return -1;
	}
	return 0;
}

static int
add(const struct sts_exim *exim, enum sts_exim_severity severity,
    const char *rule, const char *why, const char *instead)
{
	struct sts_exim_finding finding = {
	    severity, rule, NULL, {NULL, 0}, why, instead};

	return sts_exim_add(exim, &finding);
}

/* What Exim said of the module, from "Failed: " to the end of the line. */
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
		return add(exim, STS_EXIM_ERROR, "dlfunc",
		    "this Exim cannot load modules (Debian's "
		    "exim4-daemon-light): nothing is asked, mail goes out "
		    "unprotected or waits",
		    "exim4-daemon-heavy, or stsgate-light-macros.conf in place "
		    "of stsgate-macros.conf");
	sts_exim_words(said, words, sizeof(words));
	snprintf(why, sizeof(why), "%s: %s, so mail waits; Exim says: %s",
	    sts_str_escape(sts_str(path), shown, sizeof(shown)),
	    explain_failure(said), said.n > 0 ? words : "nothing");
	return add(exim, STS_EXIM_ERROR, "module", why,
	    "STSGATE_MODULE = where stsgate.so of this machine is");
}

/* Exim loads it as root: who may write there is root. */
static int
check_owner(const struct sts_exim *exim, const char *path)
{
	char why[STS_EXIM_WHY], shown[256];
	struct stat st;

	if (stat(path, &st) != 0 ||
	    (st.st_uid == 0 && (st.st_mode & (S_IWGRP | S_IWOTH)) == 0))
		return 0;
	snprintf(why, sizeof(why),
	    "%s can be written by others than root, and Exim loads it as root",
	    sts_str_escape(sts_str(path), shown, sizeof(shown)));
	return add(
	    exim, STS_EXIM_ERROR, "module-owner", why, "owner root, mode 0644");
}

static int
check_module(const struct sts_exim *exim, struct sts_str module)
{
	char path[1024], question[1100];
	const char *const argv[] = {exim->binary, "-be", question, NULL};
	struct sts_exim_output out;
	int rc;

	rc = snprintf(path, sizeof(path), "%.*s", (int)module.n, module.p);
	if (rc < 0 || (size_t)rc >= sizeof(path))
		return add(exim, STS_EXIM_ERROR, "module",
		    "its path is too long", NULL);
	snprintf(
	    question, sizeof(question), "${dlfunc{%s}{stsgate}{guard}}", path);
	rc = sts_exim_run(argv, STS_EXIM_DEADLINE, &out);
	if (rc != 0)
		return add(exim, STS_EXIM_ERROR, "module",
		    "Exim ends or hangs when it loads it", NULL);
	if (sts_exim_begins(out.text, "false\n"))
		rc = check_owner(exim, path);
	else
		rc = add_failure(exim, path, failure(&out));
	sts_exim_output_free(&out);
	return rc;
}

static int
check_socket(const struct sts_exim *exim, struct sts_str socket)
{
	char path[256], user[64], why[STS_EXIM_WHY], shown[256];
	struct sts_str name = exim->user, line;
	const char *trouble;

	if (!sts_exim_next_line(&name, &line) ||
	    !sts_exim_behind(line, "exim_user = ", &name))
		name = (struct sts_str){"", 0};
	snprintf(user, sizeof(user), "%.*s", (int)name.n, name.p);
	snprintf(path, sizeof(path), "%.*s", (int)socket.n, socket.p);
	trouble = sts_exim_ping(path, user);
	if (trouble == NULL)
		return 0;
	snprintf(why, sizeof(why), "%s: %s; until then mail waits",
	    sts_str_escape(socket, shown, sizeof(shown)), trouble);
	return add(exim, STS_EXIM_ERROR, "socket", why, NULL);
}

/* A word of the lines "Support for:" and "Lookups ...:". */
static bool
has(const struct sts_exim *exim, const char *line, const char *word)
{
	struct sts_str rest = exim->features, found;

	while (sts_exim_next_line(&rest, &found))
		if (sts_exim_begins(found, line) &&
		    sts_exim_contains(found, word))
			return true;
	return false;
}

static int
check_abilities(const struct sts_exim *exim)
{
	if (!has(exim, "Support for:", " Event") &&
	    add(exim, STS_EXIM_ERROR, "events",
		"this Exim was built without events: no certificate is looked "
		"at",
		"exim4-daemon-heavy or exim4-daemon-light") != 0)
		return -1;
	if (!has(exim, "Support for:", " DANE") &&
	    add(exim, STS_EXIM_WARNING, "dane",
		"this Exim was built without DANE, which comes before MTA-STS",
		NULL) != 0)
		return -1;
	if (!has(exim, "Lookups", " dnsdb"))
		return add(exim, STS_EXIM_WARNING, "dnsdb",
		    "this Exim cannot look up DNS records: an MX that is a "
		    "CNAME is refused",
		    NULL);
	return 0;
}

static int
check_differences(const struct sts_exim *exim, const struct questions *q)
{
	if (q->sockets.n > 1 &&
	    add(exim, STS_EXIM_WARNING, "sockets",
		"not all questions go to the same socket",
		"STSGATE_SOCKET, defined once above the .include") != 0)
		return -1;
	if (q->unavailable.n > 1)
		return add(exim, STS_EXIM_WARNING, "on_unavailable",
		    "some questions say deliver, some defer, when the service "
		    "is away",
		    "STSGATE_ON_UNAVAILABLE, defined once above the .include");
	return 0;
}

int
sts_exim_modules(const struct sts_exim *exim)
{
	struct questions q = {0};
	size_t i;
	int rc;

	rc = gather_blocks(exim, exim->transports, "transport", &q);
	if (rc == 0)
		rc = gather_blocks(exim, exim->routers, "router", &q);
	if (rc != 0 || !q.any)
		return rc;
	for (i = 0; rc == 0 && i < q.modules.n; i++)
		rc = check_module(exim, q.modules.list[i]);
	for (i = 0; rc == 0 && i < q.sockets.n; i++)
		rc = check_socket(exim, q.sockets.list[i]);
	if (rc == 0)
		rc = check_abilities(exim);
	return rc == 0 ? check_differences(exim, &q) : -1;
}
