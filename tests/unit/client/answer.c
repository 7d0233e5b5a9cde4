/* SPDX-License-Identifier: ISC */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "sts/client.h"

static void
known_kinds(void **state)
{
	static const struct {
		const char *line;
		enum sts_reply_kind kind;
	} table[] = {
	    {"STS1 none a.example state=x reason=y", STS_REPLY_NONE},
	    {"STS1 none [192.0.2.1] state=unsupported reason=y",
		STS_REPLY_NONE},
	    {"STS1 policy a.example mode=none id=1", STS_REPLY_POLICY},
	    {"STS1 policy a.example mode=testing id=1 new=key",
		STS_REPLY_POLICY},
	    {"STS1 policy a.example mode=other id=1", STS_REPLY_TEMP},
	    {"STS1 policy a.example id=1", STS_REPLY_TEMP},
	    {"STS1 policy mode=enforce id=1", STS_REPLY_TEMP},
	    {"STS1 match a.example mode=enforce host=b id=1", STS_REPLY_MATCH},
	    {"STS1 match a.example mode=none host=b id=1", STS_REPLY_TEMP},
	    {"STS1 match a.example", STS_REPLY_TEMP},
	    {"STS1 mismatch a.example mode=enforce", STS_REPLY_MISMATCH},
	    {"STS1 mismatch a.example mode=enforc", STS_REPLY_TEMP},
	    {"STS1 usable a.example mode=enforce id=1", STS_REPLY_TEMP},
	    {"STS1 route a.example mode=enforce id=1 host=b until=2",
		STS_REPLY_ROUTE},
	    {"STS1 route a.example mode=enforce id=1 until=2", STS_REPLY_TEMP},
	    {"STS1 route a.example host=b until=2", STS_REPLY_TEMP},
	    {"STS1 blocked a.example mode=enforce id=1 reason=unreachable",
		STS_REPLY_BLOCKED},
	    {"STS1 blocked a.example reason=unreachable", STS_REPLY_TEMP},
	    {"STS1 blocked a.example mode=testing id=1 reason=x",
		STS_REPLY_TEMP},
	    {"STS1 none", STS_REPLY_TEMP},
	    {"STS1 none ", STS_REPLY_TEMP},
	    {"STS1 none  a.example", STS_REPLY_TEMP},
	    {"STS1 none a.example ", STS_REPLY_TEMP},
	    {"STS1  none a.example", STS_REPLY_TEMP},
	    {" STS1 none a.example", STS_REPLY_TEMP},
	    {"STS1none a.example", STS_REPLY_TEMP},
	    {"STS11 none a.example", STS_REPLY_TEMP},
	    {"STS1 NONE a.example", STS_REPLY_TEMP},
	    {"STS1 temp a.example reason=dns", STS_REPLY_TEMP},
	    {"STS1 wait", STS_REPLY_TEMP},
	    {"STS1 json {\"a\": [1,  2]}", STS_REPLY_JSON},
	    {"STS1 json", STS_REPLY_TEMP},
	    {"STS1 json ", STS_REPLY_TEMP},
	    {"STS1 ", STS_REPLY_TEMP},
	    {"STS1", STS_REPLY_TEMP},
	    {"", STS_REPLY_TEMP},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (sts_client_kind(table[i].line) != table[i].kind)
			fail_msg("%s", table[i].line);
}

static void
values(void **state)
{
	static const char line[] = "STS1 none a state=x detail=a%20b%25%41 "
				   "nul=a%00b bad=%4 worse=%zz%  empty= x=1";
	char out[8];

	(void)state;
	assert_int_equal(sts_client_value(line, "detail", out, 8), 0);
	assert_string_equal(out, "a b%A");
	assert_int_equal(sts_client_value(line, "detail", out, 6), 0);
	assert_int_equal(sts_client_value(line, "detail", out, 5), -1);
	assert_string_equal(out, "");
	assert_int_equal(sts_client_value(line, "empty", out, 8), 0);
	assert_string_equal(out, "");
	assert_int_equal(sts_client_value(line, "x", out, 8), 0);
	assert_string_equal(out, "1");
	assert_int_equal(sts_client_value(line, "nul", out, 8), -1);
	assert_int_equal(sts_client_value(line, "bad", out, 8), -1);
	assert_int_equal(sts_client_value(line, "worse", out, 8), -1);
	assert_int_equal(sts_client_value(line, "tate", out, 8), -1);
	assert_int_equal(sts_client_value(line, "stat", out, 8), -1);
	assert_int_equal(sts_client_value(line, "none", out, 8), -1);
	assert_int_equal(sts_client_value("", "x", out, 8), -1);
	assert_int_equal(sts_client_value("x=%4", "x", out, 8), -1);
	assert_int_equal(sts_client_value("x=%", "x", out, 8), -1);
	assert_int_equal(sts_client_value("x=1", "x", out, 0), -1);
}

static void
escapes(void **state)
{
	char out[16] = "a=";

	(void)state;
	assert_int_equal(sts_client_escape(out, sizeof(out), "b c%"), 0);
	assert_string_equal(out, "a=b%20c%25");
	assert_int_equal(sts_client_escape(out, sizeof(out), "\n\n"), -1);
	assert_string_equal(out, "a=b%20c%25");
	assert_int_equal(sts_client_escape(out, sizeof(out), "\377de"), 0);
	assert_string_equal(out, "a=b%20c%25%FFde");
	assert_int_equal(sts_client_escape(out, sizeof(out), "f"), -1);
	assert_string_equal(out, "a=b%20c%25%FFde");
	assert_int_equal(sts_client_escape(out, sizeof(out), ""), 0);
	assert_int_equal(sts_client_escape(out, 0, "x"), -1);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(known_kinds),
	    cmocka_unit_test(values),
	    cmocka_unit_test(escapes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
