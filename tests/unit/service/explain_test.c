/* SPDX-License-Identifier: ISC */
/* explain: which step says NO, that nothing changes, and how it ends. */
#include <jansson.h>

#include "sts/engine_admin.h"
#include "world.h"

#define GOOD  "good.example enforce id=1 mx=mx.good.example"
#define START "STS1 json "
#define BODY  "version: STSv1\nmode: enforce\nmax_age: 9\nmx: a.example\n"

/* The one line of an answer, as JSON. */
static json_t *
taken(struct world *world, int fd)
{
	bool eof;
	char *got = world_read(world, fd, &eof);
	json_t *json;

	assert_int_equal(strncmp(got, START, strlen(START)), 0);
	assert_ptr_equal(strchr(got, '\n'), got + strlen(got) - 1);
	json = json_loads(got + strlen(START), 0, NULL);
	assert_non_null(json);
	free(got);
	return json;
}

static json_t *
asked(struct world *world, int fd, const char *words)
{
	char line[512];

	snprintf(line, sizeof(line), "STS1 explain %s\n", words);
	world_write(world, fd, line);
	return taken(world, fd);
}

static const char *
text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text != NULL ? text : "";
}

static const json_t *
step_of(const json_t *json, const char *name)
{
	const json_t *step;
	size_t i;

	json_array_foreach (json_object_get(json, "steps"), i, step) {
		if (strcmp(text_of(step, "step"), name) == 0)
			return step;
	}
	fail_msg("no step %s", name);
	return NULL;
}

/* The first step that says no; those before it but the cache said ok. */
static const json_t *
first_no(const json_t *json)
{
	const json_t *step;
	size_t i;

	json_array_foreach (json_object_get(json, "steps"), i, step) {
		if (strcmp(text_of(step, "step"), "cache") == 0)
			continue;
		if (strcmp(text_of(step, "verdict"), "no") == 0)
			return step;
		assert_string_equal(text_of(step, "verdict"), "ok");
	}
	return NULL;
}

static void
assert_answer(
    const json_t *json, const char *kind, const char *reason, const char *from)
{
	const json_t *answer = json_object_get(json, "answer");

	assert_string_equal(text_of(answer, "kind"), kind);
	assert_string_equal(text_of(answer, "reason"), reason);
	assert_string_equal(text_of(answer, "from"), from);
}

struct fetched {
	enum sts_http_status status;
	long code;
	const char *detail;
	int64_t lookup, connect, tls, ms;
	const char *step, *section, *kind, *reason;
};

/* HTT-2, HTT-4, HTT-7, HTT-8, THR-7: by how far the fetch got. */
static const struct fetched fetches[] = {
    {STS_HTTP_OK, 200, "", 1, 2, 4, 8, NULL, NULL, "policy", ""},
    {STS_HTTP_FETCH, 0, "dns-absent", 1, -1, -1, 15, "address",
	"RFC 8461 section 3.3", "none", "sts-policy-fetch-error"},
    {STS_HTTP_FETCH, 0, "dns", -1, -1, -1, 15, "address",
	"RFC 8461 section 3.3", "none", "sts-policy-fetch-error"},
    {STS_HTTP_FETCH, 0, "address-refused", 1, -1, -1, 15, "address",
	"RFC 8461 section 3.3", "none", "sts-policy-fetch-error"},
    {STS_HTTP_LOCAL, 0, "busy", 1, -1, -1, 14, "tcp", "RFC 8461 section 3.3",
	"temp", "fetch-local"},
    {STS_HTTP_FETCH, 0, "connect", 1, -1, -1, 14, "tcp", "RFC 8461 section 3.3",
	"none", "sts-policy-fetch-error"},
    {STS_HTTP_FETCH, 0, "timeout", 1, 2, -1, 12, "tls", "RFC 8461 section 3.3",
	"none", "sts-policy-fetch-error"},
    {STS_HTTP_WEBPKI, 0, "X509_V_ERR_CERT_HAS_EXPIRED", 1, 2, -1, 12, "tls",
	"RFC 8461 section 3.3", "none", "sts-webpki-invalid"},
    {STS_HTTP_FETCH, 0, "timeout", 1, 2, 4, 8, "http", "RFC 8461 section 3.3",
	"none", "sts-policy-fetch-error"},
    {STS_HTTP_FETCH, 301, "http-301", 1, 2, 4, 8, "http",
	"RFC 8461 section 3.3", "none", "sts-policy-fetch-error"},
    {STS_HTTP_FETCH, 200, "too-large", 1, 2, 4, 8, "http",
	"RFC 8461 section 3.3", "none", "sts-policy-fetch-error"},
    {STS_HTTP_INVALID, 200, "media-type", 1, 2, 4, 8, "http",
	"RFC 8461 section 3.2", "none", "sts-policy-invalid"},
};

