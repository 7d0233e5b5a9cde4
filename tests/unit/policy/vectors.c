/* SPDX-License-Identifier: ISC */
/* Every vector must be answered as its "want" says (TXT-, POL-, MX-, RPT-). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <jansson.h>

#include "sts/match.h"
#include "sts/policy.h"
#include "sts/record.h"
#include "sts/tlsrpt.h"

#define VECTORS STS_SOURCE_DIR "/tests/vectors/"
#define RRS     32
#define OCTETS  8192

/* The RRs of a vector with their character-strings joined (TXT-6). */
struct rrset {
	struct sts_str rr[RRS];
	char octets[OCTETS];
	struct sts_txt txt;
};

typedef int check_fn(json_t *vector, const char *id);

static const char *
string(json_t *vector, const char *key)
{
	const char *s = json_string_value(json_object_get(vector, key));

	return s == NULL ? "" : s;
}

static void
join(json_t *strings, struct sts_str *rr, char **room)
{
	json_t *string;
	size_t i;

	rr->p = *room;
	json_array_foreach (strings, i, string) {
		memcpy(*room, json_string_value(string),
		    json_string_length(string));
		*room += json_string_length(string);
	}
	rr->n = (size_t)(*room - rr->p);
}

static void
load_rrset(json_t *vector, struct rrset *set)
{
	json_t *strings;
	char *room = set->octets;
	size_t i;

	json_array_foreach (json_object_get(vector, "rrset"), i, strings) {
		assert_true(i < RRS);
		join(strings, &set->rr[i], &room);
		assert_true(room <= set->octets + OCTETS / 2);
	}
	set->txt = (struct sts_txt){
	    set->rr, json_array_size(json_object_get(vector, "rrset"))};
}

static int
differ(const char *id, const char *what)
{
	printf("%s: %s\n", id, what);
	return 1;
}

/*
 * An answer that is not the grammar's is explained; one that is, is not
 * complained of; and each finding says where and by which rule.
 */
static int
check_diags(json_t *vector, const char *id, const struct sts_diags *diags)
{
	const char *strict = string(vector, "strict");
	const char *want = string(vector, "want");
	size_t i;

	if (strcmp(strict, want) != 0 && diags->n == 0)
		return differ(id, "differs from the grammar without a warning");
	if (strcmp(want, "valid") == 0 && strcmp(strict, "valid") == 0 &&
	    diags->n > 0)
		return differ(id, diags->list[0].text);
	if (strcmp(want, "valid") == 0 && sts_diag_error(diags) != NULL)
		return differ(id, "valid, but with an error");
	if (strcmp(want, "valid") != 0 && sts_diag_error(diags) == NULL)
		return differ(id, "not valid, but without an error");
	for (i = 0; i < diags->n; i++)
		if (diags->list[i].rule[0] == '\0' ||
		    strncmp(diags->list[i].section, "RFC 846", 7) != 0 ||
		    (diags->list[i].severity == STS_WARNING &&
			diags->list[i].line == 0))
			return differ(id, "a finding without its place");
	return 0;
}

static int
check_record(json_t *vector, const char *id)
{
	struct rrset set;
	struct sts_diags diags = {0};
	char value[STS_ID_SIZE] = "";
	enum sts_err err;

	load_rrset(vector, &set);
	err = sts_record_parse(&set.txt, value, &diags);
	if (err != STS_OK && err != STS_ENOENT)
		return differ(id, sts_err_name(err));
	if ((err == STS_OK) != (strcmp(string(vector, "want"), "valid") == 0))
		return differ(id, err == STS_OK ? "valid" : "none");
	if (strcmp(value, string(vector, "id_value")) != 0)
		return differ(id, value);
	return check_diags(vector, id, &diags);
}

static int
check_destinations(json_t *vector, const char *id, const struct sts_tlsrpt *got)
{
	json_t *uri;
	size_t i;

	if (json_array_size(json_object_get(vector, "rua")) != got->n)
		return differ(id, "number of destinations");
	json_array_foreach (json_object_get(vector, "rua"), i, uri)
		if (!sts_str_eq(got->rua[i], json_string_value(uri)))
			return differ(id, json_string_value(uri));
	return 0;
}

static int
check_tlsrpt(json_t *vector, const char *id)
{
	struct rrset set;
	struct sts_diags diags = {0};
	struct sts_tlsrpt got = {0};
	enum sts_err err;

	load_rrset(vector, &set);
	err = sts_tlsrpt_parse(&set.txt, &got, &diags);
	if ((err == STS_OK) != (strcmp(string(vector, "want"), "valid") == 0))
		return differ(id, sts_err_name(err));
	if (check_destinations(vector, id, &got))
		return 1;
	return check_diags(vector, id, &diags);
}

