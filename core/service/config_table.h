/* SPDX-License-Identifier: ISC */
#ifndef STS_CONFIG_TABLE_H
#define STS_CONFIG_TABLE_H

#include "sts/config.h"

enum sts_key_type {
	STS_KEY_TEXT,     /* char *, no longer than max octets */
	STS_KEY_SOCKET,   /* char *, an absolute path that a socket can have */
	STS_KEY_MODE,     /* unsigned, octal */
	STS_KEY_TIME,     /* int64_t, milliseconds, min to max */
	STS_KEY_NUMBER,   /* int64_t, min to max */
	STS_KEY_WORD,     /* int, the index in words */
	STS_KEY_SERVERS,  /* list of "192.0.2.1" or "192.0.2.1@53" */
	STS_KEY_NETWORKS, /* list of "10.0.0.0/8" */
	STS_KEY_HOST,     /* char *, a host name or "" */
	STS_KEY_HOSTS,    /* list of host names and addresses */
	STS_KEY_USERS,    /* list of user names */
	STS_KEY_PREFIX,   /* char *, of Redis keys */
	STS_KEY_REDIS,    /* char *, a URL of redis_url.h or "" */
	STS_KEY_LOOPBACK, /* char *, a server of this host, or "" */
};

struct sts_key {
	const char *name;
	enum sts_key_type type;
	bool restart;      /* a reload does not change it */
	size_t offset;     /* in struct sts_config */
	const char *value; /* the default, as written in a file */
	const char *help;
	int64_t min, max;
	const char *const *words; /* ends with NULL */
};

extern const struct sts_key sts_keys[];
extern const size_t sts_keys_n;

bool sts_key_is_list(const struct sts_key *key);
bool sts_key_is_text(const struct sts_key *key); /* char * */
/*
 * Take one value into its member (a list's next). STS_ESYNTAX: not what the
 * key allows, and *why, static, if more can be said than that (else it is left
 * alone); STS_ELIMIT: the list is full; STS_ENOMEM.
 */
enum sts_err sts_key_set(const struct sts_key *key, const char *text,
    struct sts_config *config, const char **why);
/* What the key allows, for people. Returns buf. */
const char *sts_key_allows(const struct sts_key *key, char *buf, size_t size);

/* Is the value the same in both? */
bool sts_key_same(const struct sts_key *key, const struct sts_config *a,
    const struct sts_config *b);

#endif
