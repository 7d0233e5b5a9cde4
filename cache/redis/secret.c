/* SPDX-License-Identifier: ISC */
#include <string.h>

#include <openssl/sha.h>

#include "sts/seal.h"

enum sts_err
sts_secret_read(const char *path, struct sts_secrets *secrets, const char **why)
{
	char text[STS_SECRET_MAX];
	size_t n;
	enum sts_err err;

	if (secrets->n == STS_SECRETS) {
		*why = "more secrets than two";
		return STS_EINVAL;
	}
	err = sts_secret_file_read(path, text, &n, why);
	if (err != STS_OK)
		return err;
	SHA256((const unsigned char *)text, n, secrets->key[secrets->n]);
	secrets->n++;
	explicit_bzero(text, sizeof(text));
	return STS_OK;
}
