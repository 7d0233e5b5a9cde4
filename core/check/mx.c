/* SPDX-License-Identifier: ISC */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "check_impl.h"
#include "sts/match.h"

static void
look(struct sts_check_one *one, size_t i)
{
	if (one->mx[i].host[0] == '\0')
		return;
	one->pending++;
	one->host[i] = sts_host_look(one->checker, one->mx[i].host, one);
	if (one->host[i] != NULL)
		return;
	one->pending--;
	(void)sts_item_find(&one->items, STS_CHECK_MX, "mx-untried",
	    one->mx[i].host, "out of memory");
}

/* Where DNS fails for the MX records mail goes nowhere; whoever puts all the
 * other questions to such name servers holds up those of other domains. */
static bool
failed(const struct sts_check_one *one)
{
	return one->mx_status != STS_DNS_FOUND &&
	       one->mx_status != STS_DNS_ABSENT &&
	       one->mx_status != STS_DNS_BOGUS && one->n_mx_bad == 0;
}

static void
on_mx(void *arg, const struct sts_dns_answer *answer)
{
	struct sts_check_one *one = arg;
	size_t i;

	one->mx_status = answer->status;
	one->mx_secure = answer->secure;
	if (answer->status == STS_DNS_FOUND) {
		one->n_mx = answer->n_mx;
		memcpy(one->mx, answer->mx, one->n_mx * sizeof(*one->mx));
	} else if (answer->status == STS_DNS_ABSENT) {
		one->n_mx = 1; /* RFC 5321 section 5.1: the domain itself */
		memcpy(one->mx[0].host, one->domain, sizeof(one->domain));
	}
	one->n_mx_bad = answer->n_mx_bad;
	if (answer->mx_bad != NULL)
		one->mx_bad = *answer->mx_bad;
	if (!failed(one)) {
		sts_check_record(one);
		sts_check_tlsrpt(one);
		sts_check_mail(one);
	}
	for (i = 0; i < one->n_mx; i++)
		look(one, i);
	sts_check_answered(one);
}

void
sts_check_mx(struct sts_check_one *one)
{
	const struct sts_checker *checker = one->checker;
	const struct sts_dns *dns = &checker->deps.dns;

	one->pending++;
	(void)dns->ops->mx(dns->ctx, one->domain,
	    sts_check_until(checker, checker->config.dns_ms), on_mx, one);
}

enum sts_check_grade
sts_check_refusal(const struct sts_check_one *one)
{
	if (one->policy == NULL || one->policy->mode == STS_MODE_NONE)
		return STS_CHECK_NOTE;
	return one->policy->mode == STS_MODE_ENFORCE ? STS_CHECK_ERROR
						     : STS_CHECK_WARNING;
}

static const char *
covering(const struct sts_policy *policy, const char *host)
{
	size_t i;

	for (i = 0; i < policy->n_mx; i++)
		if (sts_pattern_match(sts_str(policy->mx[i]), sts_str(host)))
			return policy->mx[i];
	return NULL;
}

/* MX-1: the pattern that would fit, where none does. */
static void
tell_match(struct sts_check_one *one, const struct sts_mx *mx)
{
	const char *parent = strchr(mx->host, '.');
	const char *pattern = covering(one->policy, mx->host);
	struct sts_check_item *item;

	if (pattern != NULL) {
		(void)sts_item_fact(&one->items, STS_CHECK_MX, mx->host,
		    "preference %u, covered by %.200s", mx->preference,
		    pattern);
		return;
	}
	item = sts_item_find(&one->items, STS_CHECK_MX, "mx-not-in-policy",
	    mx->host, "preference %u, and no pattern of the policy covers it",
	    mx->preference);
	sts_item_grade(&one->items, item, sts_check_refusal(one));
	/* Above a domain that is its own MX there may be all the world's. */
	if (parent != NULL && strchr(parent + 1, '.') != NULL &&
	    strcmp(mx->host, one->domain) != 0)
		sts_item_mend(item,
		    "add \"mx: %s\" (or \"mx: *%s\") to the policy, then change"
		    " the id; or take the MX record away",
		    mx->host, parent);
	else
		sts_item_mend(item,
		    "add \"mx: %s\" to the policy, then change the id",
		    mx->host);
}

