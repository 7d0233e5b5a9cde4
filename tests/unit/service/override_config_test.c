/* SPDX-License-Identifier: ISC */
/* Overrides in a configuration: what is wrong is told with its line, what is
 * right is found by every name it holds for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "sts/config.h"
#include "sts/override.h"

#define GOOD "version: STSv1\nmode: testing\nmx: mx.a.example\nmax_age: 86400\n"
#define PIN(title, more) \
	"override \"" title "\" { policy = \"%s/policy\" " more "}\n"

static char dir[] = "/tmp/stsgate-override-XXXXXX";
static char conf[64], policy[64];

static void
put(const char *path, const char *text, size_t n)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, n, file), n);
	assert_int_equal(fclose(file), 0);
}

/* Every %s in the text is our folder. */
static enum sts_err
load(const char *text, struct sts_config *config, struct sts_findings *found)
{
	char all[8192];
	size_t n = 0;

	for (; *text != '\0' && n < sizeof(all) - 64; text++) {
		if (text[0] == '%' && text[1] == 's') {
			n += (size_t)snprintf(
			    all + n, sizeof(all) - n, "%s", dir);
			text++;
		} else {
			all[n++] = *text;
		}
	}
	put(conf, all, n);
	return sts_config_load(conf, true, config, found);
}

static void
assert_finding(const char *text, unsigned line, const char *part)
{
	struct sts_findings found;
	struct sts_config config;
	size_t i;

	assert_int_equal(load(text, &config, &found), STS_ESYNTAX);
	for (i = 0; i < found.n; i++)
		if (found.list[i].line == line &&
		    strstr(found.list[i].text, part) != NULL)
			return;
	for (i = 0; i < found.n; i++)
		print_error("%u: %s\n", found.list[i].line, found.list[i].text);
	fail_msg("no finding \"%s\" in line %u of: %s", part, line, text);
}

static void
test_bad_sections(void **state)
{
	(void)state;
	assert_finding("\noverride \"a.example\" { mode = \"on\" }\n", 2,
	    "override \"a.example\": mode = \"on\": want off, testing or "
	    "enforce");
	assert_finding(
	    "override a.example {\n\n mode = pinned\n}\n", 3, "want off,");
	assert_finding("override a.example { mode = Off }\n", 1, "want off,");
	assert_finding("log = stderr\noverride a.example {\n}\n", 2,
	    "override \"a.example\": want mode, policy or both");
	assert_finding("override a.example {\n mood = off\n mode = off }\n", 2,
	    "mood: no such key");
	assert_finding("override a.example { mode off }\n", 1, "equal sign");
	assert_finding("override { mode = off }\n", 1, "missing title");
	assert_finding("override a.example\nlog = stderr\n", 2, "brace");
	assert_finding("\nmode = off\n", 2, "mode: no such key");
	/* The unknown keys of the two levels are not mixed up. */
	assert_finding(
	    "override a.example { x = 1 }\nx = 2\n", 1, "x: no such key");
	assert_finding(
	    "override a.example { x = 1 }\nx = 2\n", 2, "x: no such key");
}

static void
test_bad_titles(void **state)
{
	static const char *const titles[] = {"", ".", "..a.example",
	    "a..example", "*.a.example", "host_name.example", "[192.0.2.1]",
	    "192.0.2.1", "u@a.example", "a example", "\\xfc.example"};
	char text[128], part[40];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(titles) / sizeof(titles[0]); i++) {
		snprintf(text, sizeof(text),
		    "\n\noverride \"%s\" {\n mode = off\n}\n", titles[i]);
		snprintf(part, sizeof(part), "override \"%s",
		    titles[i][0] == '\\' ? "\\xfc" : titles[i]);
		assert_finding(text, 3, part);
		assert_finding(text, 3, "want a domain");
	}
}

/* Written in two ways, and to the octet: both are told with the first. */
static void
test_twice(void **state)
{
	(void)state;
	assert_finding("override a.example { mode = off }\n\n"
		       "override \"A.Example.\" { mode = off }\n",
	    3, "override \"a.example\": there is one already, in line 1");
	assert_finding("\noverride .a.example { mode = off }\n"
		       "override .a.example {\n mode = testing }\n",
	    3, "override \".a.example\": there is one already, in line 2");
	assert_finding("override b\303\274cher.example { mode = off }\n"
		       "override xn--bcher-kva.example { mode = off }\n",
	    2, "in line 1");
}

