/* SPDX-License-Identifier: ISC */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "sts/day.h"
#include "sts/policy.h"
#include "sts/report.h"
#include "utf8.h"

#define TIME_TEXT 32

/* Any octets as a string; NULL: no memory, as of all that makes a value. */
static json_t *
text(struct sts_str in)
{
	json_t *made;
	char *clean;

	if (sts_utf8_ascii(in))
		return json_stringn_nocheck(in.n > 0 ? in.p : "", in.n);
	clean = malloc(in.n * STS_UTF8_GROWS);
	if (clean == NULL)
		return NULL;
	made = json_stringn_nocheck(clean, sts_utf8_clean(in, clean));
	free(clean);
	return made;
}

/* The value is taken over. False: no memory, as the value was NULL, too. */
static bool
put(json_t *object, const char *key, json_t *value)
{
	return json_object_set_new_nocheck(object, key, value) == 0;
}

static bool
put_text(json_t *object, const char *key, const char *value)
{
	return put(object, key, text(sts_str(value)));
}

/* What is not known is left out. */
static bool
put_known(json_t *object, const char *key, const char *value)
{
	return value[0] == '\0' || put_text(object, key, value);
}

static bool
put_count(json_t *object, const char *key, uint64_t count)
{
	return put(object, key, json_integer((json_int_t)count));
}

/* Each line as it was served, errors and all (RFC 8460 section 4.4). */
static json_t *
lines(struct sts_str all)
{
	json_t *array = json_array();
	struct sts_str line;

	while (sts_policy_next_line(&all, &line))
		if (json_array_append_new(array, text(line)) != 0) {
			json_decref(array);
			return NULL;
		}
	return array;
}

/* Of what is no policy, none is known. */
static json_t *
mx_hosts(struct sts_str all)
{
	struct sts_policy *policy = NULL;
	json_t *array = json_array();
	bool good = array != NULL;
	enum sts_err err = sts_policy_parse(all, &policy, NULL);

	if (err == STS_ENOMEM)
		good = false;
	for (size_t i = 0; good && err == STS_OK && i < policy->n_mx; i++)
		good = json_array_append_new(
			   array, text(sts_str(policy->mx[i]))) == 0;
	sts_policy_free(policy);
	if (good)
		return array;
	json_decref(array);
	return NULL;
}

static json_t *
policy_object(
    const struct sts_tally *tally, const struct sts_tally_policy *policy)
{
	struct sts_str all = {policy->text, policy->n_text};
	json_t *object = json_object();
	bool good =
	    put_text(object, "policy-type", sts_policy_type_name(policy->type));

	if (policy->type != STS_POLICY_NOT_FOUND)
		good = good && put(object, "policy-string", lines(all));
	good = good && put_text(object, "policy-domain", tally->domain);
	if (policy->type == STS_POLICY_STS)
		good = good && put(object, "mx-host", mx_hosts(all));
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

	if (put_text(
		object, "result-type", sts_result_type_name(detail->result)) &&
	    put_known(object, "sending-mta-ip", detail->sending_ip) &&
	    put_known(object, "receiving-mx-hostname", detail->mx) &&
	    put_known(object, "receiving-mx-helo", detail->helo) &&
	    put_known(object, "receiving-ip", detail->receiving_ip) &&
	    put_count(object, "failed-session-count", detail->sessions) &&
	    put_known(object, "failure-reason-code", detail->reason))
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

		good = put(object, "policy", policy_object(tally, policy)) &&
		       put(object, "summary", summary(policy)) &&
		       put(object, "failure-details", details(policy));
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
	if (put_text(object, "start-datetime", from) &&
	    put_text(object, "end-datetime", to))
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
	if (put_text(root, "organization-name", name->organization) &&
	    put(root, "date-range", date_range(tally->day)) &&
	    put_text(root, "contact-info", name->contact) &&
	    put_text(root, "report-id", id) &&
	    put(root, "policies", policies(tally)))
		dump = json_dumps(root, JSON_COMPACT);
	json_decref(root);
	if (dump == NULL)
		return STS_ENOMEM;
	*out = dump;
	*size = strlen(dump);
	return STS_OK;
}