static void
check_fetch(const struct fetched *want)
{
	struct world *world = world_new();
	struct sts_http_trace trace = {.address = {{"192.0.2.7", "private"}},
	    .n_address = 1,
	    .lookup_ms = want->lookup,
	    .connect_ms = want->connect,
	    .tls_ms = want->tls,
	    .total_ms = 15,
	    .tls = ""};
	struct sts_http_answer answer = {.status = want->status,
	    .code = want->code,
	    .body = sts_str(BODY),
	    .trace = &trace};
	int fd = world_connect(world, true);
	const json_t *no;
	json_t *json;

	snprintf(answer.detail, sizeof(answer.detail), "%s", want->detail);
	world->http = &answer;
	world_rule(world, GOOD " hosts=10:a.example");
	json = asked(world, fd, "good.example");
	no = first_no(json);
	assert_int_equal(no == NULL, want->step == NULL);
	if (no != NULL) {
		assert_string_equal(text_of(no, "step"), want->step);
		assert_string_equal(text_of(no, "section"), want->section);
	}
	/* What it took of the whole adds up. */
	no = step_of(json, want->step != NULL ? want->step : "http");
	assert_int_equal(
	    json_integer_value(json_object_get(no, "ms")), want->ms);
	assert_answer(json, want->kind, want->reason, "look");
	json_decref(json);
	close(fd);
	world_free(world);
}

static void
test_fetch(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(fetches) / sizeof(fetches[0]); i++)
		check_fetch(&fetches[i]);
}

