/* SPDX-License-Identifier: ISC */
#include "read_policy.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "read_value.h"
#include "sts/policy.h"
#include "sts/tls_result.h"

#define TYPES "RFC 8460 section 4.3"
#define SHOWN 48 /* octets of a remote word in a message */

static enum sts_err
not_an_object(const char *key, struct sts_diags *diags)
{
	return STS_READ_FAIL(STS_EINVAL, "form", STS_READ_FORM,
	    "in \"%s\" there is what is not an object", key);
}

/* What is not told is counted once: no failure is lost. */
static enum sts_err
read_detail(
    json_t *object, struct sts_read_detail *out, struct sts_diags *diags)
{
	static const char *const keys[] = {"result-type", "sending-mta-ip",
	    "receiving-mx-hostname", "receiving-mx-helo", "receiving-ip",
	    "failed-session-count", "additional-information",
	    "additional-info-uri", "failure-reason-code", NULL};
	enum sts_result_type type;
	enum sts_err err;

	sts_read_keys(object, "a failure", keys, diags);
	out->result = sts_read_text(object, "result-type", true, diags);
	out->mx = sts_read_text(object, "receiving-mx-hostname", false, diags);
	out->helo = sts_read_text(object, "receiving-mx-helo", false, diags);
	out->sending_ip = sts_read_text(object, "sending-mta-ip", false, diags);
	out->receiving_ip = sts_read_text(object, "receiving-ip", false, diags);
	out->reason =
	    sts_read_text(object, "failure-reason-code", false, diags);
	out->information =
	    sts_read_text(object, "additional-information", false, diags);
	if (out->information.n == 0) /* as the RFC's prose calls it */
		out->information =
		    sts_read_text(object, "additional-info-uri", false, diags);
	if (out->result.n > 0 &&
	    sts_result_type_parse(out->result, &type) != STS_OK) {
		char shown[SHOWN];

		sts_read_note(diags, "result-type", TYPES,
		    "unknown result-type \"%s\"",
		    sts_str_escape(out->result, shown, sizeof(shown)));
	}
	err = sts_read_count(
	    object, "failed-session-count", &out->sessions, diags);
	if (err != STS_ENOENT)
		return err;
	out->sessions = 1;
	return STS_OK;
}

static int
compare_texts(struct sts_str a, struct sts_str b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int rc = n > 0 ? memcmp(a.p, b.p, n) : 0;

	return rc != 0 ? rc : (a.n > b.n) - (a.n < b.n);
}

static int
most_first(const void *left, const void *right)
{
	const struct sts_read_detail *a = left, *b = right;
	int rc = (a->sessions < b->sessions) - (a->sessions > b->sessions);

	if (rc == 0)
		rc = compare_texts(a->result, b->result);
	return rc != 0 ? rc : compare_texts(a->mx, b->mx);
}

static enum sts_err
read_details(
    json_t *object, struct sts_read_policy *out, struct sts_diags *diags)
{
	json_t *list, *value;
	enum sts_err err =
	    sts_read_list(object, "failure-details", &list, diags);
	size_t i;

	if (err != STS_OK)
		return err;
	out->detail = calloc(json_array_size(list) + 1, sizeof(out->detail[0]));
	if (out->detail == NULL)
		return STS_ENOMEM;
	json_array_foreach (list, i, value) {
		if (!json_is_object(value))
			return not_an_object("failure-details", diags);
		err = read_detail(value, &out->detail[i], diags);
		if (err != STS_OK)
			return err;
	}
	out->n_detail = i;
	qsort(out->detail, i, sizeof(out->detail[0]), most_first);
	return STS_OK;
}

enum sts_err
sts_read_add(uint64_t *sum, uint64_t n, struct sts_diags *diags)
{
	if (n > (uint64_t)STS_READ_COUNT_MAX - *sum)
		return STS_READ_FAIL(STS_ELIMIT, "sum", STS_READ_FORM,
		    "there are more sessions than can be counted");
	*sum += n;
	return STS_OK;
}

static void
note_sums(const struct sts_read_policy *policy, uint64_t told,
    struct sts_diags *diags)
{
	if (told < policy->failed)
		sts_read_note(diags, "failures-untold", STS_READ_FORM,
		    "%" PRIu64 " of %" PRIu64
		    " failed sessions are in no failure-details",
		    policy->failed - told, policy->failed);
	if (told > 0 && policy->failed == 0)
		sts_read_note(diags, "failures-uncounted", STS_READ_FORM,
		    "the failure-details tell of failed sessions, the summary "
		    "of none");
}

