/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <unistd.h>

#include "exim.h"

#define DROP_IN "conf.d/main/15_stsgate"

/* Is the drop-in for Debian's split configuration where Debian has them? */
static bool
has_drop_in(struct sts_str config)
{
	struct sts_str folder = sts_exim_macro(config, "CONFDIR");
	char path[1024];
	int n = snprintf(path, sizeof(path), "%.*s/" DROP_IN, (int)folder.n,
	    folder.n > 0 ? folder.p : "");

	return folder.n > 0 && n > 0 && (size_t)n < sizeof(path) &&
	       access(path, F_OK) == 0;
}

static bool
defines(const struct sts_exim *exim, const char *macro)
{
	return sts_exim_macro(exim->config, macro).n > 0;
}

int
sts_exim_idle(const struct sts_exim *exim)
{
	struct sts_exim_finding finding = {STS_EXIM_ERROR, "no-transport", NULL,
	    {NULL, 0}, "no transport asks stsgate: nothing is enforced",
	    ".include the three files, as exim-stsgate(7) says"};

	if (defines(exim, "STSGATE_EVENT") || defines(exim, "STSGATE_LASK")) {
		finding.why = "the macros of stsgate are there, but no "
			      "transport uses them: nothing is enforced";
		finding.instead =
		    ".include /usr/share/stsgate/exim/stsgate-transport.conf "
		    "in the smtp transport that delivers to MX hosts";
	} else if (defines(exim, "STSGATE_ENABLE")) {
		finding.rule = "inert";
		finding.why = "STSGATE_ENABLE is defined, but the drop-ins "
			      "are not read: nothing is enforced";
		finding.instead =
		    "dc_use_split_config='true' in update-exim4.conf.conf and "
		    "update-exim4.conf; and stsgate's files where "
		    "STSGATE_FILES says";
	} else if (has_drop_in(exim->config)) {
		finding.rule = "inert";
		finding.why = "the drop-ins of stsgate are there, but not "
			      "turned on: nothing is enforced";
		finding.instead =
		    "STSGATE_ENABLE = yes in conf.d/main/000_localmacros "
		    "(unsplit: exim4.conf.localmacros), then "
		    "update-exim4.conf";
	}
	return sts_exim_add(exim, &finding);
}
