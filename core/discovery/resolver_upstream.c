/* SPDX-License-Identifier: ISC */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unbound.h>
#include <unbound-event.h>

#include "resolver_upstream.h"
#include "wire.h"

#define SOCKETS_MAX 1024

struct option {
	const char *name;
	const char *value;
};

/*
 * One loop, no threads, so no slabs; caches that fit a small service; an
 * upstream that was away is asked again soon. Times of the caches: no longer
 * than the engine would hold an answer. Answers may have up to 64 KiB, so the
 * message buffer stays as libunbound has it.
 */
static const struct option options[] = {
    {"verbosity:", "0"},
    {"use-syslog:", "no"},
    {"so-reuseport:", "no"},
    {"num-queries-per-thread:", "1024"},
    {"outgoing-num-tcp:", "16"},
    {"edns-buffer-size:", "1232"},
    {"msg-cache-slabs:", "1"},
    {"rrset-cache-slabs:", "1"},
    {"infra-cache-numhosts:", "1000"},
    {"infra-cache-slabs:", "1"},
    {"infra-host-ttl:", "60"},
    {"infra-keep-probing:", "yes"},
    {"key-cache-size:", "256k"},
    {"key-cache-slabs:", "1"},
    {"neg-cache-size:", "64k"},
    {"cache-max-ttl:", "3600"},
    {"cache-max-negative-ttl:", "3600"},
    {"qname-minimisation:", "yes"},
    {"harden-glue:", "yes"},
    {"harden-dnssec-stripped:", "yes"},
    {"harden-below-nxdomain:", "yes"},
    {"harden-short-bufsize:", "yes"},
};

/* Who is asked has a cache, and so has the engine; only in recursion this one
 * is what keeps questions from the root. */
static const struct option small[] = {
    {"msg-cache-size:", "128k"}, {"rrset-cache-size:", "256k"}};
static const struct option large[] = {
    {"msg-cache-size:", "1m"}, {"rrset-cache-size:", "2m"}};

/*
 * A name server is silent while those of a name are. Of many such names
 * libunbound would learn that it is away, and not ask it for others; and a
 * slow name has as long as quick ones took. So it forgets at once, and a try
 * has half a second. (More is too much where one of two servers is away.)
 */
static const struct option lenient[] = {
    {"infra-cache-min-rtt:", "500"}, {"infra-host-ttl:", "1"}};

static enum sts_err
failed(const struct sts_log *log, const char *name, const char *value, int rc)
{
	sts_log(log, STS_LOG_ERROR, "resolver-config",
	    "option=%s value=%s error=\"%s\"", name, value, ub_strerror(rc));
	return rc == UB_NOMEM ? STS_ENOMEM : STS_EINVAL;
}

static enum sts_err
set(struct ub_ctx *ctx, const struct sts_log *log, const char *name,
    const char *value)
{
	int rc = ub_ctx_set_option(ctx, name, value);

	return rc == UB_NOERROR ? STS_OK : failed(log, name, value, rc);
}

static bool
is_loopback(const char *addr)
{
	return strncmp(addr, "127.", 4) == 0 ||
	       strncmp(addr, "::ffff:127.", 11) == 0 ||
	       strcmp(addr, "::1") == 0 || strncmp(addr, "::1@", 4) == 0;
}

static enum sts_err
set_servers(struct ub_ctx *ctx, const struct sts_servers *servers,
    const struct sts_log *log)
{
	enum sts_err err;
	bool local = false;
	size_t i;
	int rc;

	for (i = 0; i < servers->n; i++) {
		rc = ub_ctx_set_fwd(ctx, servers->addr[i]);
		if (rc != UB_NOERROR)
			return failed(log, "forward", servers->addr[i], rc);
		local = local || is_loopback(servers->addr[i]);
	}
	err = set(ctx, log, "do-not-query-localhost:", local ? "no" : "yes");
	if (err == STS_OK && servers->mode == STS_RESOLVER_RECURSIVE &&
	    servers->root_hints != NULL)
		err = set(ctx, log, "root-hints:", servers->root_hints);
	return err;
}