static enum sts_err
read_summary(
    json_t *object, struct sts_read_policy *out, struct sts_diags *diags)
{
	static const char *const keys[] = {"total-successful-session-count",
	    "total-failure-session-count", NULL};
	json_t *summary = sts_read_object(object, "summary", diags);
	uint64_t told = 0;
	enum sts_err err = STS_OK;

	sts_read_keys(summary, "a summary", keys, diags);
	for (size_t i = 0; i < out->n_detail && err == STS_OK; i++)
		err = sts_read_add(&told, out->detail[i].sessions, diags);
	if (err != STS_OK)
		return err;
	out->failed = told;
	if (summary == NULL)
		return STS_OK;
	err = sts_read_count(summary, keys[0], &out->successful, diags);
	if (err == STS_OK || err == STS_ENOENT)
		err = sts_read_count(summary, keys[1], &out->failed, diags);
	note_sums(out, told, diags);
	return err == STS_ENOENT ? STS_OK : err;
}

/* As it was served: the lines in order. Of what is no policy, none is had. */
static enum sts_err
parse_policy(struct sts_read_policy *out)
{
	size_t n = 0, at = 0;
	enum sts_err err;
	char *all;

	for (size_t i = 0; i < out->n_line; i++)
		n += out->line[i].n + 1;
	all = malloc(n + 1);
	if (all == NULL)
		return STS_ENOMEM;
	for (size_t i = 0; i < out->n_line; i++) {
		memcpy(all + at, out->line[i].p, out->line[i].n);
		at += out->line[i].n;
		all[at++] = '\n';
	}
	err = sts_policy_parse((struct sts_str){all, n}, &out->parsed, NULL);
	free(all);
	return err == STS_ENOMEM ? err : STS_OK;
}

/* Those of the policy itself; else of mx-host, which is one MX host in reports
 * that follow the example in the RFC. */
static enum sts_err
read_patterns(
    json_t *policy, struct sts_read_policy *out, struct sts_diags *diags)
{
	json_t *list;
	enum sts_err err = sts_read_list(policy, "mx-host", &list, diags);

	if (err == STS_OK)
		err = sts_read_texts(
		    list, "mx-host", &out->pattern, &out->n_pattern, diags);
	if (err != STS_OK || out->parsed == NULL)
		return err;
	free(out->pattern);
	out->n_pattern = out->parsed->n_mx;
	out->pattern = calloc(out->n_pattern + 1, sizeof(out->pattern[0]));
	if (out->pattern == NULL)
		return STS_ENOMEM;
	for (size_t i = 0; i < out->n_pattern; i++)
		out->pattern[i] = sts_str(out->parsed->mx[i]);
	return STS_OK;
}

static void
note_type(struct sts_str type, struct sts_diags *diags)
{
	enum sts_policy_type known;
	char shown[SHOWN];

	if (type.n > 0 && sts_policy_type_parse(type, &known) != STS_OK)
		sts_read_note(diags, "policy-type", STS_READ_FORM,
		    "unknown policy-type \"%s\"",
		    sts_str_escape(type, shown, sizeof(shown)));
}

static enum sts_err
read_applied(
    json_t *object, struct sts_read_policy *out, struct sts_diags *diags)
{
	static const char *const keys[] = {
	    "policy-type", "policy-string", "policy-domain", "mx-host", NULL};
	json_t *policy = sts_read_object(object, "policy", diags), *list;
	enum sts_err err;

	sts_read_keys(policy, "a policy", keys, diags);
	if (policy != NULL) {
		out->type = sts_read_text(policy, "policy-type", true, diags);
		out->domain =
		    sts_read_text(policy, "policy-domain", true, diags);
		note_type(out->type, diags);
	}
	err = sts_read_list(policy, "policy-string", &list, diags);
	if (err == STS_OK)
		err = sts_read_texts(
		    list, "policy-string", &out->line, &out->n_line, diags);
	if (err == STS_OK && sts_str_eq(out->type, "sts"))
		err = parse_policy(out);
	return err == STS_OK ? read_patterns(policy, out, diags) : err;
}

enum sts_err
sts_read_policy(
    json_t *object, struct sts_read_policy *out, struct sts_diags *diags)
{
	static const char *const keys[] = {
	    "policy", "summary", "failure-details", NULL};
	enum sts_err err;

	if (!json_is_object(object))
		return not_an_object("policies", diags);
	sts_read_keys(object, "policies", keys, diags);
	err = read_applied(object, out, diags);
	if (err == STS_OK)
		err = read_details(object, out, diags);
	return err == STS_OK ? read_summary(object, out, diags) : err;
}

void
sts_read_policy_clear(struct sts_read_policy *policy)
{
	sts_policy_free(policy->parsed);
	free(policy->line);
	free(policy->pattern);
	free(policy->detail);
}
