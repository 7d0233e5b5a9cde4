/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tlsa.h"

#define PREFIX   "_25._tcp."
#define LOOK_MS  400 /* somebody waits, who has a second */
#define DATA_MAX 512 /* octets of a record; a whole certificate has more */
#define LINE     (sizeof("255 255 255 ") + (size_t)DATA_MAX * 2)
#define TEXT_MAX 8192

struct sts_tlsa_look {
	LIST_ENTRY(sts_tlsa_look) link;
	struct sts_service *service;
	struct sts_dns dns; /* where it was asked */
	struct sts_dns_query *query;
	sts_tlsa_cb *cb;
	void *arg;
	char host[STS_DOMAIN_SIZE];
};

struct lines {
	char line[STS_TLSA_MAX][LINE];
	size_t n;
};

static int
compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void
add(struct lines *lines, const struct sts_tlsa *tlsa)
{
	static const char hex[] = "0123456789ABCDEF";
	char *out;
	int n;

	if (tlsa->data.n > DATA_MAX || lines->n == STS_TLSA_MAX)
		return;
	out = lines->line[lines->n];
	n = snprintf(out, LINE, "%u %u %u ", tlsa->usage, tlsa->selector,
	    tlsa->matching);
	for (size_t i = 0; i < tlsa->data.n; i++) {
		unsigned char octet = (unsigned char)tlsa->data.p[i];

		out[n++] = hex[octet >> 4];
		out[n++] = hex[octet & 15];
	}
	out[n] = '\0';
	lines->n++;
}

/* In order, or the same records would be another policy. */
static void
put_records(const struct sts_dns_answer *answer, char text[TEXT_MAX])
{
	struct lines *lines = calloc(1, sizeof(*lines));
	size_t n = strlen(text);

	for (size_t i = 0; lines != NULL && i < answer->n_tlsa; i++)
		add(lines, &answer->tlsa[i]);
	if (lines != NULL)
		qsort(lines->line, lines->n, LINE, compare);
	for (size_t i = 0; lines != NULL && i < lines->n; i++) {
		size_t more = strlen(lines->line[i]) + 1;

		if (n + more >= TEXT_MAX)
			break;
		n += (size_t)snprintf(
		    text + n, TEXT_MAX - n, "%s\n", lines->line[i]);
	}
	free(lines);
}

/* NULL: there is no answer. */
static void
finish(struct sts_tlsa_look *look, const struct sts_dns_answer *answer)
{
	char text[TEXT_MAX];

	LIST_REMOVE(look, link);
	snprintf(text, sizeof(text), "%s\n", look->host);
	if (answer != NULL && answer->status == STS_DNS_FOUND && answer->secure)
		put_records(answer, text);
	look->cb(look->arg, sts_str(text));
	free(look);
}

static void
on_answer(void *arg, const struct sts_dns_answer *answer)
{
	struct sts_tlsa_look *look = arg;

	if (answer->status != STS_DNS_FOUND && answer->status != STS_DNS_ABSENT)
		look->service->stats.tlsa_failed++;
	finish(look, answer);
}

static void
ask(struct sts_tlsa_look *look, const char *name)
{
	const struct sts_clock *clock = &look->service->deps.clock;
	struct sts_dns_query *query;

	look->service->stats.tlsa_asked++;
	query = look->dns.ops->tlsa(look->dns.ctx, name,
	    clock->ops->mono(clock->ctx) + LOOK_MS, on_answer, look);
	if (query != NULL) /* else it is gone */
		look->query = query;
}

void
sts_tlsa_look(
    struct sts_service *service, const char *host, sts_tlsa_cb *cb, void *arg)
{
	char name[sizeof(PREFIX) + STS_DOMAIN_MAX];
	struct sts_tlsa_look *look = calloc(1, sizeof(*look));
	int n;

	if (look == NULL ||
	    sts_host_parse(sts_str(host), look->host) != STS_OK) {
		free(look);
		cb(arg, sts_str(""));
		return;
	}
	look->cb = cb;
	look->arg = arg;
	look->service = service;
	look->dns = service->deps.dns;
	LIST_INSERT_HEAD(&service->tlsa_looks, look, link);
	n = snprintf(name, sizeof(name), PREFIX "%s", look->host);
	if (n > STS_DOMAIN_MAX)
		finish(look, NULL);
	else
		ask(look, name);
}

void
sts_tlsa_end(struct sts_service *service)
{
	struct sts_tlsa_look *look, *next;

	for (look = LIST_FIRST(&service->tlsa_looks); look; look = next) {
		next = LIST_NEXT(look, link);
		if (look->query != NULL)
			look->dns.ops->cancel(look->dns.ctx, look->query);
		finish(look, NULL);
	}
}
