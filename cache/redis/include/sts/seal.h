/* SPDX-License-Identifier: ISC */
#ifndef STS_SEAL_H
#define STS_SEAL_H

#include "sts/secret_file.h"
#include "sts/store.h"

#define STS_SECRETS 2

/* Of the cluster: the first one signs, either is believed (rotation). */
struct sts_secrets {
	unsigned char key[STS_SECRETS][32];
	size_t n;
};

/* The same, ready for use. */
struct sts_sealer;

/* NULL: no memory, or no secret. Secrets are copied, and wiped at the end. */
struct sts_sealer *sts_sealer_new(const struct sts_secrets *secrets);
void sts_sealer_free(struct sts_sealer *sealer); /* NULL is fine */

/*
 * An item as it lies in Redis:
 *
 *	S1 <fetched> <checked> <expiry> <mac> LF <value>
 *
 * the times in 13 digits, the MAC in 64 hexadecimal ones: HMAC-SHA256 over
 *
 *	S1 <bucket> <octets> <key> <fetched> <checked> <expiry> <octets> LF
 *	<value>
 *
 * where <octets> counts what follows: key, value (THR-9). The key of a host's
 * part has NUL and the part's name behind it. There is one text for
 * an item and a secret. A later version keeps what stands before <expiry>,
 * where Redis compares two copies.
 */

/* Malloc'd, for the caller to free. STS_ENOMEM; STS_EINVAL: a time that is
 * negative or too far away, or more than a store takes. */
enum sts_err sts_seal(struct sts_sealer *sealer, enum sts_bucket bucket,
    const struct sts_store_item *item, char **out, size_t *size);

enum sts_unseal {
	STS_UNSEAL_OK,
	STS_UNSEAL_LATER,   /* of a later version: a miss; nobody signed that */
	STS_UNSEAL_EXPIRED, /* a miss */
	STS_UNSEAL_SYNTAX,  /* not whole, or too big */
	STS_UNSEAL_FORGED,  /* for another key, by another secret, or there is
			     * no memory to tell */
	STS_UNSEAL_AHEAD    /* fetched or checked more than STS_SHARED_AHEAD
			     * from now */
};

/* On OK *item is set, as a peer's word; its key and value point into the
 * arguments. wall: seconds. */
enum sts_unseal sts_unseal(struct sts_sealer *sealer, enum sts_bucket bucket,
    struct sts_str key, int64_t wall, struct sts_str sealed,
    struct sts_store_item *item);
/* "forged", ... static. */
const char *sts_unseal_name(enum sts_unseal result);

/* Read a secret's file into *secrets, behind what is there; the key is the
 * SHA-256 of what is in it. Errors as in secret_file.h. */
enum sts_err sts_secret_read(
    const char *path, struct sts_secrets *secrets, const char **why);

#endif
