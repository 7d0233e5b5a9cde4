/* SPDX-License-Identifier: ISC */
/* The log line of a result: whole, for each result word and both refusals. */
#include "world.h"

#define CERT "RFC 8461 section 4.2"
#define REST "RFC 8461 section 4"

static const struct {
	const char *result, *rule;
} rows[] = {
    {"success", "-"},
    {"starttls-not-supported", REST},
    {"certificate-host-mismatch", CERT},
    {"certificate-expired", CERT},
    {"certificate-not-trusted", CERT},
    {"validation-failure", REST},
    {"tlsa-invalid", REST},
    {"dnssec-invalid", REST},
    {"dane-required", REST},
    {"sts-policy-fetch-error", REST},
    {"sts-policy-invalid", REST},
    {"sts-webpki-invalid", REST},
};

/* Tell the service, and compare the one line it logs to the octet. */
static void
logged(struct world *world, int fd, const char *action, const char *result,
    const char *detail, const char *rule)
{
	char line[400];

	snprintf(line, sizeof(line),
	    "STS1 result good.example result=%s action=%s mode=enforce "
	    "host=mx.good.example addr=192.0.2.1%s%s\n",
	    result, action, detail[0] != '\0' ? " detail=" : "", detail);
	world_write(world, fd, line);
	world_expect(world, fd, "STS1 ok\n");
	snprintf(line, sizeof(line),
	    "%s domain=good.example mx=\"mx.good.example\" mode=enforce "
	    "result=%s action=%s addr=\"192.0.2.1\" detail=\"%s\" "
	    "rule=\"%s\"\n",
	    action, result, action, detail[0] != '\0' ? detail : "-", rule);
	assert_string_equal(world->log, line);
	world->log[0] = '\0';
}

static void
test_rule_of_each_result(void **state)
{
	static const char *const actions[] = {"refused", "would-refuse"};
	struct world *world = world_new();
	int fd = world_connect(world, false);
	size_t a, i;

	(void)state;
	for (a = 0; a < 2; a++)
		for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
			logged(world, fd, actions[a], rows[i].result, "",
			    rows[i].rule);
	close(fd);
	world_free(world);
}

/* A host that the policy does not name: told by the detail, and by no more
 * than all of it; a certificate that is wrong comes before it. */
static void
test_rule_of_the_host(void **state)
{
	struct world *world = world_new();
	int fd = world_connect(world, false);

	(void)state;
	logged(world, fd, "refused", "validation-failure",
	    "mta-sts-mx-mismatch", "RFC 8461 section 4.1");
	logged(world, fd, "would-refuse", "validation-failure",
	    "mta-sts-mx-mismatch", "RFC 8461 section 4.1");
	logged(world, fd, "refused", "validation-failure",
	    "mta-sts-mx-mismatch2", REST);
	logged(world, fd, "refused", "certificate-expired",
	    "mta-sts-mx-mismatch", CERT);
	close(fd);
	world_free(world);
}

/* What was sent is not worth a line at this level. */
static void
test_sent(void **state)
{
	struct world *world = world_new();
	int fd = world_connect(world, false);

	(void)state;
	world_write(
	    world, fd, "STS1 result good.example result=success action=sent\n");
	world_expect(world, fd, "STS1 ok\n");
	assert_string_equal(world->log, "");
	close(fd);
	world_free(world);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rule_of_each_result),
	    cmocka_unit_test(test_rule_of_the_host),
	    cmocka_unit_test(test_sent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
