/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "config_parse.h"
#include "config_report_keys.h"
#include "sts/domain.h"
#include "sts/str.h"

static bool
given(const char *text)
{
	return text != NULL && text[0] != '\0';
}

static unsigned
line_of(cfg_t *cfg, const char *key)
{
	const struct sts_entry *entry =
	    cfg_size(cfg, key) > 0 ? cfg_getnptr(cfg, key, 0) : NULL;

	return entry != NULL ? entry->line : 0;
}

/* As it has to stand in a header, and a domain to report for. */
static bool
is_address(const char *text)
{
	const char *at = strrchr(text, '@');
	char domain[STS_DOMAIN_SIZE];

	return at != NULL && at != text &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyz"
			    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
			    ".!#$%&'*+/=?^_`{|}~-") == (size_t)(at - text) &&
	       sts_domain_parse(sts_str(at + 1), domain) == STS_OK;
}

void
sts_config_report_keys(
    cfg_t *cfg, const struct sts_config *config, struct sts_findings *findings)
{
	const char *organization = config->report.organization;
	const char *contact = config->report.contact;

	if (given(organization) && !given(contact))
		sts_config_find(findings, line_of(cfg, "report_organization"),
		    "report_organization: want report_contact with it "
		    "(RFC 8460 section 4.4)");
	if (given(contact) && !given(organization))
		sts_config_find(findings, line_of(cfg, "report_contact"),
		    "report_contact: want report_organization with it "
		    "(RFC 8460 section 4.4)");
	if (given(config->report.collectd) && given(organization))
		sts_config_find(findings, line_of(cfg, "report_collectd"),
		    "report_collectd: not with report_organization: one of "
		    "the two reports");
	if (given(contact) && !is_address(contact))
		sts_config_find(findings, line_of(cfg, "report_contact"),
		    "report_contact: want an address such as "
		    "tlsrpt@example.com");
}