static void
test_bad_files(void **state)
{
	static char big[70000];

	(void)state;
	assert_finding("\n" PIN("a.example", ""), 2, "No such file");
	assert_finding("override a.example {\n mode = off\n policy = \"%s/p\" "
		       "}\n",
	    3, "No such file");
	assert_finding("override a.example { policy = policy }\n", 1,
	    "policy = \"policy\": want an absolute path");
	assert_finding(
	    "override a.example { policy = \"%s\" }\n", 1, "not a file");
	assert_int_equal(mkfifo(policy, 0600), 0);
	assert_finding(PIN("a.example", ""), 1, "not a file");
	unlink(policy);
	put(policy, "", 0);
	assert_finding(PIN("a.example", ""), 1,
	    "version-missing (RFC 8461 section 3.2): there is no valid "
	    "version");
	put(policy, GOOD "mx = mx2.a.example\n", strlen(GOOD) + 19);
	assert_finding(PIN("a.example", ""), 1, "policy\":5: ");
	memset(big, '\n', sizeof(big));
	memcpy(big, GOOD, strlen(GOOD));
	put(policy, big, 65537);
	assert_finding(
	    PIN("a.example", ""), 1, "too-long (RFC 8461 section 3.3)");
	put(policy, GOOD "\0", strlen(GOOD) + 1);
	assert_finding(PIN("a.example", ""), 1, "nul (RFC 8461");
	unlink(policy);
}

/* There is nothing to enforce in it. */
static void
test_no_mx(void **state)
{
	static const char none[] = "version: STSv1\nmode: none\nmax_age: 1\n";
	struct sts_findings found;
	struct sts_config config;

	(void)state;
	put(policy, none, strlen(none));
	assert_finding("\n" PIN("a.example", "mode = enforce "), 2,
	    "override \"a.example\": the policy names no mx");
	assert_int_equal(load(PIN("a.example", ""), &config, &found), STS_OK);
	sts_config_free(&config);
	unlink(policy);
}

/* max_age is of no meaning, so it may be too large. */
static void
test_pinned(void **state)
{
	static const char text[] =
	    "version: STSv1\r\nmode: testing\r\nmx: *.A.example\r\n"
	    "max_age: 99999999\r\nfuture: 1\r\n";
	const struct sts_override *o;
	struct sts_findings found;
	struct sts_config config;

	(void)state;
	put(policy, text, strlen(text));
	assert_int_equal(
	    load(PIN("a.example", "") PIN(".b.example", "mode = enforce ")
		     PIN("c.example", "mode = off "),
		&config, &found),
	    STS_OK);
	o = sts_overrides_find(config.overrides, "a.example");
	assert_int_equal(o->kind, STS_OVERRIDE_PINNED);
	assert_int_equal(o->policy->mode, STS_MODE_TESTING);
	assert_int_equal(o->policy->n_mx, 1);
	assert_string_equal(o->policy_file, policy);
	o = sts_overrides_find(config.overrides, "x.b.example");
	assert_int_equal(o->kind, STS_OVERRIDE_PINNED);
	assert_int_equal(o->policy->mode, STS_MODE_ENFORCE);
	o = sts_overrides_find(config.overrides, "c.example");
	assert_int_equal(o->kind, STS_OVERRIDE_OFF);
	sts_config_free(&config);
	unlink(policy);
}

static void
assert_found(const struct sts_overrides *set, const char *domain,
    const char *title, unsigned line)
{
	const struct sts_override *o = sts_overrides_find(set, domain);
	char origin[100];

	if (title == NULL) {
		assert_null(o);
		return;
	}
	assert_non_null(o);
	snprintf(origin, sizeof(origin), "%s:%u", conf, line);
	assert_string_equal(o->domain, title);
	assert_string_equal(o->origin, origin);
}

static void
test_precedence(void **state)
{
	static const char text[] = "override .example { mode = off }\n"
				   "override .A.Example {\n\n mode = off\n}\n"
				   "override b.a.example. { mode = off }\n"
				   "override a.example { mode = off }\n"
				   "override .c.b.a.example { mode = off }\n";
	struct sts_findings found;
	struct sts_config c;

	(void)state;
	assert_int_equal(load(text, &c, &found), STS_OK);
	assert_int_equal(sts_overrides_count(c.overrides), 5);
	assert_found(c.overrides, "a.example", "a.example", 7);
	assert_found(c.overrides, "b.a.example", "b.a.example", 6);
	assert_found(c.overrides, "c.b.a.example", ".a.example", 2);
	assert_found(c.overrides, "x.c.b.a.example", ".c.b.a.example", 8);
	assert_found(c.overrides, "y.x.c.b.a.example", ".c.b.a.example", 8);
	assert_found(c.overrides, "ba.example", ".example", 1);
	assert_found(c.overrides, "example", NULL, 0);
	assert_found(c.overrides, "a.example.org", NULL, 0);
	assert_found(c.overrides, "org", NULL, 0);
	assert_found(c.overrides, "", NULL, 0);
	assert_found(NULL, "a.example", NULL, 0);
	sts_config_free(&c);
}

