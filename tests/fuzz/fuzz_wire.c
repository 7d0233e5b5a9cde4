/* SPDX-License-Identifier: ISC */
#include <netinet/in.h>

#include "fuzz.h"
#include "wire.h"

/* Every octet must be readable: a sanitizer looks on. */
static void
check_txt(const struct sts_txt *txt)
{
	size_t i, j, sum = 0;

	for (i = 0; i < txt->n; i++)
		for (j = 0; j < txt->rr[i].n; j++)
			sum += (unsigned char)txt->rr[i].p[j];
	MUST(sum <= 255 * (size_t)65535);
}

static void
check_mx(const struct sts_wire_answer *answer)
{
	size_t i;

	MUST(answer->n_mx <= STS_MX_MAX);
	for (i = 0; i < answer->n_mx; i++) {
		MUST(strnlen(answer->mx[i].host, STS_DOMAIN_SIZE) <=
		     STS_DOMAIN_MAX);
		MUST(i == 0 ||
		     answer->mx[i - 1].preference <= answer->mx[i].preference);
	}
	MUST((answer->mx_bad != NULL) == (answer->n_mx_bad > 0));
	MUST(answer->mx_bad == NULL ||
	     strnlen(answer->mx_bad->host, STS_DOMAIN_SIZE) <= STS_DOMAIN_MAX);
}

static void
check_addresses(const struct sts_wire_answer *answer, unsigned type)
{
	size_t i;

	MUST(answer->n_addr <= STS_ADDRESSES_MAX);
	for (i = 0; i < answer->n_addr; i++)
		MUST(answer->addr[i].ss_family ==
		     (type == STS_TYPE_A ? AF_INET : AF_INET6));
}

static void
check_tlsa(const struct sts_wire_answer *answer)
{
	size_t i, j, sum = 0;

	MUST(answer->n_tlsa <= STS_TLSA_MAX);
	for (i = 0; i < answer->n_tlsa; i++) {
		MUST(answer->tlsa[i].data.n > 0);
		for (j = 0; j < answer->tlsa[i].data.n; j++)
			sum += (unsigned char)answer->tlsa[i].data.p[j];
	}
	MUST(sum <= 255 * (size_t)65535);
}

/* Found means there is something; only a whole answer may say absent. */
static void
check(const uint8_t *packet, size_t n, const struct sts_wire_answer *answer,
    unsigned type)
{
	unsigned rcode;

	MUST(n >= 12 && (packet[2] & 0x82) == 0x80);
	rcode = packet[3] & 0xf;
	MUST(answer->ttl <= INT32_MAX);
	if (answer->status == STS_DNS_FOUND) {
		MUST(rcode == 0);
		MUST(answer->txt.n + answer->n_mx + answer->n_addr +
			 answer->n_tlsa >
		     0);
		check_txt(&answer->txt);
		check_mx(answer);
		check_addresses(answer, type);
		check_tlsa(answer);
		return;
	}
	if (answer->status == STS_DNS_SERVFAIL) {
		MUST(type == STS_TYPE_MX && rcode == 0);
		MUST(answer->n_mx == 0 && answer->n_mx_bad > 0);
		check_mx(answer);
		return;
	}
	MUST(answer->status == STS_DNS_ABSENT);
	MUST(rcode == 0 || rcode == 3);
	MUST(answer->block == NULL);
}

/* The first octet chooses the question, the rest is the packet. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const unsigned types[] = {STS_TYPE_TXT, STS_TYPE_MX, STS_TYPE_A,
	    STS_TYPE_AAAA, STS_TYPE_TLSA};
	struct sts_wire_answer answer;
	bool is_signed;
	unsigned type;

	if (n == 0)
		return 0;
	type = types[data[0] % 5];
	if (sts_wire_answer(data + 1, n - 1, type, &answer) == STS_OK) {
		check(data + 1, n - 1, &answer, type);
		sts_wire_answer_free(&answer);
	}
	(void)sts_wire_signed(data + 1, n - 1, STS_TYPE_DNSKEY, &is_signed);
	return 0;
}