static enum sts_err
set_dnssec(struct ub_ctx *ctx, const struct sts_servers *servers, bool validate,
    const struct sts_log *log)
{
	enum sts_err err;

	if (!validate)
		return set(ctx, log, "module-config:", "iterator");
	err = set(ctx, log, "module-config:", "validator iterator");
	if (err == STS_OK)
		err = sts_anchor_add(ctx, servers->trust_anchor, log);
	return err;
}

static void
ignore(void *arg, int rcode, void *packet, int n, int sec, char *why, int limit)
{
	(void)arg, (void)rcode, (void)packet, (void)n;
	(void)sec, (void)why, (void)limit;
}

/*
 * Files are read at the first question, so ask one that libunbound answers by
 * itself: what is wrong with them is said now and not by the first mail.
 */
static enum sts_err
finish(struct ub_ctx *ctx, const struct sts_log *log)
{
	int rc = ub_resolve_event(
	    ctx, "localhost.", STS_TYPE_A, 1, NULL, ignore, NULL);

	return rc == UB_NOERROR ? STS_OK : failed(log, "files", "all", rc);
}

/*
 * A socket each question. What found none would wait inside libunbound and
 * time out without having been asked, so there are more sockets than there
 * may be questions: in recursion one may ask several servers at once.
 */
static enum sts_err
set_sockets(struct sts_upstream *upstream, const struct sts_log *log)
{
	struct rlimit limit;
	unsigned long range = SOCKETS_MAX;
	char value[24];

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur / 2 < range)
		range = limit.rlim_cur / 2;
	upstream->max = range - range / 4;
	(void)snprintf(value, sizeof(value), "%lu", range);
	return set(upstream->ctx, log, "outgoing-range:", value);
}

static enum sts_err
set_all(struct ub_ctx *ctx, const struct option *list, size_t n,
    const struct sts_log *log)
{
	enum sts_err err = STS_OK;
	size_t i;

	for (i = 0; err == STS_OK && i < n; i++)
		err = set(ctx, log, list[i].name, list[i].value);
	return err;
}

static enum sts_err
configure(struct sts_upstream *upstream, const struct sts_servers *servers,
    bool validate, const struct sts_log *log)
{
	struct ub_ctx *ctx = upstream->ctx;
	enum sts_err err = set_sockets(upstream, log);
	bool recursive = servers->mode == STS_RESOLVER_RECURSIVE;

	(void)ub_ctx_debugout(ctx, NULL);
	if (err == STS_OK)
		err = set_all(
		    ctx, options, sizeof(options) / sizeof(*options), log);
	if (err == STS_OK)
		err = set_all(ctx, recursive ? large : small, 2, log);
	if (err == STS_OK && servers->many && !recursive)
		err = set_all(ctx, lenient, 2, log);
	if (err == STS_OK)
		err = set_servers(ctx, servers, log);
	if (err == STS_OK)
		err = set_dnssec(ctx, servers, validate, log);
	return err == STS_OK ? finish(ctx, log) : err;
}

enum sts_err
sts_upstream_new(struct event_base *base, const struct sts_servers *servers,
    bool validate, const struct sts_log *log, struct sts_upstream **out)
{
	struct sts_upstream *upstream = calloc(1, sizeof(*upstream));
	enum sts_err err = STS_ENOMEM;

	if (upstream == NULL)
		return STS_ENOMEM;
	upstream->ctx = ub_ctx_create_event(base);
	if (upstream->ctx != NULL)
		err = configure(upstream, servers, validate, log);
	if (err != STS_OK) {
		sts_upstream_retire(upstream);
		return err;
	}
	*out = upstream;
	return STS_OK;
}

static void
leave(struct sts_upstream *upstream)
{
	if (!upstream->retired || upstream->open > 0)
		return;
	sts_upstream_forget_all(upstream);
	ub_ctx_delete(upstream->ctx);
	free(upstream);
	/* A context leaves holes of a megabyte or two; this takes 0.2 ms. */
	(void)malloc_trim(0);
}

void
sts_upstream_retire(struct sts_upstream *upstream)
{
	if (upstream == NULL)
		return;
	upstream->retired = true;
	leave(upstream);
}

void
sts_upstream_done(struct sts_upstream *upstream)
{
	upstream->open--;
	leave(upstream);
}
