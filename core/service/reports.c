/* SPDX-License-Identifier: ISC */
#include <pwd.h>

#include "daemon.h"
#include "recorder.h"
#include "sts/engine_admin.h"

static void
add_user(struct sts_recording *recording, const char *name)
{
	const struct passwd *pw = getpwnam(name);

	if (pw != NULL && recording->n < STS_RECORDERS)
		recording->uid[recording->n++] = pw->pw_uid;
}

/* The mail servers' own users, unless others are named. */
static void
find_users(struct sts_daemon *daemon)
{
	static const char *const usual[] = {
	    "Debian-exim", "exim", "opensmtpd", "_smtpd"};
	const struct sts_config_list *named = &daemon->config.report_users;
	size_t i;

	for (i = 0; i < named->n; i++)
		add_user(&daemon->recording, named->v[i]);
	for (i = 0; named->n == 0 && i < sizeof(usual) / sizeof(usual[0]); i++)
		add_user(&daemon->recording, usual[i]);
}

/* RPT-13: a policy that could not be had is told as well. */
static void
on_failure(void *arg, const char *domain, const struct sts_policy *held,
    const char *reason, const char *detail)
{
	struct sts_daemon *daemon = arg;
	struct sts_tls_result result = {.domain = domain,
	    .policy_type = STS_POLICY_STS,
	    .policy = held != NULL ? held->text : sts_str(""),
	    .mx = sts_str(""),
	    .sending_ip = sts_str(""),
	    .receiving_ip = sts_str(""),
	    .helo = sts_str(""),
	    .reason = sts_str(detail)};

	if (sts_result_type_parse(sts_str(reason), &result.result) == STS_OK)
		sts_counters_add(
		    daemon->recording.counters, &result, NULL, NULL);
}

enum sts_err
sts_daemon_reports(struct sts_daemon *daemon)
{
	struct sts_counters_config config;

	if (daemon->config.report.organization[0] == '\0')
		return STS_OK;
	sts_counters_defaults(&config);
	daemon->recording.counters = sts_counters_new(
	    daemon->store, daemon->clock, &daemon->log, &config);
	if (daemon->recording.counters == NULL)
		return STS_ENOMEM;
	find_users(daemon);
	return STS_OK;
}

void
sts_daemon_reports_start(struct sts_daemon *daemon)
{
	if (daemon->recording.counters != NULL)
		sts_engine_on_failure(daemon->engine, on_failure, daemon);
}

void
sts_daemon_reports_close(struct sts_daemon *daemon)
{
	if (daemon->recording.counters != NULL)
		sts_counters_free(daemon->recording.counters);
}
