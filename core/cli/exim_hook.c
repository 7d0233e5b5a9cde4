/* SPDX-License-Identifier: ISC */
#include "exim_hook.h"

#include <string.h>

/* The options that carry questions. */
static const char *const hooks[] = {"event_action", "hosts_require_tls",
    "tls_verify_hosts", "multi_domain", "interface", "retry_include_ip_address",
    "tls_verify_cert_hostnames", "tls_sni"};

bool
sts_exim_asks(struct sts_str value, const char *word, struct sts_str *at)
{
	struct sts_exim_call call;

	if (!sts_exim_call(value, &call))
		return false;
	*at = call.whole;
	/* Without a word the module answers what the option is about. */
	return sts_str_eq(call.word, word) ||
	       (call.form == STS_EXIM_DLFUNC && call.word.n == 0 &&
		   (strcmp(word, "require") == 0 ||
		       strcmp(word, "verify") == 0));
}

enum sts_exim_use
sts_exim_use(const struct sts_exim_block *transport, struct sts_str *domain)
{
	enum sts_exim_use use = STS_EXIM_NOTHING;
	struct sts_exim_call call;
	size_t i;

	*domain = (struct sts_str){NULL, 0};
	for (i = 0; i < sizeof(hooks) / sizeof(hooks[0]); i++) {
		if (!sts_exim_call(sts_exim_value(transport, hooks[i]), &call))
			continue;
		use = STS_EXIM_MX;
		if (call.domain.n > 0) {
			*domain = call.domain;
			return STS_EXIM_VIA;
		}
	}
	return use;
}

bool
sts_exim_is_light(const struct sts_exim_block *transport)
{
	struct sts_exim_call call;

	return sts_exim_call(transport->text, &call) &&
	       call.form == STS_EXIM_LIGHT;
}

struct sts_exim_target
sts_exim_target(const struct sts_exim *exim, struct sts_str name)
{
	struct sts_exim_target target = {
	    false, false, STS_EXIM_NOTHING, {NULL, 0}};
	struct sts_exim_block block;

	if (!sts_exim_block(exim->transports, "transport", name, &block))
		return target;
	target.known = true;
	target.smtp = sts_str_eq(sts_exim_value(&block, "driver"), "smtp");
	if (target.smtp)
		target.use = sts_exim_use(&block, &target.domain);
	return target;
}
