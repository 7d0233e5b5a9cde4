/* SPDX-License-Identifier: ISC */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check_impl.h"

#define DAY 86400

struct sts_checker *
sts_checker_new(
    const struct sts_check_deps *deps, const struct sts_check_config *config)
{
	struct sts_checker *checker = calloc(1, sizeof(*checker));

	if (checker == NULL)
		return NULL;
	checker->deps = *deps;
	checker->config = *config;
	sts_hosts_init(&checker->hosts);
	return checker;
}

void
sts_checker_free(struct sts_checker *checker)
{
	if (checker == NULL)
		return;
	sts_hosts_free(&checker->hosts);
	free(checker);
}

int64_t
sts_check_until(const struct sts_checker *checker, int64_t ms)
{
	const struct sts_clock *clock = &checker->deps.clock;

	return clock->ops->mono(clock->ctx) + ms;
}

void
sts_check_ask(struct sts_check_one *one, const char *name, sts_dns_cb *cb)
{
	const struct sts_checker *checker = one->checker;
	const struct sts_dns *dns = &checker->deps.dns;

	one->pending++;
	(void)dns->ops->txt(dns->ctx, name,
	    sts_check_until(checker, checker->config.dns_ms), cb, one);
}

void
sts_check_failed(struct sts_check_one *one, enum sts_check_area area,
    const char *subject, enum sts_dns_status status)
{
	static const char *const text[] = {
	    [STS_DNS_SERVFAIL] = "DNS failed, or what came cannot be read",
	    [STS_DNS_TIMEOUT] = "no answer from DNS in time",
	    [STS_DNS_BOGUS] = "DNSSEC says that the answer is forged (bogus)",
	    [STS_DNS_LOCAL] = "our own limit or fault; nothing was learned"};
	char code[STS_CHECK_CODE];

	(void)snprintf(code, sizeof(code), "%s-%s", sts_check_area_name(area),
	    status == STS_DNS_BOGUS ? "forged" : "dns");
	(void)sts_item_find(
	    &one->items, area, code, subject, "%s", text[status]);
}

const char *
sts_check_signed(const struct sts_checker *checker, bool secure)
{
	const struct sts_check_deps *deps = &checker->deps;

	if (secure)
		return ", signed (DNSSEC)";
	if (deps->validates != NULL && deps->validates(deps->ctx))
		return ", not signed";
	return "";
}

/* A rule as part of a stable word: "space-before-;" ends in '-' else. */
static void
make_code(enum sts_check_area area, const char *rule, char *code)
{
	int n = snprintf(
	    code, STS_CHECK_CODE, "%s-%s", sts_check_area_name(area), rule);

	if (n >= STS_CHECK_CODE)
		n = STS_CHECK_CODE - 1;
	while (n > 0 && !isalnum((unsigned char)code[n - 1]))
		code[--n] = '\0';
}

size_t
sts_check_diags(struct sts_check_one *one, enum sts_check_area area,
    const char *subject, const struct sts_diags *diags)
{
	char code[STS_CHECK_CODE];
	struct sts_check_item *item;
	size_t i, errors = 0;

	for (i = 0; i < diags->n; i++) {
		const struct sts_diag *diag = &diags->list[i];

		make_code(area, diag->rule, code);
		item = sts_item_find(
		    &one->items, area, code, subject, "%s", diag->text);
		item->section = diag->section;
		item->line = diag->line;
		sts_item_grade(&one->items, item,
		    diag->severity == STS_ERROR ? STS_CHECK_ERROR
						: STS_CHECK_WARNING);
		errors += diag->severity == STS_ERROR;
	}
	one->items.dropped += diags->dropped;
	return errors;
}

/* What lives for days is renewed late: few are a third of its life then. */
static bool
is_soon(const struct sts_check_one *one, const struct sts_check_cert *cert)
{
	int64_t life = cert->cert.valid_until - cert->cert.valid_from;
	int64_t few = one->checker->config.soon;

	if (cert->cert.valid_from != 0 && life / 3 / DAY < few)
		few = life / 3 / DAY;
	return cert->days < few;
}

static void
tell_cert(struct sts_check_one *one, enum sts_check_area area,
    const struct sts_check_cert *cert)
{
	char code[STS_CHECK_CODE];

	(void)sts_item_fact(&one->items, area, cert->host,
	    "%s%s%s, certificate for %.120s, by %.60s, %lld days left",
	    cert->address, cert->address[0] ? ": " : "", cert->tls,
	    cert->cert.names, cert->cert.issuer, (long long)cert->days);
	if (!is_soon(one, cert))
		return;
	(void)snprintf(code, sizeof(code), "%s-certificate-soon",
	    sts_check_area_name(area));
	(void)sts_item_find(&one->items, area, code, cert->host,
	    "%s%sthe certificate ends in %lld day%s", cert->address,
	    cert->address[0] ? ": " : "", (long long)cert->days,
	    cert->days == 1 ? "" : "s");
}

void
sts_check_keep_cert(struct sts_check_one *one, enum sts_check_area area,
    const char *host, const char *address, const char *tls,
    const struct sts_cert_seen *cert, bool good)
{
	const struct sts_clock *clock = &one->checker->deps.clock;
	struct sts_check_cert *list =
	    realloc(one->cert, (one->n_cert + 1) * sizeof(*list));
	struct sts_check_cert *kept;
	int64_t left = cert->valid_until - clock->ops->wall(clock->ctx);

	if (list == NULL)
		return;
	one->cert = list;
	kept = &list[one->n_cert++];
	memset(kept, 0, sizeof(*kept));
	(void)snprintf(kept->host, sizeof(kept->host), "%s", host);
	(void)snprintf(kept->address, sizeof(kept->address), "%s", address);
	kept->tls = tls;
	kept->cert = *cert;
	kept->days = left / DAY - (left % DAY < 0);
	if (good && cert->valid_until != 0)
		tell_cert(one, area, kept);
}

static void
finish(struct sts_check_one *one)
{
	struct sts_check_result result = {.domain = one->domain};
	size_t i;

	sts_check_judge_mx(one);
	sts_check_judge_tlsrpt(one);
	sts_items_sort(&one->items);
	result.item = one->items.list;
	result.n = one->items.n;
	result.dropped = one->items.dropped;
	memcpy(result.count, one->items.count, sizeof(result.count));
	result.id = one->id;
	result.policy = one->policy;
	result.cert = one->cert;
	result.n_cert = one->n_cert;
	one->cb(one->arg, &result);
	for (i = 0; i < one->n_mx; i++)
		if (one->host[i] != NULL)
			sts_host_release(one->host[i]);
	sts_policy_free(one->policy);
	sts_items_free(&one->items);
	free(one->cert);
	free(one);
}

void
sts_check_answered(struct sts_check_one *one)
{
	if (--one->pending == 0)
		finish(one);
}

enum sts_err
sts_check(struct sts_checker *checker, const char *domain, sts_check_cb *cb,
    void *arg)
{
	struct sts_check_one *one = calloc(1, sizeof(*one));

	if (one == NULL)
		return STS_ENOMEM;
	one->checker = checker;
	one->cb = cb;
	one->arg = arg;
	(void)snprintf(one->domain, sizeof(one->domain), "%s", domain);
	sts_check_mx(one);
	return STS_OK;
}
