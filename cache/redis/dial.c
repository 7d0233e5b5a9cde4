/* SPDX-License-Identifier: ISC */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/un.h>

#include "dial.h"

static void try_next(struct sts_rd_dial *dial, const char *why);

void
sts_rd_dial_stop(struct sts_rd_dial *dial)
{
	const struct sts_rd_env *env = dial->env;

	sts_rd_cancel(env, &dial->timer);
	if (dial->query != NULL)
		dial->addresses.ops->cancel(dial->addresses.ctx, dial->query);
	dial->query = NULL;
	sts_rd_conn_close(dial->conn);
	dial->conn = NULL;
}

static void
opened(void *arg)
{
	struct sts_rd_dial *dial = arg;
	struct sts_rd_conn *conn = dial->conn;

	sts_rd_cancel(dial->env, &dial->timer);
	dial->conn = NULL;
	dial->cb(dial->arg, conn, NULL);
}

static void
failed(void *arg, const char *why)
{
	struct sts_rd_dial *dial = arg;

	sts_rd_cancel(dial->env, &dial->timer);
	dial->conn = NULL;
	try_next(dial, why);
}

static void
spoke(void *arg, redisReply *reply)
{
	(void)arg;
	(void)reply; /* there is none before open */
}

static void
too_late(void *arg)
{
	struct sts_rd_dial *dial = arg;

	dial->timer = NULL;
	sts_rd_conn_close(dial->conn);
	dial->conn = NULL;
	try_next(dial, "no connection in time");
}

static void
note(struct sts_rd_dial *dial, const char *why)
{
	if (dial->why[0] == '\0')
		snprintf(dial->why, sizeof(dial->why), "%s", why);
}

/* why: what the last one failed of. */
static void
try_next(struct sts_rd_dial *dial, const char *why)
{
	static const struct sts_rd_conn_events events = {opened, spoke, failed};
	const struct sts_rd_env *env = dial->env;

	note(dial, why);
	while (dial->next < dial->n) {
		dial->conn = sts_rd_conn_new(env,
		    (const struct sockaddr *)&dial->addr[dial->next++],
		    dial->len, dial->tls, &events, dial, &why);
		if (dial->conn == NULL) {
			note(dial, why);
			continue;
		}
		dial->timer = sts_rd_timer(env,
		    sts_rd_now(env) + env->connect_timeout, too_late, dial);
		if (dial->timer != NULL)
			return;
		sts_rd_conn_close(dial->conn);
		dial->conn = NULL;
		note(dial, "out of memory");
	}
	dial->cb(dial->arg, NULL, dial->why);
}

static void
set_port(struct sockaddr_storage *addr, unsigned port)
{
	if (addr->ss_family == AF_INET)
		((struct sockaddr_in *)addr)->sin_port = htons((uint16_t)port);
	else
		((struct sockaddr_in6 *)addr)->sin6_port =
		    htons((uint16_t)port);
}

static void
found(void *arg, const struct sts_address_answer *answer)
{
	struct sts_rd_dial *dial = arg;
	char why[STS_RD_WHY];
	size_t i;

	dial->query = NULL;
	snprintf(why, sizeof(why), "no address of %.80s: %s", dial->place.host,
	    sts_dns_status_name(answer->status));
	if (answer->status == STS_DNS_FOUND)
		for (i = 0; i < answer->n && dial->n < STS_ADDRESSES_MAX; i++) {
			dial->addr[dial->n] = answer->addr[i];
			set_port(&dial->addr[dial->n++], dial->place.port);
		}
	try_next(dial, dial->n > 0 ? "" : why);
}

static bool
literal(struct sts_rd_dial *dial, const char *host)
{
	struct sockaddr_storage *addr = &dial->addr[dial->n];
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)addr;
	struct sockaddr_in *v4 = (struct sockaddr_in *)addr;

	memset(addr, 0, sizeof(*addr));
	if (inet_pton(AF_INET, host, &v4->sin_addr) == 1)
		addr->ss_family = AF_INET;
	else if (inet_pton(AF_INET6, host, &v6->sin6_addr) == 1)
		addr->ss_family = AF_INET6;
	else
		return false;
	set_port(addr, dial->place.port);
	dial->n++;
	return true;
}

static void
begin(struct sts_rd_dial *dial, sts_rd_dial_cb *cb, void *arg)
{
	dial->cb = cb;
	dial->arg = arg;
	dial->n = 0;
	dial->next = 0;
	dial->why[0] = '\0';
}

void
sts_rd_dial_unix(
    struct sts_rd_dial *dial, const char *path, sts_rd_dial_cb *cb, void *arg)
{
	struct sockaddr_un *addr = (struct sockaddr_un *)&dial->addr[0];

	begin(dial, cb, arg);
	dial->tls = NULL;
	dial->n = 1;
	dial->len = sizeof(*addr);
	memset(addr, 0, sizeof(*addr));
	addr->sun_family = AF_UNIX;
	snprintf(addr->sun_path, sizeof(addr->sun_path), "%s", path);
	try_next(dial, "");
}

void
sts_rd_dial(struct sts_rd_dial *dial, const struct sts_redis_place *place,
    sts_rd_dial_cb *cb, void *arg)
{
	const struct sts_rd_env *env = dial->env;
	struct sts_address_query *query;

	begin(dial, cb, arg);
	dial->place = *place;
	dial->tls = env->tls != NULL ? dial->place.host : NULL;
	dial->len = sizeof(struct sockaddr_in6);
	if (strcasecmp(place->host, "localhost") == 0) {
		literal(dial, "127.0.0.1");
		literal(dial, "::1");
	} else if (!literal(dial, place->host)) {
		dial->addresses = env->addresses;
		query = dial->addresses.ops->lookup(dial->addresses.ctx,
		    dial->place.host, sts_rd_now(env) + env->connect_timeout,
		    found, dial);
		if (query != NULL)
			dial->query = query;
		return;
	}
	try_next(dial, "");
}