static char *
unbase64(const char *text, size_t *n)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	char *out = malloc(strlen(text) + 1);
	unsigned bits = 0, held = 0;

	assert_non_null(out);
	for (*n = 0; *text != '\0' && *text != '='; text++) {
		held = held << 6 | (unsigned)(strchr(digits, *text) - digits);
		bits += 6;
		if (bits < 8)
			continue;
		bits -= 8;
		out[(*n)++] = (char)(held >> bits & 0xff);
	}
	return out;
}

/* The body in memory of just its size, so that a sanitizer sees its end. */
static char *
body_of(json_t *vector, size_t *n)
{
	json_t *body = json_object_get(vector, "body");
	char *copy;

	if (body == NULL)
		return unbase64(string(vector, "body_b64"), n);
	*n = json_string_length(body);
	copy = malloc(*n + 1);
	assert_non_null(copy);
	memcpy(copy, json_string_value(body), *n + 1);
	return copy;
}

static int
check_fields(json_t *want, const char *id, const struct sts_policy *got)
{
	json_t *mx;
	size_t i;

	if (strcmp(sts_mode_name(got->mode), string(want, "mode")) != 0)
		return differ(id, sts_mode_name(got->mode));
	if (got->max_age !=
	    json_integer_value(json_object_get(want, "max_age")))
		return differ(id, "max_age");
	if (json_array_size(json_object_get(want, "mx")) != got->n_mx)
		return differ(id, "number of mx");
	json_array_foreach (json_object_get(want, "mx"), i, mx)
		if (strcmp(got->mx[i], json_string_value(mx)) != 0)
			return differ(id, got->mx[i]);
	return 0;
}

static int
check_policy(json_t *vector, const char *id)
{
	struct sts_diags diags = {0};
	struct sts_policy *got = NULL;
	struct sts_str text;
	size_t n;
	char *body = body_of(vector, &n);
	enum sts_err err;
	int differs = 0;

	text = (struct sts_str){body, n};
	err = sts_policy_parse(text, &got, &diags);
	if (err != STS_OK && err != STS_ESYNTAX)
		differs = differ(id, sts_err_name(err));
	else if ((err == STS_OK) !=
		 (strcmp(string(vector, "want"), "valid") == 0))
		differs = differ(id, err == STS_OK ? "valid" : "invalid");
	else if (err == STS_OK)
		differs =
		    check_fields(json_object_get(vector, "policy"), id, got);
	if (!differs)
		differs = check_diags(vector, id, &diags);
	if (got != NULL && (got->text.n != n || memcmp(got->text.p, body, n)))
		differs += differ(id, "the text is not as received");
	sts_policy_free(got);
	free(body);
	return differs;
}

static int
check_match(json_t *vector, const char *id)
{
	struct sts_str host = sts_str(string(vector, "host"));
	bool want = json_is_true(json_object_get(vector, "match"));
	bool got = false;
	json_t *pattern;
	size_t i;

	json_array_foreach (json_object_get(vector, "patterns"), i, pattern)
		if (sts_pattern_match(
			sts_str(json_string_value(pattern)), host))
			got = true;
	return got == want ? 0 : differ(id, got ? "match" : "no match");
}

static void
run(const char *file, check_fn *check)
{
	json_error_t error;
	json_t *root = json_load_file(file, JSON_ALLOW_NUL, &error);
	json_t *vectors, *vector;
	int differences = 0;
	size_t i;

	if (root == NULL)
		fail_msg("%s:%d: %s", file, error.line, error.text);
	vectors = json_object_get(root, "vectors");
	assert_int_equal(json_array_size(vectors),
	    json_integer_value(json_object_get(root, "count")));
	json_array_foreach (vectors, i, vector)
		differences += check(vector, string(vector, "id"));
	printf("%s: %zu vectors, %d differences\n", strrchr(file, '/') + 1,
	    json_array_size(vectors), differences);
	json_decref(root);
	assert_int_equal(differences, 0);
}

static void
records(void **state)
{
	(void)state;
	run(VECTORS "records.json", check_record);
}

static void
policies(void **state)
{
	(void)state;
	run(VECTORS "policies.json", check_policy);
}

static void
mxmatch(void **state)
{
	(void)state;
	run(VECTORS "mxmatch.json", check_match);
}

static void
tlsrpt_records(void **state)
{
	(void)state;
	run(VECTORS "tlsrpt_records.json", check_tlsrpt);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(records),
	    cmocka_unit_test(policies),
	    cmocka_unit_test(mxmatch),
	    cmocka_unit_test(tlsrpt_records),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
