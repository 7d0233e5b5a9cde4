/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "sts/policy.h"
#include "tally_code.h"
#include "tally_parts.h"

#define DIGITS_MAX 16 /* of STS_TALLY_COUNT_MAX */

/* Cut what stands before an octet, and the octet, off the front. */
static bool
take(struct sts_str *rest, char end, struct sts_str *value)
{
	const char *at = rest->n > 0 ? memchr(rest->p, end, rest->n) : NULL;

	if (at == NULL)
		return false;
	*value = (struct sts_str){rest->p, (size_t)(at - rest->p)};
	rest->p += value->n + 1;
	rest->n -= value->n + 1;
	return true;
}

static bool
take_name(struct sts_str *rest, const char *name)
{
	size_t n = strlen(name);

	if (rest->n < n || memcmp(rest->p, name, n) != 0)
		return false;
	rest->p += n;
	rest->n -= n;
	return true;
}

/* Digits as we write them: no leading zero. */
static bool
take_number(struct sts_str *rest, char end, uint64_t max, uint64_t *out)
{
	struct sts_str value;
	uint64_t number = 0;

	if (!take(rest, end, &value) || value.n == 0 || value.n > DIGITS_MAX ||
	    (value.n > 1 && value.p[0] == '0'))
		return false;
	for (size_t i = 0; i < value.n; i++) {
		if (value.p[i] < '0' || value.p[i] > '9')
			return false;
		number = number * 10 + (uint64_t)(value.p[i] - '0');
	}
	*out = number;
	return number <= max;
}

static bool
take_text(struct sts_str *rest, char end, struct sts_str *out)
{
	if (!take(rest, end, out) || out->n > STS_TALLY_TEXT)
		return false;
	for (size_t i = 0; i < out->n; i++)
		if (out->p[i] < ' ' || out->p[i] > '~')
			return false;
	return true;
}

static enum sts_err
take_detail(struct sts_str *rest, struct sts_tally *tally,
    struct sts_tally_policy *policy)
{
	struct sts_tally_texts texts;
	enum sts_result_type result;
	size_t n = policy->n_detail;
	struct sts_str name;
	uint64_t sessions;
	enum sts_err err;

	if (!take(rest, '\t', &name) ||
	    sts_result_type_parse(name, &result) != STS_OK ||
	    result == STS_RESULT_SUCCESS ||
	    !take_number(rest, '\t', STS_TALLY_COUNT_MAX, &sessions) ||
	    sessions == 0)
		return STS_ESYNTAX;
	for (size_t i = 0; i < STS_TALLY_TEXTS; i++)
		if (!take_text(rest, i + 1 < STS_TALLY_TEXTS ? '\t' : '\n',
			&texts.text[i]))
			return STS_ESYNTAX;
	if (n > 0 &&
	    sts_tally_compare(&policy->detail[n - 1], result, &texts) >= 0)
		return STS_ESYNTAX;
	err = sts_tally_fail(tally, policy, result, &texts, sessions);
	return err == STS_ELIMIT ? STS_ESYNTAX : err;
}

/* What a policy's line says, in its order. */
struct numbers {
	uint64_t successful, failed, dropped, octets, details;
};

static bool
take_numbers(struct sts_str *rest, struct numbers *n)
{
	const uint64_t max = STS_TALLY_COUNT_MAX;

	return take_number(rest, ' ', max, &n->successful) &&
	       take_number(rest, ' ', max, &n->failed) &&
	       take_number(rest, ' ', max, &n->dropped) &&
	       take_number(rest, ' ', STS_TALLY_OCTETS_MAX, &n->octets) &&
	       take_number(rest, '\n', STS_TALLY_DETAILS, &n->details) &&
	       n->successful + n->failed > 0;
}

static enum sts_err
make_policy(struct sts_tally *tally, enum sts_policy_type type,
    struct sts_str text, const struct numbers *n, struct sts_tally_policy **out)
{
	enum sts_err err = sts_tally_need_policy(tally, type, text, out);

	if (err != STS_OK)
		return err == STS_ELIMIT ? STS_ESYNTAX : err;
	(*out)->successful += n->successful;
	(*out)->failed += n->dropped;
	(*out)->dropped += n->dropped;
	return STS_OK;
}

static enum sts_err
take_policy(struct sts_str *rest, struct sts_tally *tally)
{
	size_t before = tally->n_policy;
	struct sts_tally_policy *policy;
	enum sts_policy_type type;
	struct sts_str name;
	struct numbers n;
	enum sts_err err;

	if (!take_name(rest, "policy ") || !take(rest, ' ', &name) ||
	    sts_policy_type_parse(name, &type) != STS_OK ||
	    !take_numbers(rest, &n) || rest->n <= n.octets ||
	    rest->p[n.octets] != '\n' ||
	    (type == STS_POLICY_NOT_FOUND && n.octets > 0))
		return STS_ESYNTAX;
	name = (struct sts_str){rest->p, n.octets};
	rest->p += n.octets + 1;
	rest->n -= n.octets + 1;
	err = make_policy(tally, type, name, &n, &policy);
	/* In their order, and so none of them twice. */
	if (err == STS_OK &&
	    (tally->n_policy != before + 1 || policy != &tally->policy[before]))
		err = STS_ESYNTAX;
	while (err == STS_OK && n.details-- > 0)
		err = take_detail(rest, tally, policy);
	if (err == STS_OK && policy->failed != n.failed)
		err = STS_ESYNTAX;
	return err;
}

static enum sts_err
take_policies(struct sts_str *rest, struct sts_tally *tally, uint64_t n)
{
	enum sts_err err = STS_OK;

	while (err == STS_OK && n-- > 0)
		err = take_policy(rest, tally);
	if (err == STS_OK &&
	    (rest->n > 0 || sts_tally_sessions(tally) > STS_TALLY_COUNT_MAX))
		err = STS_ESYNTAX;
	return err;
}

static bool
take_domain(struct sts_str *rest, char domain[STS_DOMAIN_SIZE])
{
	struct sts_str value;

	return take_name(rest, "domain ") && take(rest, '\n', &value) &&
	       sts_host_parse(value, domain) == STS_OK &&
	       sts_str_eq(value, domain);
}

enum sts_err
sts_tally_decode(struct sts_str text, struct sts_tally **out)
{
	char domain[STS_DOMAIN_SIZE];
	uint64_t day, dropped, policies;
	struct sts_str rest = text;
	struct sts_tally *tally;
	struct sts_str version;
	enum sts_err err;

	if (!take_name(&rest, STS_TALLY_MAGIC) || !take(&rest, '\n', &version))
		return STS_ESYNTAX;
	if (!sts_str_eq(version, STS_TALLY_VERSION))
		return STS_EINVAL;
	if (!take_domain(&rest, domain) || !take_name(&rest, "day ") ||
	    !take_number(&rest, '\n', STS_TALLY_DAY_MAX, &day) ||
	    !take_name(&rest, "dropped ") ||
	    !take_number(&rest, '\n', STS_TALLY_COUNT_MAX, &dropped) ||
	    !take_name(&rest, "policies ") ||
	    !take_number(&rest, '\n', STS_TALLY_POLICIES, &policies))
		return STS_ESYNTAX;
	tally = sts_tally_new(domain, (int64_t)day);
	if (tally == NULL)
		return STS_ENOMEM;
	tally->dropped = dropped;
	err = take_policies(&rest, tally, policies);
	if (err == STS_OK)
		*out = tally;
	else
		sts_tally_free(tally);
	return err;
}
