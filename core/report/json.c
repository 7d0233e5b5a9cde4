/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "json_value.h"
#include "sts/day.h"
#include "sts/report.h"

#define TIME_TEXT 32

static bool
put_count(json_t *object, const char *key, uint64_t count)
{
	return sts_json_put(object, key, json_integer((json_int_t)count));
}

static json_t *
policy_object(
    const struct sts_tally *tally, const struct sts_tally_policy *policy)
{
	struct sts_str all,
	    domain = sts_json_policy_domain(tally->domain, policy, &all);
	json_t *object = json_object();
	bool good = sts_json_put_text(
	    object, "policy-type", sts_policy_type_name(policy->type));

	if (policy->type != STS_POLICY_NOT_FOUND)
		good = good && sts_json_put(object, "policy-string",
				   sts_json_lines(all));
	good = good &&
	       sts_json_put(object, "policy-domain", sts_json_text(domain));
	if (policy->type == STS_POLICY_STS)
		good = good &&
		       sts_json_put(object, "mx-host", sts_json_mx_hosts(all));
	if (good)
		return object;
	json_decref(object);
	return NULL;
}

static json_t *
summary(const struct sts_tally_policy *policy)
{
	json_t *object = json_object();

	if (put_count(
		object, "total-successful-session-count", policy->successful) &&
	    put_count(object, "total-failure-session-count", policy->failed))
		return object;
	json_decref(object);
	return NULL;
}

static json_t *
detail_object(const struct sts_tally_detail *detail)
{
	json_t *object = json_object();

	if (sts_json_put_text(
		object, "result-type", sts_result_type_name(detail->result)) &&
	    sts_json_put_known(object, "sending-mta-ip", detail->sending_ip) &&
	    sts_json_put_known(object, "receiving-mx-hostname", detail->mx) &&
	    sts_json_put_known(object, "receiving-mx-helo", detail->helo) &&
	    sts_json_put_known(object, "receiving-ip", detail->receiving_ip) &&
	    put_count(object, "failed-session-count", detail->sessions) &&
	    sts_json_put_known(object, "failure-reason-code", detail->reason))
		return object;
	json_decref(object);
	return NULL;
}

/*
 * Those that there was no room for stand in one more, so that the sum is that
 * of the summary. Its type is the general one (RFC 8460 section 4.3.4).
 */
static json_t *
details(const struct sts_tally_policy *policy)
{
	char none[] = "", why[] = "details-dropped";
	const struct sts_tally_detail rest = {STS_RESULT_VALIDATION_FAILURE,
	    none, none, none, none, why, policy->dropped};
	json_t *array = json_array();
	bool good = array != NULL;

	for (size_t i = 0; good && i < policy->n_detail; i++)
		good = json_array_append_new(
			   array, detail_object(&policy->detail[i])) == 0;
	if (good && policy->dropped > 0)
		good = json_array_append_new(array, detail_object(&rest)) == 0;
	if (good)
		return array;
	json_decref(array);
	return NULL;
}

static json_t *
policies(const struct sts_tally *tally)
{
	json_t *array = json_array();
	bool good = array != NULL;

	for (size_t i = 0; good && i < tally->n_policy; i++) {
		const struct sts_tally_policy *policy = &tally->policy[i];
		json_t *object = json_object();

		good = sts_json_put(
			   object, "policy", policy_object(tally, policy)) &&
		       sts_json_put(object, "summary", summary(policy)) &&
		       sts_json_put(object, "failure-details", details(policy));
		if (good)
			good = json_array_append(array, object) == 0;
		json_decref(object);
	}
	if (good)
		return array;
	json_decref(array);
	return NULL;
}

static json_t *
date_range(int64_t day)
{
	json_t *object = json_object();
	char date[STS_DAY_TEXT], from[TIME_TEXT], to[TIME_TEXT];

	sts_day_text(day, date);
	(void)snprintf(from, sizeof(from), "%sT00:00:00Z", date);
	(void)snprintf(to, sizeof(to), "%sT23:59:59Z", date);
	if (sts_json_put_text(object, "start-datetime", from) &&
	    sts_json_put_text(object, "end-datetime", to))
		return object;
	json_decref(object);
	return NULL;
}

enum sts_err
sts_report_json(const struct sts_reporter_name *name,
    const struct sts_tally *tally, char **out, size_t *size)
{
	char id[STS_REPORT_ID];
	json_t *root = json_object();
	char *dump = NULL;

	sts_report_id(name, tally, id);
	if (sts_json_put_text(root, "organization-name", name->organization) &&
	    sts_json_put(root, "date-range", date_range(tally->day)) &&
	    sts_json_put_text(root, "contact-info", name->contact) &&
	    sts_json_put_text(root, "report-id", id) &&
	    sts_json_put(root, "policies", policies(tally)))
		dump = json_dumps(root, JSON_COMPACT);
	json_decref(root);
	if (dump == NULL)
		return STS_ENOMEM;
	*out = dump;
	*size = strlen(dump);
	return STS_OK;
}
