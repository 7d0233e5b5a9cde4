/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "exim.h"
#include "exim_call.h"
#include "exim_load.h"
#include "exim_user.h"
#include "print.h"

#define LISTED \
	8 /* different modules, sockets and words; more are not looked at */

/* What the questions of all transports and routers name, each once. */
struct named {
	struct sts_str list[LISTED];
	size_t n;
};

struct questions {
	struct named files[2]; /* by form: modules, ACLs */
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
	add_name(&q->files[call->form], call->file);
	if (call->more.n > 0)
		add_name(&q->files[call->form], call->more);
	if (sts_str_eq(call->word, "guard"))
		return; /* it asks the service nothing */
	if (socket.n == 0)
		socket = sts_str(STS_EXIM_SOCKET);
	add_name(&q->sockets, socket);
	add_name(&q->unavailable, call->on_unavailable.n > 0
				      ? call->on_unavailable
				      : sts_str("defer"));
}

/* The module then answers all it is asked with "defer"; the ACL denies what it
 * does not know. */
static int
add_unknown(const struct sts_exim *exim, const char *kind, struct sts_str name,
    const struct sts_exim_call *call)
{
	char why[STS_EXIM_WHY], shown[128];
	struct sts_exim_finding finding = {
	    STS_EXIM_ERROR, "argument", kind, name, why, NULL};

	snprintf(why, sizeof(why), "stsgate does not know \"%s\": mail waits",
	    sts_str_escape(call->unknown, shown, sizeof(shown)));
	if (sts_exim_begins(call->unknown, "on_unavailable=") ||
	    sts_exim_same(call->unknown, call->on_unavailable))
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
		struct sts_exim_call bad = {.unknown = {NULL, 0}};
		struct sts_str text = block.text;

		while (sts_exim_next_call(&text, &call)) {
			gather(q, &call);
			if (bad.unknown.n == 0)
				bad = call;
		}
		if (bad.unknown.n > 0 &&
		    add_unknown(exim, kind, block.name, &bad) != 0)
			return -1;
	}
	return 0;
}

static int
check_socket(const struct sts_exim *exim, struct sts_str socket)
{
	char path[256], user[64], why[STS_EXIM_WHY], shown[256];
	const char *trouble;

	sts_exim_user(exim, user, sizeof(user));
	snprintf(path, sizeof(path), "%.*s", (int)socket.n, socket.p);
	trouble = sts_exim_ping(path, user);
	if (trouble == NULL)
		return 0;
	snprintf(why, sizeof(why), "%s: %s; until then mail waits",
	    sts_str_escape(socket, shown, sizeof(shown)), trouble);
	return sts_exim_tell(exim, STS_EXIM_ERROR, "socket", why, NULL);
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
	    sts_exim_tell(exim, STS_EXIM_ERROR, "events",
		"this Exim was built without events: no certificate is looked "
		"at",
		"exim4-daemon-heavy or exim4-daemon-light") != 0)
		return -1;
	if (!has(exim, "Support for:", " DANE") &&
	    sts_exim_tell(exim, STS_EXIM_WARNING, "dane",
		"this Exim was built without DANE, which comes before MTA-STS",
		NULL) != 0)
		return -1;
	if (!has(exim, "Lookups", " dnsdb"))
		return sts_exim_tell(exim, STS_EXIM_WARNING, "dnsdb",
		    "this Exim cannot look up DNS records: an MX that is a "
		    "CNAME is refused",
		    NULL);
	return 0;
}

static int
check_differences(const struct sts_exim *exim, const struct questions *q)
{
	if (q->sockets.n > 1 &&
	    sts_exim_tell(exim, STS_EXIM_WARNING, "sockets",
		"not all questions go to the same socket",
		"STSGATE_SOCKET, defined once above the .include") != 0)
		return -1;
	if (q->unavailable.n > 1)
		return sts_exim_tell(exim, STS_EXIM_WARNING, "on_unavailable",
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
	for (i = 0; rc == 0 && i < q.files[STS_EXIM_DLFUNC].n; i++)
		rc = sts_exim_check_module(
		    exim, q.files[STS_EXIM_DLFUNC].list[i]);
	for (i = 0; rc == 0 && i < q.files[STS_EXIM_LIGHT].n; i++)
		rc = sts_exim_check_file(exim, q.files[STS_EXIM_LIGHT].list[i]);
	for (i = 0; rc == 0 && i < q.sockets.n; i++)
		rc = check_socket(exim, q.sockets.list[i]);
	if (rc == 0)
		rc = check_abilities(exim);
	return rc == 0 ? check_differences(exim, &q) : -1;
}
