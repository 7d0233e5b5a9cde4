/* SPDX-License-Identifier: ISC */
#include "check.h"
#include "print.h"

static json_t *
finding_json(const struct sts_check_item *item)
{
	json_t *object = json_pack("{ss ss ss ss ss ss}", "code", item->code,
	    "severity", sts_check_grade_name(item->grade), "area",
	    sts_check_area_name(item->area), "subject", item->subject, "seen",
	    item->seen, "section", item->section);

	if (object == NULL ||
	    (item->line > 0 &&
		json_object_set_new(object, "line",
		    json_integer((json_int_t)item->line)) != 0) ||
	    (item->says[0] != '\0' && json_object_set_new(object, "says",
					  json_string(item->says)) != 0) ||
	    (item->mend[0] != '\0' && json_object_set_new(object, "mend",
					  json_string(item->mend)) != 0)) {
		json_decref(object);
		return NULL;
	}
	return object;
}

static json_t *
fact_json(const struct sts_check_item *item)
{
	return json_pack("{ss ss ss}", "area", sts_check_area_name(item->area),
	    "subject", item->subject, "seen", item->seen);
}

/* Those that are facts, or those that are not. */
static json_t *
items_json(const struct sts_check_result *result, bool facts)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < result->n; i++) {
		const struct sts_check_item *item = &result->item[i];

		if ((item->grade == STS_CHECK_FACT) != facts)
			continue;
		if (json_array_append_new(list,
			facts ? fact_json(item) : finding_json(item)) != 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

static json_t *
certs_json(const struct sts_check_result *result)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < result->n_cert; i++) {
		const struct sts_check_cert *cert = &result->cert[i];

		if (json_array_append_new(list,
			json_pack("{ss ss ss ss ss sI sI}", "host", cert->host,
			    "address", cert->address, "tls", cert->tls, "names",
			    cert->cert.names, "issuer", cert->cert.issuer,
			    "not_after", (json_int_t)cert->cert.valid_until,
			    "days", (json_int_t)cert->days)) != 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

/* What was read of the policy; null where there is none. */
static json_t *
policy_json(const struct sts_policy *policy)
{
	json_t *mx;
	size_t i;

	if (policy == NULL)
		return json_null();
	mx = json_array();
	for (i = 0; i < policy->n_mx; i++)
		if (json_array_append_new(mx, json_string(policy->mx[i])) !=
		    0) {
			json_decref(mx);
			return NULL;
		}
	return json_pack("{ss sI so}", "mode", sts_mode_name(policy->mode),
	    "max_age", (json_int_t)policy->max_age, "mx", mx);
}

int
sts_check_json(const struct sts_check_result *result)
{
	const size_t *count = result->count;

	return sts_print_json(
	    json_pack("{ss ss sI sI sI sI sI ss so so so so}", "domain",
		result->domain, "verdict",
		sts_check_verdict(sts_check_code(result)), "errors",
		(json_int_t)count[STS_CHECK_ERROR], "warnings",
		(json_int_t)count[STS_CHECK_WARNING], "unknown",
		(json_int_t)count[STS_CHECK_UNKNOWN], "notes",
		(json_int_t)count[STS_CHECK_NOTE], "more",
		(json_int_t)result->dropped, "id", result->id, "policy",
		policy_json(result->policy), "findings",
		items_json(result, false), "facts", items_json(result, true),
		"certificates", certs_json(result)),
	    STS_EXIT_YES);
}
