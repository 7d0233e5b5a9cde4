/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reporter_impl.h"

#define SEND_MS 30000

/* A report of nothing, under way to who wants to look at it. */
struct sts_rep_test {
	struct sts_reporter *reporter;
	char *mail;
	struct sts_send *send;
	sts_sent_cb *cb;
	void *arg;
	char to[256];
};

static void
finish(struct sts_rep_test *test)
{
	if (test->reporter != NULL)
		test->reporter->test = NULL;
	free(test->mail);
	free(test);
}

static void
on_sent(void *arg, enum sts_sent result, const char *why)
{
	struct sts_rep_test *test = arg;

	sts_log(test->reporter->deps.log, STS_LOG_INFO, "report-test",
	    "to=\"%s\" sent=%s reason=\"%s\"", test->to,
	    result == STS_SENT_ACCEPTED ? "yes" : "no", why);
	test->send = NULL;
	test->cb(test->arg, result, why);
	finish(test);
}

/* The mail of a report like any other, of our own domain today; its id is not
 * that of any report, and another one each second. */
static enum sts_err
build(struct sts_rep_test *test)
{
	struct sts_reporter_name name = test->reporter->config.name;
	int64_t wall = sts_rep_wall(test->reporter);
	struct sts_tally *tally =
	    sts_tally_new(name.submitter, sts_day_of(wall));
	enum sts_err err = tally != NULL ? STS_OK : STS_ENOMEM;
	char host[32], *json = NULL, *gzip = NULL;
	size_t n = 0;

	(void)snprintf(host, sizeof(host), "test-%lld", (long long)wall);
	name.host = host;
	if (err == STS_OK)
		err = sts_report_json(&name, tally, &json, &n);
	if (err == STS_OK)
		err = sts_report_gzip((struct sts_str){json, n}, &gzip, &n);
	if (err == STS_OK)
		err = sts_report_mail(&name, tally, test->to,
		    (struct sts_str){gzip, n}, wall, &test->mail, &n);
	free(json);
	free(gzip);
	sts_tally_free(tally);
	return err;
}

void
sts_reporter_test(
    struct sts_reporter *reporter, const char *to, sts_sent_cb *cb, void *arg)
{
	const struct sts_sending *sending = &reporter->deps.sending;
	struct sts_rep_test *test = NULL;
	struct sts_send *made;
	enum sts_err err;

	if (strlen(to) >= sizeof(test->to)) {
		cb(arg, STS_SENT_REFUSED, "address");
		return;
	}
	if (reporter->test != NULL ||
	    (test = calloc(1, sizeof(*test))) == NULL) {
		cb(arg, STS_SENT_LOCAL, "busy");
		return;
	}
	*test =
	    (struct sts_rep_test){.reporter = reporter, .cb = cb, .arg = arg};
	memcpy(test->to, to, strlen(to) + 1);
	reporter->test = test;
	err = build(test);
	if (err != STS_OK) {
		on_sent(test,
		    err == STS_EINVAL ? STS_SENT_REFUSED : STS_SENT_LOCAL,
		    err == STS_EINVAL ? "address" : "no memory");
		return;
	}
	made = sending->ops->mail(sending->ctx, reporter->config.name.contact,
	    test->to, sts_str(test->mail), sts_rep_in(reporter, SEND_MS),
	    on_sent, test);
	if (made != NULL)
		test->send = made;
}

void
sts_rep_test_drop(struct sts_reporter *reporter)
{
	const struct sts_sending *sending = &reporter->deps.sending;
	struct sts_rep_test *test = reporter->test;

	if (test == NULL)
		return;
	sending->ops->cancel(sending->ctx, test->send);
	test->cb(test->arg, STS_SENT_LOCAL, "closing");
	finish(test);
}
