/* SPDX-License-Identifier: ISC */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "world_impl.h"

struct world world;

static void
make_checker(void)
{
	struct sts_check_deps deps = world_net();

	world.checker = sts_checker_new(&deps, &world.config);
	assert_non_null(world.checker);
}

int
world_setup(void **state)
{
	size_t i;

	(void)state;
	memset(&world, 0, sizeof(world));
	memset(&said, 0, sizeof(said));
	for (i = 0; i < NAMES; i++)
		said.names[i].status = STS_DNS_ABSENT;
	world.config = (struct sts_check_config){.dns_ms = 5000,
	    .fetch_ms = 20000,
	    .probe_ms = 10000,
	    .soon = 14,
	    .hosts_max = 4};
	world_txt("_mta-sts." DOMAIN, "v=STSv1; id=1;");
	world_txt("_smtp._tls." DOMAIN, "v=TLSRPTv1; rua=mailto:t@a.example");
	world_txt(DOMAIN, "v=spf1 mx -all");
	world_txt(
	    "_dmarc." DOMAIN, "v=DMARC1; p=reject; rua=mailto:d@a.example");
	world_mx("10 mx1." DOMAIN, NULL);
	world_host("mx1." DOMAIN, "192.0.2.1", NULL);
	world_policy(GOOD);
	return 0;
}

int
world_teardown(void **state)
{
	(void)state;
	sts_checker_free(world.checker);
	return 0;
}

static void
keep(void *arg, const struct sts_check_result *result)
{
	size_t i, n = 0;

	(void)arg;
	world.looks++;
	world.codes[0] = world.mend[0] = '\0';
	for (i = 0; i < result->n; i++) {
		const struct sts_check_item *item = &result->item[i];

		assert_true(i == 0 || item->area >= item[-1].area);
		assert_true(item->seen[0] != '\0');
		if (item->grade == STS_CHECK_FACT)
			continue;
		if (n == 0)
			memcpy(world.mend, item->mend, sizeof(world.mend));
		n += (size_t)snprintf(world.codes + n, sizeof(world.codes) - n,
		    "%s%s=%s", n > 0 ? " " : "", item->code,
		    sts_check_grade_name(item->grade));
		assert_true(n < sizeof(world.codes));
	}
	world.result = *result;
	(void)snprintf(world.id, sizeof(world.id), "%s", result->id);
	world.days = result->n_cert > 0 ? result->cert[0].days : -1;
}

void
world_begin(const char *domain)
{
	if (world.checker == NULL)
		make_checker();
	assert_int_equal(sts_check(world.checker, domain, keep, NULL), STS_OK);
}

void
world_expect(const char *codes)
{
	size_t before = world.looks;

	world_begin(DOMAIN);
	world_run();
	assert_int_equal(world.looks, before + 1);
	assert_string_equal(world.codes, codes);
}