/* What no MX needs lets more hosts have mail than do. */
static void
tell_unused(struct sts_check_one *one)
{
	const struct sts_policy *policy = one->policy;
	char host[STS_DOMAIN_SIZE];
	size_t i, j;

	for (i = 0; i < policy->n_mx; i++) {
		struct sts_str pattern = sts_str(policy->mx[i]);

		for (j = 0; j < one->n_mx; j++)
			if (sts_pattern_match(
				pattern, sts_str(one->mx[j].host)))
				break;
		if (j == one->n_mx)
			(void)sts_item_find(&one->items, STS_CHECK_MX,
			    "pattern-unused",
			    sts_str_escape(pattern, host, sizeof(host)),
			    "the policy has it, and no MX is covered by it");
	}
}

static bool
binds(const struct sts_check_one *one)
{
	return one->policy != NULL && one->policy->mode != STS_MODE_NONE;
}

/* RFC 7505 */
static void
tell_null(struct sts_check_one *one)
{
	size_t others = one->n_mx + one->n_mx_bad - 1;

	if (others == 0)
		(void)sts_item_find(&one->items, STS_CHECK_MX, "mx-null",
		    one->domain, "a null MX: it takes no mail");
	else
		(void)sts_item_find(&one->items, STS_CHECK_MX, "mx-null-mixed",
		    one->domain, "a null MX beside %zu others", others);
}

/* What is in an MX record is a name, "192.0.2.1" too: it has no address. */
static void
tell_bad(struct sts_check_one *one)
{
	const struct sts_mx *mx = &one->mx_bad;
	unsigned char octets[sizeof(struct in6_addr)];
	bool address = inet_pton(AF_INET, mx->host, octets) == 1 ||
		       inet_pton(AF_INET6, mx->host, octets) == 1;
	char more[48] = "";

	if (one->n_mx_bad > 1)
		(void)snprintf(
		    more, sizeof(more), "; %zu more such", one->n_mx_bad - 1);
	(void)sts_item_find(&one->items, STS_CHECK_MX, "mx-bad-name", mx->host,
	    "preference %u, and %s%s", mx->preference,
	    address ? "an address in place of a host's name"
		    : "no host can have that name",
	    more);
}

/* Two MX records of one host. */
static bool
told(const struct sts_check_one *one, size_t i)
{
	size_t j;

	for (j = 0; j < i; j++)
		if (one->host[j] == one->host[i])
			return true;
	return false;
}

static void
judge(struct sts_check_one *one, size_t i)
{
	const struct sts_mx *mx = &one->mx[i];

	if (mx->host[0] == '\0') {
		tell_null(one);
		return;
	}
	if (binds(one))
		tell_match(one, mx);
	else
		(void)sts_item_fact(&one->items, STS_CHECK_MX, mx->host,
		    "preference %u", mx->preference);
	if (one->host[i] != NULL && !told(one, i))
		sts_check_tell_host(one, one->host[i]);
}

/* No MX and no address: to where mail goes nobody can say. */
static bool
tell_implicit(struct sts_check_one *one)
{
	bool there =
	    one->host[0] == NULL || one->host[0]->status != STS_DNS_ABSENT;

	(void)sts_item_find(&one->items, STS_CHECK_MX,
	    there ? "mx-implicit" : "mx-none", one->domain,
	    there ? "no MX record: mail goes to the domain itself"
		  : "neither an MX record nor an address");
	return there;
}

void
sts_check_judge_mx(struct sts_check_one *one)
{
	size_t i;

	if (one->mx_status == STS_DNS_ABSENT) {
		if (!tell_implicit(one))
			return;
	} else if (one->mx_status != STS_DNS_FOUND && one->n_mx_bad == 0) {
		sts_check_failed(
		    one, STS_CHECK_MX, one->domain, one->mx_status);
		if (failed(one))
			(void)sts_item_fact(&one->items, STS_CHECK_MX,
			    one->domain, "so nothing else was asked");
		return;
	} else {
		(void)sts_item_fact(&one->items, STS_CHECK_MX, one->domain,
		    "%zu MX record%s%s", one->n_mx + one->n_mx_bad,
		    one->n_mx + one->n_mx_bad == 1 ? "" : "s",
		    sts_check_signed(one->checker, one->mx_secure));
	}
	if (one->checker->deps.probing.ops == NULL)
		(void)sts_item_fact(&one->items, STS_CHECK_MX, one->domain,
		    "MX hosts were not connected to");
	if (one->n_mx_bad > 0)
		tell_bad(one);
	for (i = 0; i < one->n_mx; i++)
		judge(one, i);
	if (binds(one))
		tell_unused(one);
}
