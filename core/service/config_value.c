/* SPDX-License-Identifier: ISC */
#include <arpa/inet.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "config_redis_keys.h"
#include "config_table.h"
#include "sts/domain.h"
#include "sts/loopback.h"

static const struct unit {
	const char *name;
	int64_t ms;
} units[] = {
    {"d", 86400000}, {"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1}};

#define N_UNITS (sizeof(units) / sizeof(units[0]))

/* Read digits; the rest of the text is in *end. */
static bool
digits(const char *text, int64_t *out, const char **end)
{
	int64_t n = 0;
	const char *p = text;

	for (; *p >= '0' && *p <= '9' && p - text < 12; p++)
		n = n * 10 + (*p - '0');
	if (p == text || (*p >= '0' && *p <= '9'))
		return false;
	*out = n;
	*end = p;
	return true;
}

static enum sts_err
set_number(const struct sts_key *key, const char *text, int64_t *field)
{
	const char *end;
	int64_t n;

	if (!digits(text, &n, &end) || *end != '\0' || n < key->min ||
	    n > key->max)
		return STS_ESYNTAX;
	*field = n;
	return STS_OK;
}

static enum sts_err
set_time(const struct sts_key *key, const char *text, int64_t *field)
{
	const char *end;
	int64_t n;
	size_t i;

	if (!digits(text, &n, &end))
		return STS_ESYNTAX;
	for (i = 0; i < N_UNITS && strcmp(units[i].name, end) != 0; i++)
		;
	if (i == N_UNITS || n > key->max / units[i].ms ||
	    n * units[i].ms < key->min)
		return STS_ESYNTAX;
	*field = n * units[i].ms;
	return STS_OK;
}

static enum sts_err
set_mode(const char *text, unsigned *field)
{
	const char *p;
	unsigned mode = 0;

	for (p = text; *p >= '0' && *p <= '7' && p - text < 5; p++)
		mode = mode * 8 + (unsigned)(*p - '0');
	if (p == text || *p != '\0' || mode > 0777)
		return STS_ESYNTAX;
	*field = mode;
	return STS_OK;
}

static enum sts_err
set_word(const struct sts_key *key, const char *text, int *field)
{
	int i;

	for (i = 0; key->words[i] != NULL; i++) {
		if (strcmp(key->words[i], text) == 0) {
			*field = i;
			return STS_OK;
		}
	}
	return STS_ESYNTAX;
}

static enum sts_err
set_text(const char *text, char **field)
{
	char *copy = strdup(text);

	if (copy == NULL)
		return STS_ENOMEM;
	free(*field);
	*field = copy;
	return STS_OK;
}

/* Patterns and ACL rules are made of it. */
static bool
prefix_ok(const struct sts_key *key, const char *text)
{
	size_t n = strlen(text);

	return n >= (size_t)key->min && n <= (size_t)key->max &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyz"
			    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:._-") == n;
}

static bool
length_ok(const struct sts_key *key, const char *text)
{
	size_t n = strlen(text);

	if (key->type == STS_KEY_SOCKET)
		return text[0] == '/'
			   ? n < sizeof(((struct sockaddr_un *)NULL)->sun_path)
			   : n == 0 && key->value[0] == '\0';
	return n >= (size_t)key->min && n <= (size_t)key->max;
}

/* An address with, after the mark, a number of min to what it allows. */
static bool
address_ok(const char *text, char mark, int64_t min, int64_t max4, int64_t max6)
{
	char copy[INET6_ADDRSTRLEN];
	unsigned char addr[16];
	const char *end = strchr(text, mark), *rest;
	size_t n = end != NULL ? (size_t)(end - text) : strlen(text);
	int64_t number;
	bool six;

	if (n >= sizeof(copy))
		return false;
	memcpy(copy, text, n);
	copy[n] = '\0';
	six = strchr(copy, ':') != NULL;
	if (inet_pton(six ? AF_INET6 : AF_INET, copy, addr) != 1)
		return false;
	if (end == NULL)
		return true;
	return digits(end + 1, &number, &rest) && *rest == '\0' &&
	       number >= min && number <= (six ? max6 : max4);
}

static bool
host_ok(const char *text, bool address)
{
	char host[STS_DOMAIN_SIZE];

	return strchr(text, ' ') == NULL &&
	       (sts_host_parse(sts_str(text), host) == STS_OK ||
		   (address && address_ok(text, ' ', 0, 0, 0)));
}

static bool
loopback_ok(const char *text, const char **why)
{
	struct sts_loopback server;
	enum sts_err err = sts_loopback_parse(text, &server);

	if (err == STS_EINVAL)
		*why = "only this host itself: the mail goes without TLS";
	return text[0] == '\0' || err == STS_OK;
}

static bool
item_ok(const struct sts_key *key, const char *text)
{
	if (key->type == STS_KEY_HOSTS)
		return host_ok(text, true);
	if (key->type == STS_KEY_USERS)
		return text[0] != '\0' && strlen(text) <= 64 &&
		       strpbrk(text, " :\n") == NULL;
	if (key->type == STS_KEY_SERVERS)
		return address_ok(text, '@', 1, 65535, 65535);
	return address_ok(text, '/', 0, 32, 128);
}

static enum sts_err
add_item(
    const struct sts_key *key, const char *text, struct sts_config_list *list)
{
	enum sts_err err;

	if (!item_ok(key, text))
		return STS_ESYNTAX;
	if (list->n == STS_CONFIG_LIST_MAX)
		return STS_ELIMIT;
	list->v[list->n] = NULL;
	err = set_text(text, &list->v[list->n]);
	if (err == STS_OK)
		list->n++;
	return err;
}

enum sts_err
sts_key_set(const struct sts_key *key, const char *text,
    struct sts_config *config, const char **why)
{
	void *field = (char *)config + key->offset;

	switch (key->type) {
	case STS_KEY_TEXT:
	case STS_KEY_SOCKET:
		return length_ok(key, text) ? set_text(text, field)
					    : STS_ESYNTAX;
	case STS_KEY_MODE:
		return set_mode(text, field);
	case STS_KEY_TIME:
		return set_time(key, text, field);
	case STS_KEY_NUMBER:
		return set_number(key, text, field);
	case STS_KEY_WORD:
		return set_word(key, text, field);
	case STS_KEY_SERVERS:
	case STS_KEY_NETWORKS:
	case STS_KEY_HOSTS:
	case STS_KEY_USERS:
		return add_item(key, text, field);
	case STS_KEY_HOST:
		return text[0] == '\0' || host_ok(text, false)
			   ? set_text(text, field)
			   : STS_ESYNTAX;
	case STS_KEY_PREFIX:
		return prefix_ok(key, text) ? set_text(text, field)
					    : STS_ESYNTAX;
	case STS_KEY_REDIS:
		return text[0] == '\0' || sts_config_redis_url(text, why)
			   ? set_text(text, field)
			   : STS_ESYNTAX;
	case STS_KEY_LOOPBACK:
		return loopback_ok(text, why) ? set_text(text, field)
					      : STS_ESYNTAX;
	}
	return STS_EINVAL;
}

static void
time_text(int64_t ms, char *buf, size_t size)
{
	size_t i = 0;

	while (i < N_UNITS - 1 && (ms < units[i].ms || ms % units[i].ms != 0))
		i++;
	snprintf(buf, size, "%" PRId64 "%s", ms / units[i].ms, units[i].name);
}

static void
words_text(const char *const *words, char *buf, size_t size)
{
	size_t n = 0;

	for (; *words != NULL && n < size; words++)
		n += (size_t)snprintf(buf + n, size - n, "%s%s", *words,
		    words[1] == NULL   ? ""
		    : words[2] == NULL ? " or "
				       : ", ");
}

const char *
sts_key_allows(const struct sts_key *key, char *buf, size_t size)
{
	char min[24], max[24];

	switch (key->type) {
	case STS_KEY_TEXT:
		snprintf(buf, size, "text of %" PRId64 " to %" PRId64 " octets",
		    key->min, key->max);
		break;
	case STS_KEY_SOCKET:
		snprintf(buf, size, "an absolute path of at most %zu octets%s",
		    sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1,
		    key->value[0] == '\0' ? ", or empty" : "");
		break;
	case STS_KEY_MODE:
		snprintf(buf, size, "an octal mode such as 0660");
		break;
	case STS_KEY_TIME:
		time_text(key->min, min, sizeof(min));
		time_text(key->max, max, sizeof(max));
		snprintf(buf, size,
		    "a time from %s to %s; units ms, s, m, h, d", min, max);
		break;
	case STS_KEY_NUMBER:
		snprintf(buf, size, "a number from %" PRId64 " to %" PRId64,
		    key->min, key->max);
		break;
	case STS_KEY_WORD:
		words_text(key->words, buf, size);
		break;
	case STS_KEY_SERVERS:
		snprintf(buf, size, "addresses, or address@port; at most %d",
		    STS_CONFIG_LIST_MAX);
		break;
	case STS_KEY_NETWORKS:
		snprintf(buf, size, "addresses, or address/bits; at most %d",
		    STS_CONFIG_LIST_MAX);
		break;
	case STS_KEY_HOST:
		snprintf(buf, size, "a host name, or empty");
		break;
	case STS_KEY_HOSTS:
		snprintf(buf, size, "host names and addresses; at most %d",
		    STS_CONFIG_LIST_MAX);
		break;
	case STS_KEY_USERS:
		snprintf(buf, size, "names of users; at most %d",
		    STS_CONFIG_LIST_MAX);
		break;
	case STS_KEY_PREFIX:
		snprintf(buf, size,
		    "%" PRId64 " to %" PRId64 " letters, digits and : . _ -",
		    key->min, key->max);
		break;
	case STS_KEY_REDIS:
		snprintf(buf, size, "a URL, or empty");
		break;
	case STS_KEY_LOOPBACK:
		snprintf(buf, size, "a host:port, or empty");
		break;
	}
	return buf;
}
