/* SPDX-License-Identifier: ISC */
#include "datagram.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json_value.h"
#include "sts/tally.h"

/* libtlsrpt's numbers. */
static const int policy_types[STS_POLICY_TYPES] = {
    [STS_POLICY_TLSA] = 1, [STS_POLICY_STS] = 2, [STS_POLICY_NOT_FOUND] = 9};
static const int codes[STS_RESULT_TYPES] = {
    [STS_RESULT_STARTTLS_NOT_SUPPORTED] = 201,
    [STS_RESULT_CERTIFICATE_HOST_MISMATCH] = 202,
    [STS_RESULT_CERTIFICATE_NOT_TRUSTED] = 203,
    [STS_RESULT_CERTIFICATE_EXPIRED] = 204,
    [STS_RESULT_VALIDATION_FAILURE] = 205,
    [STS_RESULT_STS_POLICY_FETCH_ERROR] = 301,
    [STS_RESULT_STS_POLICY_INVALID] = 302,
    [STS_RESULT_STS_WEBPKI_INVALID] = 303,
    [STS_RESULT_TLSA_INVALID] = 304,
    [STS_RESULT_DNSSEC_INVALID] = 305,
    [STS_RESULT_DANE_REQUIRED] = 306,
};

static json_t *
detail_json(const struct sts_tally_detail *detail)
{
	json_t *object = json_object();

	if (sts_json_put(object, "c", json_integer(codes[detail->result])) &&
	    sts_json_put_known(object, "s", detail->sending_ip) &&
	    sts_json_put_known(object, "n", detail->mx) &&
	    sts_json_put_known(object, "h", detail->helo) &&
	    sts_json_put_known(object, "r", detail->receiving_ip) &&
	    sts_json_put_known(object, "f", detail->reason))
		return object;
	json_decref(object);
	return NULL;
}

/* Lists that are empty are left out, as libtlsrpt does: the collector counts
 * by the text of the policy. */
static bool
put_list(json_t *object, const char *key, json_t *list)
{
	if (list != NULL && json_array_size(list) == 0) {
		json_decref(list);
		return true;
	}
	return sts_json_put(object, key, list);
}

static bool
put_details(json_t *object, const struct sts_tally_policy *policy)
{
	json_t *list = json_array();
	bool good = list != NULL;

	for (size_t i = 0; good && i < policy->n_detail; i++)
		good = json_array_append_new(
			   list, detail_json(&policy->detail[i])) == 0;
	if (good)
		return put_list(object, "failure-details", list);
	json_decref(list);
	return false;
}

static json_t *
policy_json(const char *domain, const struct sts_tally_policy *policy)
{
	struct sts_str all, name = sts_json_policy_domain(domain, policy, &all);
	json_t *object = json_object();
	bool good =
	    sts_json_put(object, "policy-type",
		json_integer(policy_types[policy->type])) &&
	    sts_json_put(object, "policy-domain", sts_json_text(name)) &&
	    put_list(object, "policy-string", sts_json_lines(all));

	if (policy->type == STS_POLICY_STS)
		good =
		    good && put_list(object, "mx-host", sts_json_mx_hosts(all));
	if (good && put_details(object, policy) &&
	    sts_json_put(
		object, "t", json_integer((json_int_t)policy->n_detail)) &&
	    sts_json_put(object, "f", json_integer(policy->failed > 0 ? 1 : 0)))
		return object;
	json_decref(object);
	return NULL;
}

enum sts_err
sts_datagram_policies(const struct sts_tls_result *result, char **out)
{
	/* What is counted of one, cleaned as always. */
	struct sts_tally *tally = sts_tally_new(result->domain, 0);
	json_t *list = json_array();
	enum sts_err err =
	    tally != NULL ? sts_tally_add(tally, result) : STS_ENOMEM;

	*out = NULL;
	if (err == STS_OK &&
	    json_array_append_new(
		list, policy_json(tally->domain, &tally->policy[0])) == 0)
		*out = json_dumps(list, JSON_COMPACT);
	json_decref(list);
	sts_tally_free(tally);
	if (err == STS_OK && *out == NULL)
		err = STS_ENOMEM;
	return err;
}

char *
sts_datagram(const char *domain, struct sts_str record, const char *policies,
    size_t *size)
{
	json_t *object = json_object();
	char *head = NULL, *all = NULL;
	size_t n;

	if (sts_json_put_text(object, "dpv", "1") &&
	    sts_json_put_text(object, "d", domain) &&
	    sts_json_put(object, "pr", sts_json_text(record)))
		head = json_dumps(object, JSON_COMPACT);
	json_decref(object);
	if (head == NULL)
		return NULL;
	n = strlen(head) - 1; /* without its brace */
	*size = n + strlen(",\"policies\":}") + strlen(policies);
	if ((all = malloc(*size + 1)) != NULL)
		(void)snprintf(all, *size + 1, "%.*s,\"policies\":%s}", (int)n,
		    head, policies);
	free(head);
	return all;
}