static void
test_many(void **state)
{
	struct sts_findings found;
	struct sts_config config;
	char name[40];
	FILE *file;
	int i;

	(void)state;
	file = fopen(conf, "w");
	for (i = 0; i < STS_OVERRIDES_MAX; i++)
		fprintf(file, "override n%d.example { mode = off }\n", i);
	fclose(file);
	assert_int_equal(sts_config_load(conf, true, &config, &found), STS_OK);
	for (i = 0; i < STS_OVERRIDES_MAX; i++) {
		snprintf(name, sizeof(name), "n%d.example", i);
		assert_found(config.overrides, name, name, (unsigned)i + 1);
	}
	sts_config_free(&config);
	file = fopen(conf, "a");
	fputs("override one.more.example { mode = off }\n", file);
	fclose(file);
	assert_int_equal(
	    sts_config_load(conf, true, &config, &found), STS_ESYNTAX);
	assert_int_equal(found.list[0].line, STS_OVERRIDES_MAX + 1);
	assert_string_equal(found.list[0].text, "want at most 10000 overrides");
}

static char logged[20000];

static void
log_line(void *ctx, enum sts_level level, const char *line)
{
	size_t n = strlen(logged);

	(void)ctx;
	assert_int_equal(level, STS_LOG_INFO);
	snprintf(logged + n, sizeof(logged) - n, "%s\n", line);
}

static const struct sts_log sink = {log_line, NULL, STS_LOG_DEBUG};

/* What becomes of overrides; a line that moved is no change. */
static void
test_log(void **state)
{
	struct sts_config before, after;
	struct sts_findings found;

	(void)state;
	put(policy, GOOD, strlen(GOOD));
	assert_int_equal(load("override a.example { mode = off }\n"
			      "override b.example { mode = off }\n"
			      "override c.example { mode = off }\n" PIN(
				  "p.example", "") PIN("q.example", ""),
			     &before, &found),
	    STS_OK);
	logged[0] = '\0';
	sts_overrides_log(&sink, NULL, before.overrides);
	assert_non_null(strstr(logged,
	    "override-new domain=b.example override=off origin=\"/tmp/"));
	assert_non_null(strstr(logged,
	    "override-new domain=p.example override=pinned origin=\"/tmp/"));
	assert_non_null(strstr(logged, " mode=testing policy=\"/tmp/"));
	put(policy, GOOD "x: y\n", strlen(GOOD) + 5);
	assert_int_equal(
	    load("\noverride c.example { mode = off }\n"
		 "override b.example { mode = testing }\n" PIN("p.example", ""),
		&after, &found),
	    STS_OK);
	logged[0] = '\0';
	sts_overrides_log(&sink, before.overrides, after.overrides);
	assert_non_null(strstr(logged, "override-gone domain=a.example "));
	assert_non_null(strstr(logged,
	    "override-changed domain=b.example override=testing origin="));
	assert_non_null(strstr(logged, "override-changed domain=p.example "));
	assert_non_null(strstr(logged, "override-gone domain=q.example "));
	assert_null(strstr(logged, "c.example"));
	logged[0] = '\0';
	sts_overrides_log(&sink, after.overrides, after.overrides);
	assert_string_equal(logged, "");
	sts_config_free(&before);
	sts_config_free(&after);
	unlink(policy);
}

static void
test_log_bound(void **state)
{
	struct sts_findings found;
	struct sts_config config;
	char text[8000] = "";
	size_t i, lines = 0;

	(void)state;
	for (i = 0; i < 53; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
		    "override n%zu.example { mode = off }\n", i);
	assert_int_equal(load(text, &config, &found), STS_OK);
	logged[0] = '\0';
	sts_overrides_log(&sink, config.overrides, NULL);
	for (const char *p = logged; (p = strchr(p, '\n')) != NULL; p++)
		lines++;
	assert_int_equal(lines, 51);
	assert_non_null(strstr(logged, "\noverride-gone more=3\n"));
	sts_config_free(&config);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_bad_sections),
	    cmocka_unit_test(test_bad_titles),
	    cmocka_unit_test(test_twice),
	    cmocka_unit_test(test_bad_files),
	    cmocka_unit_test(test_no_mx),
	    cmocka_unit_test(test_pinned),
	    cmocka_unit_test(test_precedence),
	    cmocka_unit_test(test_many),
	    cmocka_unit_test(test_log),
	    cmocka_unit_test(test_log_bound),
	};
	int rc;

	if (mkdtemp(dir) == NULL)
		return 1;
	snprintf(conf, sizeof(conf), "%s/conf", dir);
	snprintf(policy, sizeof(policy), "%s/policy", dir);
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(conf);
	unlink(policy);
	rmdir(dir);
	return rc;
}
