/* SPDX-License-Identifier: ISC */
#include "exim.h"

#include <limits.h>
#include <stdlib.h>

#include "print.h"

int
sts_exim_add(json_t *findings, const char *rule, const char *kind,
    struct sts_str name, const char *why)
{
	json_t *finding = json_pack("{ss}", "rule", rule);
	char shown[128];

	if (finding != NULL && kind != NULL &&
	    json_object_set_new(finding, kind,
		json_string(sts_str_escape(name, shown, sizeof(shown)))) != 0) {
		json_decref(finding);
		finding = NULL;
	}
	if (finding != NULL &&
	    json_object_set_new(finding, "message", json_string(why)) != 0) {
		json_decref(finding);
		finding = NULL;
	}
	return json_array_append_new(findings, finding);
}

static int
check_blocks(const char *binary, json_t *findings)
{
	struct sts_str transports, routers;
	int code = sts_exim_run(binary, "transports", &transports);

	if (code != STS_EXIT_YES)
		return code;
	code = sts_exim_run(binary, "routers", &routers);
	if (code == STS_EXIT_YES) {
		if (sts_exim_transports(transports, routers, findings) != 0)
			code = sts_print_trouble(binary, "out of memory");
		free((char *)routers.p);
	}
	free((char *)transports.p);
	return code;
}

int
sts_exim_check(const struct sts_cli *cli, json_t *findings)
{
	char buf[PATH_MAX];
	const char *binary = cli->exim_binary;
	struct sts_str config;
	int code;

	if (binary == NULL)
		binary = sts_exim_find(buf, sizeof(buf));
	if (binary == NULL)
		return sts_print_trouble(
		    "exim", "not found; see --exim-binary");
	code = sts_exim_run(binary, "config", &config);
	if (code != STS_EXIT_YES)
		return code;
	if (sts_exim_config(config, findings) != 0)
		code = sts_print_trouble(binary, "out of memory");
	free((char *)config.p);
	return code == STS_EXIT_YES ? check_blocks(binary, findings) : code;
}
