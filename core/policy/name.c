/* SPDX-License-Identifier: ISC */
#include "name.h"

#include "abnf.h"
#include "sts/domain.h"

/* Let-dig [Ldh-str] (RFC 5321 section 4.1.2): returns its end, or NULL. */
static const char *
skip_label(const char *p, const char *end, enum sts_name_rule rule)
{
	const char *start = p;

	while (p < end && (sts_is_alnum(*p) || *p == '-' ||
			      (rule == STS_NAME_DNS && *p == '_')))
		p++;
	if (p == start || p - start > STS_LABEL_MAX)
		return NULL;
	if (*start == '-' || p[-1] == '-')
		return NULL;
	return p;
}

bool
sts_name_valid(struct sts_str name, enum sts_name_rule rule)
{
	const char *p = name.p, *end;

	if (name.n == 0 || name.n > STS_DOMAIN_MAX)
		return false;
	end = name.p + name.n;
	for (;;) {
		p = skip_label(p, end, rule);
		if (p == NULL)
			return false;
		if (p == end)
			return true;
		if (*p++ != '.')
			return false;
	}
}

bool
sts_name_is_ascii(struct sts_str name)
{
	size_t i;

	for (i = 0; i < name.n; i++)
		if ((unsigned char)name.p[i] > 0x7f)
			return false;
	return true;
}

bool
sts_name_is_ipv4(struct sts_str name)
{
	size_t i, digits = 0, labels = 1;

	for (i = 0; i < name.n; i++) {
		if (sts_is_digit(name.p[i])) {
			digits++;
		} else if (name.p[i] == '.' && digits > 0) {
			labels++;
			digits = 0;
		} else {
			return false;
		}
	}
	return labels == 4 && digits > 0;
}

struct sts_str
sts_name_undot(struct sts_str name)
{
	if (name.n > 0 && name.p[name.n - 1] == '.')
		name.n--;
	return name;
}

void
sts_name_lower(struct sts_str name, char *out)
{
	size_t i;

	for (i = 0; i < name.n; i++)
		out[i] = sts_lower(name.p[i]);
	out[name.n] = '\0';
}