/* TXT-8, TXT-10, MX-6, MX-9 */
static void
test_dns(void **state)
{
	static const struct {
		const char *rule, *step, *section, *kind, *reason;
	} cases[] = {
	    {"a.example", "txt", "RFC 8461 section 3.1", "none", "no-record"},
	    {"a.example enforce dns=servfail", "txt", "RFC 8461 section 3.1",
		"none", "dns-servfail"},
	    {"a.example enforce dns=timeout", "txt", "RFC 8461 section 3.1",
		"none", "dns-timeout"},
	    {"a.example enforce dns=bogus", "txt", "RFC 4033 section 5", "temp",
		"dns-bogus"},
	    {"a.example enforce id=a-b mx=a.example", "record",
		"RFC 8461 section 3.1", "none", "record-invalid"},
	    {"a.example enforce", "policy", "RFC 8461 section 3.2", "none",
		"sts-policy-invalid"},
	    {"a.example enforce mx=a.example hosts-dns=servfail", "mx",
		"RFC 5321 section 5.1", "policy", ""},
	    {"a.example enforce mx=a.example hosts-dns=bogus", "mx",
		"RFC 4033 section 5", "policy", ""},
	    {"a.example enforce mx=a.example hosts=.", "mx",
		"RFC 7505 section 3", "policy", ""},
	    {"a.example enforce mx=b.example", "match", "RFC 8461 section 4.1",
		"policy", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct world *world = world_new();
		int fd = world_connect(world, true);
		const json_t *no;
		json_t *json;

		world_rule(world, cases[i].rule);
		json = asked(world, fd, "a.example");
		no = first_no(json);
		assert_non_null(no);
		assert_string_equal(text_of(no, "step"), cases[i].step);
		assert_string_equal(text_of(no, "section"), cases[i].section);
		assert_answer(json, cases[i].kind, cases[i].reason, "look");
		json_decref(json);
		close(fd);
		world_free(world);
	}
}

/* HTT-9, HTT-11: what is known, all of it, is the same afterwards. */
static void
test_untouched(void **state)
{
	static const char look[] =
	    "STS1 show good.example\nSTS1 show gone.example\n"
	    "STS1 show plain.example\nSTS1 show new.example\nSTS1 list\n";
	struct world *world = world_new();
	int fd = world_connect(world, true);
	struct sts_engine_stats before, after;
	char *first, *second;
	size_t fetched;
	bool eof;

	(void)state;
	world_rule(world, GOOD);
	world_rule(world, "gone.example enforce http=404");
	world_rule(world, "new.example enforce mx=mx.new.example");
	world_write(world, fd,
	    "STS1 policy good.example\nSTS1 policy gone.example\n"
	    "STS1 policy plain.example\n");
	free(world_read(world, fd, &eof));
	world_rule(world, "good.example enforce id=2 mx=other.example");
	close(fd);
	world_pass(world, 400000); /* a TXT check is due */
	fd = world_connect(world, true);
	world_write(world, fd, look);
	first = world_read(world, fd, &eof);
	sts_engine_stats(world->engine, &before);
	fetched = world->fetched;
	json_decref(asked(world, fd, "good.example"));
	json_decref(asked(world, fd, "gone.example host=a.example"));
	json_decref(asked(world, fd, "plain.example"));
	json_decref(asked(world, fd, "new.example"));
	assert_int_equal(world->fetched - fetched, 3);
	sts_engine_stats(world->engine, &after);
	assert_memory_equal(&before, &after, sizeof(before));
	world_write(world, fd, look);
	second = world_read(world, fd, &eof);
	assert_string_equal(first, second);
	free(first);
	free(second);
	close(fd);
	world_free(world);
}

/* TXT-9, POL-10: the cache is the answer; what differs is told. */
static void
test_held(void **state)
{
	struct world *world = world_new();
	int fd = world_connect(world, true);
	json_t *json;

	(void)state;
	world_rule(world, GOOD);
	world_write(world, fd, "STS1 policy good.example\n");
	free(world_read(world, fd, &(bool){false}));
	world_rule(world, "good.example enforce id=2 http=404");
	json = asked(world, fd, "good.example host=mx.good.example");
	assert_string_equal(text_of(step_of(json, "cache"), "verdict"), "ok");
	assert_string_equal(text_of(first_no(json), "step"), "http");
	assert_answer(json, "policy", "", "cache");
	assert_true(json_is_true(
	    json_object_get(json_object_get(json, "answer"), "match")));
	assert_string_equal(
	    text_of(json_object_get(json, "fresh"), "kind"), "none");
	assert_non_null(strstr(text_of(json, "why"),
	    "without it this look would give no policy "
	    "(sts-policy-fetch-error http-404)"));
	json_decref(json);
	/* No record at all: HTTPS is asked all the same (HTT-12). */
	world_rule(world, "good.example mx=mx.good.example");
	json = asked(world, fd, "good.example host=a.example");
	assert_string_equal(text_of(first_no(json), "step"), "txt");
	assert_string_equal(text_of(step_of(json, "tls"), "verdict"), "ok");
	assert_answer(json, "policy", "", "cache");
	assert_true(json_is_false(
	    json_object_get(json_object_get(json, "answer"), "match")));
	json_decref(json);
	close(fd);
	world_free(world);
}

/* What is published in the place of what is held is taken before that ends. */
static void
test_newer(void **state)
{
	struct world *world = world_new();
	int fd = world_connect(world, true);
	json_t *json;

	(void)state;
	world_rule(world, GOOD);
	world_write(world, fd, "STS1 policy good.example\n");
	free(world_read(world, fd, &(bool){false}));
	world_rule(world, "good.example testing id=2 mx=mx.good.example");
	json = asked(world, fd, "good.example");
	assert_answer(json, "policy", "", "cache");
	assert_non_null(strstr(text_of(json, "why"),
	    "; the next look at TXT brings a policy of mode testing, id 2"));
	json_decref(json);
	world_rule(world, "good.example enforce id=1 mx=new.good.example");
	json = asked(world, fd, "good.example");
	assert_non_null(strstr(text_of(json, "why"),
	    "; the next refresh brings a policy of mode enforce, id 1"));
	json_decref(json);
	close(fd);
	world_free(world);
}

/* What is due is not some time in the past. */
static void
test_due(void **state)
{
	struct world *world = world_new();
	int fd = world_connect(world, true);
	const json_t *notes;
	json_t *json;

	(void)state;
	world_rule(world, GOOD);
	world_write(world, fd, "STS1 policy good.example\n");
	free(world_read(world, fd, &(bool){false}));
	close(fd);
	world_pass(world, 400000);
	fd = world_connect(world, true);
	json = asked(world, fd, "good.example");
	notes = json_object_get(step_of(json, "cache"), "notes");
	assert_string_equal(text_of(json_array_get(notes, 1), "text"),
	    "next look at TXT when mail asks, next refresh in 86000 s");
	json_decref(json);
	close(fd);
	world_free(world);
}

static void
test_override(void **state)
{
	struct world *world = world_new();
	int fd = world_connect(world, true);
	json_t *json;

	(void)state;
	world_rule(world, GOOD);
	world_config(world, "override good.example { mode = off }");
	world_config(world, "override .plain.example { mode = enforce }");
	world->log[0] = '\0';
	json = asked(world, fd, "good.example host=evil.example");
	assert_non_null(strstr(text_of(step_of(json, "override"), "text"),
	    "off for good.example, by "));
	assert_answer(json, "none", "override-off", "override");
	assert_string_equal(
	    text_of(json_object_get(json, "fresh"), "kind"), "policy");
	json_decref(json);
	json = asked(world, fd, "a.plain.example");
	assert_answer(json, "temp", "override-no-policy", "override");
	json_decref(json);
	world_rule(world, "weak.example testing id=1 mx=mx.weak.example");
	world_config(world, "override weak.example { mode = enforce }");
	json = asked(world, fd, "weak.example");
	assert_non_null(strstr(text_of(json, "why"),
	    "; the domain itself would give a policy of mode testing, id 1"));
	json_decref(json);
	close(fd);
	world_free(world);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_fetch),
	    cmocka_unit_test(test_dns),
	    cmocka_unit_test(test_untouched),
	    cmocka_unit_test(test_held),
	    cmocka_unit_test(test_newer),
	    cmocka_unit_test(test_due),
	    cmocka_unit_test(test_override),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
