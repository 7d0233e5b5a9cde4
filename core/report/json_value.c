/* SPDX-License-Identifier: ISC */
#include "json_value.h"

#include <stdlib.h>

#include "sts/policy.h"
#include "utf8.h"

json_t *
sts_json_text(struct sts_str in)
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

bool
sts_json_put(json_t *object, const char *key, json_t *value)
{
	return json_object_set_new_nocheck(object, key, value) == 0;
}

bool
sts_json_put_text(json_t *object, const char *key, const char *value)
{
	return sts_json_put(object, key, sts_json_text(sts_str(value)));
}

bool
sts_json_put_known(json_t *object, const char *key, const char *value)
{
	return value[0] == '\0' || sts_json_put_text(object, key, value);
}

struct sts_str
sts_json_policy_domain(const char *domain,
    const struct sts_tally_policy *policy, struct sts_str *text)
{
	struct sts_str out = sts_str(domain);

	*text = (struct sts_str){policy->text, policy->n_text};
	if (policy->type == STS_POLICY_TLSA && text->n > 0)
		(void)sts_policy_next_line(text, &out);
	return out;
}

json_t *
sts_json_lines(struct sts_str all)
{
	json_t *array = json_array();
	struct sts_str line;

	while (sts_policy_next_line(&all, &line))
		if (json_array_append_new(array, sts_json_text(line)) != 0) {
			json_decref(array);
			return NULL;
		}
	return array;
}

json_t *
sts_json_mx_hosts(struct sts_str all)
{
	struct sts_policy *policy = NULL;
	json_t *array = json_array();
	bool good = array != NULL;
	enum sts_err err = sts_policy_parse(all, &policy, NULL);

	if (err == STS_ENOMEM)
		good = false;
	for (size_t i = 0; good && err == STS_OK && i < policy->n_mx; i++)
		good = json_array_append_new(
			   array, sts_json_text(sts_str(policy->mx[i]))) == 0;
	sts_policy_free(policy);
	if (good)
		return array;
	json_decref(array);
	return NULL;
}
