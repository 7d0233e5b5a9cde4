/* SPDX-License-Identifier: ISC */
#ifndef SIGNED_H
#define SIGNED_H

#include <sys/types.h>

#include "authority.h"

/* What stands between the resolver and the signed zones. */
enum signed_mode {
	SIGNED_PASS,
	SIGNED_STRIP,     /* as name servers that know no DNSSEC */
	SIGNED_DOWN,      /* no answer to anything */
	SIGNED_FAIL,      /* SERVFAIL to everything */
	SIGNED_FAIL_KEYS, /* to DNSKEY */
	SIGNED_DROP_KEYS, /* no answer to DNSKEY, as large replies get lost */
	SIGNED_ONLY_KEYS  /* no answer to all else */
};

/* nsd with the zones that serve-signed makes. */
struct signed_zones {
	char dir[64];
	char root_key[96];
	char other_key[96];
	pid_t pid;
	int fd; /* connected to nsd */
	enum signed_mode mode;
};

/* Fails the test when ldnsutils or nsd is not there. */
void signed_start(struct signed_zones *zones);
void signed_stop(struct signed_zones *zones);

/* An authority_answer: arg is the struct signed_zones. */
bool signed_answer(
    void *arg, const struct authority_question *asked, struct packet *packet);

#endif
