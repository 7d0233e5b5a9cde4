/* SPDX-License-Identifier: ISC */
#include "exim_hook.h"

#include <stdio.h>
#include <string.h>

#define SMARTHOST "STSGATE_SMARTHOST"

/* The options that carry questions. */
static const char *const hooks[] = {"event_action", "hosts_require_tls",
    "tls_verify_hosts", "multi_domain", "interface", "retry_include_ip_address",
    "tls_verify_cert_hostnames", "tls_sni"};

/* Do the macros ask by readsocket? Then only they tell who asks what. */
static bool
is_light(const struct sts_exim *exim)
{
	struct sts_exim_call call;

	return sts_exim_call(
		   sts_exim_macro(exim->config, "STSGATE_REQUIRE"), &call) &&
	       call.form == STS_EXIM_READSOCKET;
}

/*
 * The octets of value that text stands for, 0 for none. In it the name of the
 * smart host may still be a macro, defined further below in the configuration.
 */
static size_t
stands_for(struct sts_str text, struct sts_str value, struct sts_str host)
{
	size_t i = 0, j = 0;

	while (i < text.n && j < value.n) {
		struct sts_str rest = {text.p + i, text.n - i};

		if (host.n > 0 && sts_exim_begins(rest, SMARTHOST)) {
			if (value.n - j < host.n ||
			    memcmp(value.p + j, host.p, host.n) != 0)
				return 0;
			i += sizeof(SMARTHOST) - 1;
			j += host.n;
		} else if (text.p[i++] != value.p[j++]) {
			return 0;
		}
	}
	return i == text.n ? j : 0;
}

/* Does the value hold what the macro stands for? */
static bool
is_macro(const struct sts_exim *exim, struct sts_str value, const char *macro,
    struct sts_str *at)
{
	char name[64];
	struct sts_str text, host;
	size_t i, n;

	snprintf(name, sizeof(name), "STSGATE_%s", macro);
	text = sts_exim_macro(exim->config, name);
	if (text.n == 0 || !is_light(exim))
		return false;
	host = sts_exim_macro(exim->config, SMARTHOST);
	for (i = 0; i < value.n; i++) {
		struct sts_str rest = {value.p + i, value.n - i};

		n = stands_for(text, rest, host);
		if (n > 0) {
			*at = (struct sts_str){rest.p, n};
			return true;
		}
	}
	return false;
}

bool
sts_exim_asks(const struct sts_exim *exim, struct sts_str value,
    const char *macro, const char *word, struct sts_str *at)
{
	struct sts_exim_call call;

	if (value.n == 0)
		return false;
	if (is_macro(exim, value, macro, at))
		return true;
	/* The bare answer of a readsocket is no list of hosts. */
	if (!sts_exim_call(value, &call) || call.form == STS_EXIM_READSOCKET)
		return false;
	*at = call.whole;
	return sts_str_eq(call.word, word) ||
	       (call.word.n == 0 && (strcmp(word, "require") == 0 ||
					strcmp(word, "verify") == 0));
}

/* A macro for smart hosts in the value? */
static bool
is_via(const struct sts_exim *exim, struct sts_str value)
{
	static const char *const macros[] = {
	    "VIA_EVENT", "VIA_REQUIRE", "VIA_VERIFY", "VIA_SNI"};
	struct sts_str at;
	size_t i;

	for (i = 0; i < sizeof(macros) / sizeof(macros[0]); i++)
		if (is_macro(exim, value, macros[i], &at))
			return true;
	return false;
}

enum sts_exim_use
sts_exim_use(const struct sts_exim *exim,
    const struct sts_exim_block *transport, struct sts_str *domain)
{
	enum sts_exim_use use = STS_EXIM_NOTHING;
	struct sts_exim_call call;
	size_t i;

	*domain = (struct sts_str){NULL, 0};
	for (i = 0; i < sizeof(hooks) / sizeof(hooks[0]); i++) {
		struct sts_str value = sts_exim_value(transport, hooks[i]);

		if (!sts_exim_call(value, &call))
			continue;
		if (call.domain.n > 0)
			*domain = call.domain;
		else if (is_via(exim, value))
			*domain = sts_exim_macro(exim->config, SMARTHOST);
		else {
			use = STS_EXIM_MX;
			continue;
		}
		return STS_EXIM_VIA;
	}
	return use;
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
		target.use = sts_exim_use(exim, &block, &target.domain);
	return target;
}
