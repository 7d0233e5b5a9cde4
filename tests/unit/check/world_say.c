/* SPDX-License-Identifier: ISC */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "world_impl.h"

struct said said;

struct name *
world_name(const char *name)
{
	size_t i = 0;

	while (said.names[i].name[0] != '\0' &&
	       strcmp(said.names[i].name, name) != 0)
		assert_true(++i < NAMES);
	(void)snprintf(
	    said.names[i].name, sizeof(said.names[i].name), "%s", name);
	return &said.names[i];
}

void
world_gone(const char *name)
{
	struct name *entry = world_name(name);

	memset(entry, 0, sizeof(*entry));
	(void)snprintf(entry->name, sizeof(entry->name), "%s", name);
	entry->status = STS_DNS_ABSENT;
}

void
world_fails(const char *name, enum sts_dns_status status)
{
	world_gone(name);
	world_name(name)->status = status;
}

void
world_txt_more(const char *name, const char *text)
{
	struct name *entry = world_name(name);

	assert_true(entry->n_text < 4);
	(void)snprintf(entry->text[entry->n_text++], 512, "%s", text);
	entry->status = STS_DNS_FOUND;
}

void
world_txt(const char *name, const char *text)
{
	world_name(name)->n_text = 0;
	world_txt_more(name, text);
}

static void
set_mx(struct sts_mx *mx, const char *text)
{
	char *host;

	mx->preference = (uint16_t)strtoul(text, &host, 10);
	(void)snprintf(
	    mx->host, sizeof(mx->host), "%s", *host == ' ' ? host + 1 : host);
}

void
world_mx_bad(const char *text)
{
	set_mx(&said.mx_bad, text);
}

void
world_mx_fails(enum sts_dns_status status)
{
	said.mx_status = status;
}

void
world_mx(const char *first, const char *second)
{
	said.n_mx = 0;
	if (first != NULL)
		set_mx(&said.mx[said.n_mx++], first);
	if (second != NULL)
		set_mx(&said.mx[said.n_mx++], second);
}

void
world_host(const char *name, const char *address, const char *canonical)
{
	struct name *entry = world_name(name);
	struct sockaddr_in *in =
	    (struct sockaddr_in *)&entry->addr[entry->n_addr++];

	assert_true(entry->n_addr <= 2);
	in->sin_family = AF_INET;
	assert_int_equal(inet_pton(AF_INET, address, &in->sin_addr), 1);
	entry->status = STS_DNS_FOUND;
	if (canonical != NULL)
		(void)snprintf(entry->canonical, sizeof(entry->canonical), "%s",
		    canonical);
}

void
world_tlsa(const char *name, unsigned usage, unsigned matching, bool fits)
{
	struct name *entry = world_name(name);
	size_t i = entry->n_tlsa++;

	assert_true(i < 2);
	memset(entry->data[i], fits ? 0x11 : 0x22, 64);
	entry->tlsa[i] = (struct sts_tlsa){(uint8_t)usage, 1, (uint8_t)matching,
	    {(char *)entry->data[i], matching == 1 ? 32 : 64}};
	entry->status = STS_DNS_FOUND;
}

void
world_http(enum sts_http_status status, long code, const char *detail)
{
	said.http.status = status;
	said.http.code = code;
	(void)snprintf(
	    said.http.detail, sizeof(said.http.detail), "%s", detail);
}

void
world_policy(const char *body)
{
	world_http(STS_HTTP_OK, 200, "");
	said.http.body = sts_str(body);
}

void
world_probe(const char *address, enum sts_probe_status status,
    const char *result, const char *detail, int days)
{
	size_t i = 0;

	while (said.probes[i].address[0] != '\0' &&
	       strcmp(said.probes[i].address, address) != 0)
		assert_true(++i < NAMES);
	(void)snprintf(said.probes[i].address, sizeof(said.probes[i].address),
	    "%s", address);
	said.probes[i].answer.status = status;
	said.probes[i].answer.result = result;
	(void)snprintf(said.probes[i].answer.detail,
	    sizeof(said.probes[i].answer.detail), "%s", detail);
	said.probes[i].days = days;
}
