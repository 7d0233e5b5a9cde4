/* SPDX-License-Identifier: ISC */
#include "mail.h"

#include <stdio.h>
#include <string.h>

#include "check_impl.h"

#define DMARC     "_dmarc."
#define DKIM      "._domainkey."
#define NAME      ((size_t)2 * STS_DOMAIN_SIZE + sizeof(DKIM))
#define SHOWN     240
#define LOOKUPS   10 /* RFC 7208 section 4.6.4 */
#define WEAK_BITS 1024
#define GOOD_BITS 2048

/* The one record of a kind, or NULL; more than one, or none, are told. */
static const struct sts_str *
choose(struct sts_check_one *one, enum sts_check_area area, const char *name,
    const struct sts_txt *txt, bool (*is)(struct sts_str text))
{
	const struct sts_str *found = NULL;
	char code[STS_CHECK_CODE];
	size_t i, n = 0;

	for (i = 0; i < txt->n; i++)
		if (is(txt->rr[i])) {
			found = &txt->rr[i];
			n++;
		}
	if (n == 1)
		return found;
	(void)snprintf(code, sizeof(code), "%s-%s", sts_check_area_name(area),
	    n == 0 ? "none" : "many");
	if (n == 0)
		(void)sts_item_find(
		    &one->items, area, code, name, "no such record");
	else
		(void)sts_item_find(&one->items, area, code, name,
		    "%zu records, where one may be", n);
	return NULL;
}

/* What stands there, and what of it is wrong. */
static void
tell_bad(struct sts_check_one *one, enum sts_check_area area, const char *name,
    struct sts_str record, struct sts_str bad)
{
	char code[STS_CHECK_CODE], text[SHOWN], part[80];

	(void)snprintf(
	    code, sizeof(code), "%s-syntax", sts_check_area_name(area));
	(void)sts_item_find(&one->items, area, code, name,
	    "\"%s\" is wrong or missing in \"%s\"",
	    sts_str_escape(bad, part, sizeof(part)),
	    sts_str_escape(record, text, sizeof(text)));
}

static void
fact(struct sts_check_one *one, enum sts_check_area area, const char *name,
    struct sts_str record)
{
	char text[SHOWN];

	(void)sts_item_fact(&one->items, area, name, "%s",
	    sts_str_escape(record, text, sizeof(text)));
}

static void
judge_spf(struct sts_check_one *one, const struct sts_spf *spf)
{
	struct sts_items *items = &one->items;

	if (spf->lookups > LOOKUPS)
		(void)sts_item_find(items, STS_CHECK_SPF, "spf-lookups",
		    one->domain, "%u terms that look in DNS", spf->lookups);
	if (spf->all == '+')
		(void)sts_item_find(items, STS_CHECK_SPF, "spf-all",
		    one->domain, "+all: whoever sends may");
	if (spf->all == 0 && !spf->redirect)
		(void)sts_item_find(items, STS_CHECK_SPF, "spf-open",
		    one->domain, "neither all nor redirect at its end");
	if (spf->ptr)
		(void)sts_item_find(items, STS_CHECK_SPF, "spf-ptr",
		    one->domain, "the mechanism ptr");
}

static void
on_spf(void *arg, const struct sts_dns_answer *answer)
{
	struct sts_check_one *one = arg;
	static const struct sts_txt none = {NULL, 0};
	const struct sts_txt *txt =
	    answer->status == STS_DNS_FOUND ? &answer->txt : &none;
	const struct sts_str *record = NULL;
	struct sts_spf spf;
	struct sts_str bad;

	if (answer->status == STS_DNS_FOUND || answer->status == STS_DNS_ABSENT)
		record =
		    choose(one, STS_CHECK_SPF, one->domain, txt, sts_spf_is);
	else
		sts_check_failed(
		    one, STS_CHECK_SPF, one->domain, answer->status);
	if (record != NULL) {
		fact(one, STS_CHECK_SPF, one->domain, *record);
		if (sts_spf_parse(*record, &spf, &bad) == STS_OK)
			judge_spf(one, &spf);
		else
			tell_bad(one, STS_CHECK_SPF, one->domain, *record, bad);
	}
	sts_check_answered(one);
}

static void
read_dmarc(
    struct sts_check_one *one, const char *name, const struct sts_txt *txt)
{
	const struct sts_str *record =
	    choose(one, STS_CHECK_DMARC, name, txt, sts_dmarc_is);
	struct sts_dmarc dmarc;
	struct sts_str bad;

	if (record == NULL)
		return;
	fact(one, STS_CHECK_DMARC, name, *record);
	if (sts_dmarc_parse(*record, &dmarc, &bad) != STS_OK) {
		tell_bad(one, STS_CHECK_DMARC, name, *record, bad);
		return;
	}
	if (!dmarc.enforces)
		(void)sts_item_find(&one->items, STS_CHECK_DMARC,
		    "dmarc-monitor", name, "p=none: nothing is kept away");
	if (!dmarc.reports)
		(void)sts_item_find(&one->items, STS_CHECK_DMARC,
		    "dmarc-no-reports", name, "no rua");
}

