/* SPDX-License-Identifier: ISC */
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reports.h"
#include "sts/engine_admin.h"
#include "sts/post.h"
#include "sts/sending_join.h"
#include "sts/sendmail.h"
#include "sts/submit.h"

#define SENDMAIL_MAX 4 /* programs at once */

/* What TLS reports need besides the rest; made in this order. */
struct sts_reports {
	struct sts_recording recording;
	struct sts_fetcher *fetcher;   /* apart from that of policies */
	struct sts_sendmail *sendmail; /* or: */
	struct sts_submitter *smtp;
	struct sts_sending_pair ways;
	/* A reload frees the configuration that they come from. */
	char *organization, *contact;
	char submitter[STS_DOMAIN_SIZE], host[STS_DOMAIN_SIZE];
};

static void
add_user(struct sts_recording *recording, const char *name)
{
	const struct passwd *pw = getpwnam(name);

	if (pw != NULL && recording->n < STS_RECORDERS)
		recording->uid[recording->n++] = pw->pw_uid;
}

/* The mail servers' own users, unless others are named. */
static void
find_users(const struct sts_config_list *named, struct sts_recording *recording)
{
	static const char *const usual[] = {
	    "Debian-exim", "exim", "opensmtpd", "_smtpd"};
	size_t i;

	for (i = 0; i < named->n; i++)
		add_user(recording, named->v[i]);
	for (i = 0; named->n == 0 && i < sizeof(usual) / sizeof(usual[0]); i++)
		add_user(recording, usual[i]);
}

/* RPT-13: a policy that could not be had is told as well. */
static void
on_failure(void *arg, const char *domain, const struct sts_policy *held,
    const char *reason, const char *detail)
{
	struct sts_tls_result result = {.domain = domain,
	    .policy_type = STS_POLICY_STS,
	    .policy = held != NULL ? held->text : sts_str(""),
	    .mx = sts_str(""),
	    .sending_ip = sts_str(""),
	    .receiving_ip = sts_str(""),
	    .helo = sts_str(""),
	    .reason = sts_str(detail)};

	if (sts_result_type_parse(sts_str(reason), &result.result) == STS_OK)
		sts_recording_add(arg, &result, NULL, NULL);
}

static enum sts_err
make_counters(struct sts_daemon *daemon, struct sts_recording *recording)
{
	struct sts_counters_config config;

	sts_counters_defaults(&config);
	recording->counters = sts_counters_new(
	    daemon->store, daemon->clock, &daemon->log, &config);
	if (recording->counters == NULL)
		return STS_ENOMEM;
	return STS_OK;
}

/* In place of all that counts and sends. */
static enum sts_err
make_collectd(struct sts_daemon *daemon, struct sts_recording *recording)
{
	struct sts_collectd_config config;

	sts_collectd_defaults(&config);
	config.path = daemon->config.report.collectd;
	config.domains_max = (size_t)daemon->config.domains_max;
	config.seed =
	    (uint64_t)sts_daemon_random(NULL) << 32 | sts_daemon_random(NULL);
	recording->collectd =
	    sts_collectd_new(daemon->base, sts_resolver_dns(daemon->resolver),
		daemon->clock, &daemon->log, &config);
	return recording->collectd != NULL ? STS_OK : STS_ENOMEM;
}

static enum sts_err
make_submitter(struct sts_daemon *daemon, struct sts_reports *reports)
{
	struct sts_loopback server;
	enum sts_err err =
	    sts_loopback_parse(daemon->config.report.submission, &server);

	if (err == STS_OK)
		err = sts_submitter_new(daemon->base, &server,
		    sts_daemon_name(daemon), daemon->clock, &daemon->log,
		    &reports->smtp);
	if (err == STS_OK)
		reports->ways.mail = sts_submitter_sending(reports->smtp);
	return err;
}

static enum sts_err
make_sendmail(struct sts_daemon *daemon, struct sts_reports *reports)
{
	struct sts_sendmail_config config = {
	    .program = daemon->config.report.sendmail,
	    .running_max = SENDMAIL_MAX};
	enum sts_err err = sts_sendmail_new(daemon->base, &config,
	    daemon->clock, &daemon->log, &reports->sendmail);

	if (err == STS_OK)
		reports->ways.mail = sts_sendmail_sending(reports->sendmail);
	return err;
}

