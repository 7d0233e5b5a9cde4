/* SPDX-License-Identifier: ISC */
#include <arpa/inet.h>
#include <string.h>

#include "sts/redis_url.h"

#define PORT          6379
#define SENTINEL_PORT 26379
#define DB_MAX        65535
#define PRIMARY       "mymaster"

/* These return what is wrong, or NULL. */

static bool
starts(struct sts_str *text, const char *with)
{
	size_t n = strlen(with);

	if (text->n < n || memcmp(text->p, with, n) != 0)
		return false;
	text->p += n;
	text->n -= n;
	return true;
}

/* Cut the text at the mark. False: there is none, and *after is empty. */
static bool
cut(struct sts_str *text, char mark, struct sts_str *after)
{
	const char *at = text->n > 0 ? memchr(text->p, mark, text->n) : NULL;

	*after = (struct sts_str){"", 0};
	if (at == NULL)
		return false;
	after->p = at + 1;
	after->n = text->n - (size_t)(at - text->p) - 1;
	text->n = (size_t)(at - text->p);
	return true;
}

static bool
number(struct sts_str text, unsigned min, unsigned max, unsigned *out)
{
	unsigned n = 0;
	size_t i;

	if (text.n == 0 || text.n > 5)
		return false;
	for (i = 0; i < text.n; i++) {
		if (text.p[i] < '0' || text.p[i] > '9')
			return false;
		n = n * 10 + (unsigned)(text.p[i] - '0');
	}
	*out = n;
	return n >= min && n <= max;
}

static const char *
take_db(struct sts_str text, unsigned *db)
{
	return number(text, 0, DB_MAX, db)
		   ? NULL
		   : "the database is a number from 0 to 65535";
}

static bool
is_address(int family, const char *text)
{
	unsigned char bin[16];

	return inet_pton(family, text, bin) == 1;
}

static const char *
take_ipv6(struct sts_str text, char host[STS_DOMAIN_SIZE])
{
	if (text.n >= INET6_ADDRSTRLEN)
		return "not an IPv6 address";
	memcpy(host, text.p, text.n);
	host[text.n] = '\0';
	return is_address(AF_INET6, host) ? NULL : "not an IPv6 address";
}

static const char *
take_host(struct sts_str text, char host[STS_DOMAIN_SIZE])
{
	char copy[INET_ADDRSTRLEN];

	if (text.n == 0)
		return "no host";
	if (text.n < sizeof(copy)) {
		memcpy(copy, text.p, text.n);
		copy[text.n] = '\0';
		if (is_address(AF_INET, copy)) {
			memcpy(host, copy, sizeof(copy));
			return NULL;
		}
	}
	return sts_host_parse(text, host) == STS_OK ? NULL
						    : "not a host's name";
}

static const char *
take_place(struct sts_str text, unsigned port, struct sts_redis_place *out)
{
	struct sts_str after, more;
	const char *why;
	bool has_port;

	out->port = port;
	if (starts(&text, "[")) {
		if (!cut(&text, ']', &after))
			return "no ] after the IPv6 address";
		why = take_ipv6(text, out->host);
		has_port = starts(&after, ":");
		if (why == NULL && !has_port && after.n > 0)
			why = "only :port may follow the ]";
	} else {
		has_port = cut(&text, ':', &after);
		more = after;
		if (has_port && cut(&more, ':', &more))
			return "an IPv6 address stands in brackets";
		why = take_host(text, out->host);
	}
	if (why == NULL && has_port && !number(after, 1, 65535, &out->port))
		why = "the port is a number from 1 to 65535";
	return why;
}

static const char *
take_tcp(struct sts_str text, struct sts_redis_url *url)
{
	struct sts_str db;
	const char *why;

	url->kind = STS_REDIS_TCP;
	url->n_place = 1;
	cut(&text, '/', &db);
	why = take_place(text, PORT, &url->place[0]);
	if (why == NULL && db.n > 0)
		why = take_db(db, &url->db);
	return why;
}

static const char *
take_unix(struct sts_str text, struct sts_redis_url *url)
{
	struct sts_str query;
	bool has_query = cut(&text, '?', &query);

	url->kind = STS_REDIS_UNIX;
	starts(&text, "//"); /* unix:///path is the same */
	if (text.n == 0 || text.p[0] != '/')
		return "want an absolute path: unix:/path";
	if (text.n >= STS_REDIS_PATH)
		return "the path is longer than 107 octets";
	memcpy(url->path, text.p, text.n);
	url->path[text.n] = '\0';
	if (!has_query)
		return NULL;
	if (!starts(&query, "db="))
		return "only ?db=n may follow the path";
	return take_db(query, &url->db);
}

static bool
name_ok(struct sts_str name)
{
	size_t i;

	for (i = 0; i < name.n; i++) {
		char c = name.p[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
		    !(c >= '0' && c <= '9') && c != '.' && c != '-' && c != '_')
			return false;
	}
	return name.n > 0;
}

static const char *
take_primary(struct sts_str name, struct sts_redis_url *url)
{
	struct sts_str db;
	bool has_db = cut(&name, '/', &db);

	if (!name_ok(name) || name.n >= sizeof(url->primary))
		return "the primary's name is 1 to 63 letters, digits, . - _";
	memcpy(url->primary, name.p, name.n);
	url->primary[name.n] = '\0';
	return has_db ? take_db(db, &url->db) : NULL;
}

static const char *
take_sentinel(struct sts_str text, struct sts_redis_url *url)
{
	struct sts_str name, next;
	const char *why;
	bool more;

	url->kind = STS_REDIS_SENTINEL;
	memcpy(url->primary, PRIMARY, sizeof(PRIMARY));
	cut(&text, '/', &name);
	do {
		if (url->n_place == STS_REDIS_SENTINELS)
			return "more than 8 sentinels";
		more = cut(&text, ',', &next);
		why = take_place(
		    text, SENTINEL_PORT, &url->place[url->n_place++]);
		text = next;
	} while (why == NULL && more);
	if (why == NULL && name.n > 0)
		why = take_primary(name, url);
	return why;
}

static const char *
take_url(struct sts_str text, struct sts_redis_url *url)
{
	if (starts(&text, "unix:"))
		return take_unix(text, url);
	if (text.n > 0 && memchr(text.p, '@', text.n) != NULL)
		return "a user or password does not belong in a URL";
	if (starts(&text, "redis://"))
		return take_tcp(text, url);
	if (starts(&text, "sentinel://"))
		return take_sentinel(text, url);
	url->tls = starts(&text, "rediss://");
	return url->tls ? take_tcp(text, url)
			: "want redis://, rediss://, unix:/ or sentinel://";
}

enum sts_err
sts_redis_url_parse(
    const char *text, struct sts_redis_url *out, const char **why)
{
	struct sts_redis_url url = {0};
	const char *wrong = take_url(sts_str(text), &url);

	if (wrong != NULL) {
		*why = wrong;
		return STS_ESYNTAX;
	}
	*out = url;
	return STS_OK;
}