static void ask_dmarc(struct sts_check_one *one);

/* Of a subdomain without one, that of a domain above counts. */
static bool
go_up(struct sts_check_one *one)
{
	const char *dot = strchr(one->dmarc, '.');

	if (dot == NULL || strchr(dot + 1, '.') == NULL)
		return false;
	one->dmarc = dot + 1;
	return true;
}

/* What else may be there, as of a wildcard, is none (section 6.6.3). */
static bool
has_dmarc(const struct sts_txt *txt)
{
	size_t i;

	for (i = 0; i < txt->n; i++)
		if (sts_dmarc_is(txt->rr[i]))
			return true;
	return false;
}

static void
on_dmarc(void *arg, const struct sts_dns_answer *answer)
{
	struct sts_check_one *one = arg;
	static const struct sts_txt none = {NULL, 0};
	char name[NAME];

	(void)snprintf(name, sizeof(name), DMARC "%s", one->dmarc);
	if (answer->status == STS_DNS_FOUND && has_dmarc(&answer->txt)) {
		read_dmarc(one, name, &answer->txt);
	} else if (answer->status != STS_DNS_FOUND &&
		   answer->status != STS_DNS_ABSENT) {
		sts_check_failed(one, STS_CHECK_DMARC, name, answer->status);
	} else if (go_up(one)) {
		ask_dmarc(one);
	} else {
		(void)snprintf(name, sizeof(name), DMARC "%s", one->domain);
		(void)choose(one, STS_CHECK_DMARC, name, &none, sts_dmarc_is);
	}
	sts_check_answered(one);
}

static void
ask_dmarc(struct sts_check_one *one)
{
	char name[NAME];

	(void)snprintf(name, sizeof(name), DMARC "%s", one->dmarc);
	sts_check_ask(one, name, on_dmarc);
}

static void
judge_dkim(
    struct sts_check_one *one, const char *name, const struct sts_dkim *dkim)
{
	struct sts_items *items = &one->items;
	struct sts_check_item *item;

	if (dkim->revoked) {
		(void)sts_item_find(items, STS_CHECK_DKIM, "dkim-revoked", name,
		    "p is empty: the key is revoked");
		return;
	}
	(void)sts_item_fact(items, STS_CHECK_DKIM, name, "%s, %u bits",
	    dkim->ed25519 ? "ed25519" : "rsa", dkim->bits);
	if (dkim->testing)
		(void)sts_item_find(items, STS_CHECK_DKIM, "dkim-testing", name,
		    "t=y: who verifies need not believe it");
	if (dkim->ed25519 || dkim->bits >= GOOD_BITS)
		return;
	item = sts_item_find(items, STS_CHECK_DKIM, "dkim-weak", name,
	    "an RSA key of %u bits", dkim->bits);
	if (dkim->bits < WEAK_BITS)
		sts_item_grade(items, item, STS_CHECK_ERROR);
}

/* Where there is no v= it is DKIM1, so every record is meant for one. */
static bool
is_dkim(struct sts_str text)
{
	(void)text;
	return true;
}

static void ask_dkim(struct sts_check_one *one);

static void
dkim_name(const struct sts_check_one *one, char name[NAME])
{
	(void)snprintf(name, NAME, "%.253s" DKIM "%s",
	    one->checker->config.selectors[one->selector], one->domain);
}

static void
on_dkim(void *arg, const struct sts_dns_answer *answer)
{
	struct sts_check_one *one = arg;
	static const struct sts_txt none = {NULL, 0};
	const struct sts_str *record = NULL;
	struct sts_dkim dkim;
	struct sts_str bad;
	char name[NAME];

	dkim_name(one, name);
	if (answer->status == STS_DNS_FOUND || answer->status == STS_DNS_ABSENT)
		record = choose(one, STS_CHECK_DKIM, name,
		    answer->status == STS_DNS_FOUND ? &answer->txt : &none,
		    is_dkim);
	else
		sts_check_failed(one, STS_CHECK_DKIM, name, answer->status);
	if (record != NULL) {
		if (sts_dkim_parse(*record, &dkim, &bad) == STS_OK)
			judge_dkim(one, name, &dkim);
		else
			tell_bad(one, STS_CHECK_DKIM, name, *record, bad);
	}
	one->selector++;
	ask_dkim(one);
	sts_check_answered(one);
}

static void
ask_dkim(struct sts_check_one *one)
{
	char name[NAME];

	if (one->selector >= one->checker->config.n_selectors)
		return;
	dkim_name(one, name);
	sts_check_ask(one, name, on_dkim);
}

void
sts_check_mail(struct sts_check_one *one)
{
	one->dmarc = one->domain;
	sts_check_ask(one, one->domain, on_spf);
	ask_dmarc(one);
	ask_dkim(one);
}