static enum sts_err
make_ways(struct sts_daemon *daemon, struct sts_reports *reports)
{
	enum sts_err err = sts_daemon_fetcher(daemon, &reports->fetcher);

	if (err != STS_OK)
		return err;
	reports->ways.post = sts_post_sending(reports->fetcher);
	return daemon->config.report.submission[0] != '\0'
		   ? make_submitter(daemon, reports)
		   : make_sendmail(daemon, reports);
}

static enum sts_err
make_reporter(struct sts_daemon *daemon, struct sts_reports *reports)
{
	const struct sts_config_report *named = &daemon->config.report;
	struct sts_reporter_config config;
	struct sts_reporter_deps deps = {.clock = daemon->clock,
	    .dns = sts_resolver_dns(daemon->resolver),
	    .store = daemon->store,
	    .shared = daemon->shared,
	    .host = reports->host,
	    .sending = sts_sending_join(&reports->ways),
	    .counters = reports->recording.counters,
	    .log = &daemon->log,
	    .random = sts_daemon_random};

	reports->organization = strdup(named->organization);
	reports->contact = strdup(named->contact);
	if (reports->organization == NULL || reports->contact == NULL)
		return STS_ENOMEM;
	snprintf(reports->host, sizeof(reports->host), "%s",
	    sts_daemon_name(daemon));
	/* The configuration has seen to it that this is an address. */
	(void)sts_domain_parse(
	    sts_str(strrchr(named->contact, '@') + 1), reports->submitter);
	sts_reporter_defaults(&config);
	config.name =
	    (struct sts_reporter_name){.organization = reports->organization,
		.contact = reports->contact,
		.submitter = reports->submitter};
	reports->recording.name = config.name;
	reports->recording.reporter = sts_reporter_new(&deps, &config);
	return reports->recording.reporter != NULL ? STS_OK : STS_ENOMEM;
}

static enum sts_err
make_all(struct sts_daemon *daemon, struct sts_reports *reports)
{
	enum sts_err err;

	if (daemon->config.report.collectd[0] != '\0')
		return make_collectd(daemon, &reports->recording);
	err = make_counters(daemon, &reports->recording);
	if (err == STS_OK)
		err = make_ways(daemon, reports);
	if (err == STS_OK)
		err = make_reporter(daemon, reports);
	return err;
}

enum sts_err
sts_daemon_reports(struct sts_daemon *daemon)
{
	const struct sts_config_report *config = &daemon->config.report;
	struct sts_reports *reports;
	enum sts_err err;

	if (config->organization[0] == '\0' && config->collectd[0] == '\0')
		return STS_OK;
	reports = calloc(1, sizeof(*reports));
	if (reports == NULL)
		return STS_ENOMEM;
	daemon->reports = reports;
	find_users(&daemon->config.report_users, &reports->recording);
	err = make_all(daemon, reports);
	if (err == STS_OK)
		sts_engine_on_failure(
		    daemon->engine, on_failure, &reports->recording);
	if (err != STS_OK)
		sts_log(&daemon->log, STS_LOG_ERROR, "start-failed",
		    "what=reports reason=%s", sts_err_name(err));
	return err;
}

const struct sts_recording *
sts_daemon_recording(const struct sts_daemon *daemon)
{
	return daemon->reports != NULL ? &daemon->reports->recording : NULL;
}

void
sts_daemon_reports_use(struct sts_daemon *daemon, struct sts_resolver *resolver)
{
	struct sts_reports *reports = daemon->reports;

	if (reports == NULL)
		return;
	if (reports->recording.collectd != NULL) {
		sts_collectd_use_dns(
		    reports->recording.collectd, sts_resolver_dns(resolver));
		return;
	}
	sts_reporter_use_dns(
	    reports->recording.reporter, sts_resolver_dns(resolver));
	sts_fetcher_use(reports->fetcher, sts_resolver_addresses(resolver));
}

void
sts_daemon_reports_close(struct sts_daemon *daemon)
{
	struct sts_reports *reports = daemon->reports;

	if (reports == NULL)
		return;
	if (reports->recording.reporter != NULL)
		sts_reporter_free(reports->recording.reporter);
	if (reports->recording.counters != NULL)
		sts_counters_free(reports->recording.counters);
	if (reports->sendmail != NULL)
		sts_sendmail_free(reports->sendmail);
	sts_collectd_free(reports->recording.collectd);
	sts_submitter_free(reports->smtp);
	if (reports->fetcher != NULL)
		sts_fetcher_free(reports->fetcher);
	free(reports->organization);
	free(reports->contact);
	free(reports);
}
