/* SPDX-License-Identifier: ISC */
#include "sts/loopback.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define SMTP 25

/* What is behind the host: nothing, or ":" and a port. */
static bool
take_port(const char *text, uint16_t *port)
{
	char *end;
	unsigned long value;

	*port = SMTP;
	if (text[0] == '\0')
		return true;
	if (text[0] != ':' || text[1] < '1' || text[1] > '9')
		return false;
	value = strtoul(text + 1, &end, 10);
	*port = (uint16_t)value;
	return *end == '\0' && value <= UINT16_MAX;
}

static void
add4(struct sts_loopback *out, struct in_addr addr, uint16_t port)
{
	*(struct sockaddr_in *)&out->addr[out->n++] = (struct sockaddr_in){
	    .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = addr};
}

static void
add6(struct sts_loopback *out, struct in6_addr addr, uint16_t port)
{
	*(struct sockaddr_in6 *)&out->addr[out->n++] =
	    (struct sockaddr_in6){.sin6_family = AF_INET6,
		.sin6_port = htons(port),
		.sin6_addr = addr};
}

static enum sts_err
add_literal(struct sts_loopback *out, const char *host, uint16_t port)
{
	struct in_addr v4;
	struct in6_addr v6;

	if (inet_pton(AF_INET, host, &v4) == 1) {
		if (ntohl(v4.s_addr) >> IN_CLASSA_NSHIFT != IN_LOOPBACKNET)
			return STS_EINVAL;
		add4(out, v4, port);
		return STS_OK;
	}
	if (inet_pton(AF_INET6, host, &v6) != 1)
		return STS_ESYNTAX;
	if (!IN6_IS_ADDR_LOOPBACK(&v6))
		return STS_EINVAL;
	add6(out, v6, port);
	return STS_OK;
}

enum sts_err
sts_loopback_parse(const char *text, struct sts_loopback *out)
{
	bool bracket = text[0] == '[';
	const char *host = text + bracket;
	size_t n = strcspn(host, bracket ? "]" : ":");
	char copy[INET6_ADDRSTRLEN];
	uint16_t port;

	memset(out, 0, sizeof(*out));
	if (n >= sizeof(copy) || (bracket && host[n] != ']') ||
	    !take_port(host + n + bracket, &port))
		return STS_ESYNTAX;
	memcpy(copy, host, n);
	copy[n] = '\0';
	if (strcmp(copy, "localhost") != 0)
		return add_literal(out, copy, port);
	add4(out, (struct in_addr){htonl(INADDR_LOOPBACK)}, port);
	add6(out, in6addr_loopback, port);
	return STS_OK;
}
