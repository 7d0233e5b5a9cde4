/* SPDX-License-Identifier: ISC */
#include <stddef.h>

#include "sts/tls_result.h"

static const char *const results[STS_RESULT_TYPES] = {
    [STS_RESULT_SUCCESS] = "success",
    [STS_RESULT_STARTTLS_NOT_SUPPORTED] = "starttls-not-supported",
    [STS_RESULT_CERTIFICATE_HOST_MISMATCH] = "certificate-host-mismatch",
    [STS_RESULT_CERTIFICATE_NOT_TRUSTED] = "certificate-not-trusted",
    [STS_RESULT_CERTIFICATE_EXPIRED] = "certificate-expired",
    [STS_RESULT_VALIDATION_FAILURE] = "validation-failure",
    [STS_RESULT_TLSA_INVALID] = "tlsa-invalid",
    [STS_RESULT_DNSSEC_INVALID] = "dnssec-invalid",
    [STS_RESULT_DANE_REQUIRED] = "dane-required",
    [STS_RESULT_STS_POLICY_FETCH_ERROR] = "sts-policy-fetch-error",
    [STS_RESULT_STS_POLICY_INVALID] = "sts-policy-invalid",
    [STS_RESULT_STS_WEBPKI_INVALID] = "sts-webpki-invalid",
};

static const char *const policies[STS_POLICY_TYPES] = {
    [STS_POLICY_TLSA] = "tlsa",
    [STS_POLICY_STS] = "sts",
    [STS_POLICY_NOT_FOUND] = "no-policy-found",
};

/* The index, or n. */
static size_t
find(struct sts_str text, const char *const *names, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (sts_str_eq(text, names[i]))
			break;
	return i;
}

const char *
sts_result_type_name(enum sts_result_type type)
{
	return (size_t)type < STS_RESULT_TYPES ? results[type] : "unknown";
}

enum sts_err
sts_result_type_parse(struct sts_str text, enum sts_result_type *out)
{
	size_t i = find(text, results, STS_RESULT_TYPES);

	if (i == STS_RESULT_TYPES)
		return STS_ESYNTAX;
	*out = (enum sts_result_type)i;
	return STS_OK;
}

const char *
sts_policy_type_name(enum sts_policy_type type)
{
	return (size_t)type < STS_POLICY_TYPES ? policies[type] : "unknown";
}

enum sts_err
sts_policy_type_parse(struct sts_str text, enum sts_policy_type *out)
{
	size_t i = find(text, policies, STS_POLICY_TYPES);

	if (i == STS_POLICY_TYPES)
		return STS_ESYNTAX;
	*out = (enum sts_policy_type)i;
	return STS_OK;
}
