/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "check_impl.h"
#include "sts/tlsrpt.h"

#define RECORD "_mta-sts."
#define TLSRPT "_smtp._tls."
#define NAME   (sizeof(TLSRPT) + STS_DOMAIN_SIZE)

static void
under(const struct sts_check_one *one, const char *prefix, char name[NAME])
{
	(void)snprintf(name, NAME, "%s%s", prefix, one->domain);
}

static void
read_record(struct sts_check_one *one, const char *name,
    const struct sts_dns_answer *answer)
{
	struct sts_diags diags;

	memset(&diags, 0, sizeof(diags));
	if (sts_record_parse(&answer->txt, one->id, &diags) == STS_OK)
		(void)sts_item_fact(&one->items, STS_CHECK_RECORD, name,
		    "id %s%s", one->id,
		    sts_check_signed(one->checker, answer->secure));
	(void)sts_check_diags(one, STS_CHECK_RECORD, name, &diags);
	one->recorded = true;
}

/* Whoever has a record, be it broken, means to have a policy. */
static void
on_record(void *arg, const struct sts_dns_answer *answer)
{
	struct sts_check_one *one = arg;
	char name[NAME];

	under(one, RECORD, name);
	if (answer->status == STS_DNS_FOUND)
		read_record(one, name, answer);
	else if (answer->status == STS_DNS_ABSENT)
		(void)sts_item_find(&one->items, STS_CHECK_RECORD,
		    "record-none", name, "no TXT record");
	else
		sts_check_failed(one, STS_CHECK_RECORD, name, answer->status);
	if (answer->status != STS_DNS_ABSENT)
		sts_check_fetch(one);
	sts_check_answered(one);
}

void
sts_check_record(struct sts_check_one *one)
{
	char name[NAME];

	under(one, RECORD, name);
	sts_check_ask(one, name, on_record);
}

static void
tell_destinations(struct sts_check_one *one, const char *name,
    const struct sts_tlsrpt *tlsrpt)
{
	char text[STS_CHECK_TEXT];
	size_t i;

	for (i = 0; i < tlsrpt->n; i++)
		(void)sts_item_fact(&one->items, STS_CHECK_TLSRPT, name,
		    "reports to %s",
		    sts_str_escape(tlsrpt->rua[i], text, sizeof(text) - 16));
	one->tlsrpt = true;
	if (tlsrpt->n == 0)
		(void)sts_item_find(&one->items, STS_CHECK_TLSRPT,
		    "tlsrpt-scheme", name, "no destination is mailto or https");
}

static void
on_tlsrpt(void *arg, const struct sts_dns_answer *answer)
{
	struct sts_check_one *one = arg;
	struct sts_tlsrpt tlsrpt;
	struct sts_diags diags;
	char name[NAME];

	under(one, TLSRPT, name);
	memset(&diags, 0, sizeof(diags));
	if (answer->status == STS_DNS_FOUND) {
		if (sts_tlsrpt_parse(&answer->txt, &tlsrpt, &diags) == STS_OK)
			tell_destinations(one, name, &tlsrpt);
		(void)sts_check_diags(one, STS_CHECK_TLSRPT, name, &diags);
	} else if (answer->status == STS_DNS_ABSENT) {
		(void)sts_item_find(&one->items, STS_CHECK_TLSRPT,
		    "tlsrpt-none", name, "no TXT record");
	} else {
		sts_check_failed(one, STS_CHECK_TLSRPT, name, answer->status);
	}
	sts_check_answered(one);
}

void
sts_check_tlsrpt(struct sts_check_one *one)
{
	char name[NAME];

	under(one, TLSRPT, name);
	sts_check_ask(one, name, on_tlsrpt);
}

/* Who tests wants to know how it goes. */
void
sts_check_judge_tlsrpt(struct sts_check_one *one)
{
	struct sts_items *items = &one->items;
	size_t i;

	if (one->policy == NULL || one->policy->mode != STS_MODE_TESTING)
		return;
	for (i = 0; i < items->n; i++)
		if (strcmp(items->list[i].code, "tlsrpt-none") == 0)
			sts_item_grade(
			    items, &items->list[i], STS_CHECK_WARNING);
}
