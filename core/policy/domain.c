/* SPDX-License-Identifier: ISC */
#include "sts/domain.h"

#include <arpa/inet.h>
#include <idn2.h>
#include <string.h>

#include "abnf.h"
#include "name.h"

/* "_mta-sts." and the domain must be a name, or there can be no record. */
#define POLICY_DOMAIN_MAX (STS_DOMAIN_MAX - 9)
/* Octets of UTF-8 that can still make 253 of A-labels, generously. */
#define UNICODE_MAX 1024

/* address-literal (RFC 5321 section 4.1.3), by its brackets. */
static bool
is_literal(struct sts_str text)
{
	size_t i;

	if (text.n < 3 || text.p[0] != '[' || text.p[text.n - 1] != ']')
		return false;
	for (i = 1; i < text.n - 1; i++)
		if (text.p[i] < '!' || text.p[i] > '~' || text.p[i] == '[' ||
		    text.p[i] == ']' || text.p[i] == '\\')
			return false;
	return true;
}

static bool
is_ipv6(struct sts_str text)
{
	char copy[INET6_ADDRSTRLEN];
	struct in6_addr addr;

	if (text.n == 0 || text.n >= sizeof(copy) ||
	    memchr(text.p, ':', text.n) == NULL ||
	    memchr(text.p, '\0', text.n) != NULL)
		return false;
	memcpy(copy, text.p, text.n);
	copy[text.n] = '\0';
	return inet_pton(AF_INET6, copy, &addr) == 1;
}

static bool
is_ascii(struct sts_str text)
{
	size_t i;

	for (i = 0; i < text.n; i++)
		if ((unsigned char)text.p[i] > 0x7f)
			return false;
	return true;
}

static enum sts_err
parse(struct sts_str text, enum sts_name_rule rule, char out[STS_DOMAIN_SIZE])
{
	if (is_literal(text) || is_ipv6(text))
		return STS_EINVAL;
	text = sts_name_undot(text);
	if (!sts_name_valid(text, STS_NAME_DNS))
		return STS_ESYNTAX;
	if (sts_name_is_ipv4(text) || !sts_name_valid(text, rule))
		return STS_EINVAL;
	sts_name_lower(text, out);
	return STS_OK;
}

static enum sts_err
idn_error(int rc)
{
	return rc == IDN2_MALLOC ? STS_ENOMEM : STS_ESYNTAX;
}

/*
 * U-labels to A-labels (RFC 5891), with the mapping of UTS 46, which also
 * turns full-width digits and dots into plain ones: so what comes out is
 * looked at as if it had been written so.
 */
static enum sts_err
to_alabels(struct sts_str text, char **out)
{
	char copy[UNICODE_MAX + 1];
	uint8_t *alabels = NULL;
	int rc;

	if (text.n > UNICODE_MAX || memchr(text.p, '\0', text.n) != NULL)
		return STS_ESYNTAX;
	memcpy(copy, text.p, text.n);
	copy[text.n] = '\0';
	rc = idn2_lookup_u8((const uint8_t *)copy, &alabels,
	    IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
	if (rc != IDN2_OK)
		return idn_error(rc);
	*out = (char *)alabels;
	return STS_OK;
}

/*
 * Nearly all names are plain: letters, digits, hyphens and dots, with a letter
 * somewhere, so no address. One look at each octet does for those; of all
 * others this says nothing.
 */
static bool
parse_plain(struct sts_str text, char *out)
{
	size_t i, label = 0, letters = 0;
	char before = '.';

	if (text.n == 0 || text.n > POLICY_DOMAIN_MAX)
		return false;
	for (i = 0; i < text.n; i++) {
		char c = sts_lower(text.p[i]);

		if (c == '.' ? before == '.' || before == '-'
			     : c == '-' && before == '.')
			return false;
		if (c != '.' && c != '-' && !sts_is_alnum(c))
			return false;
		label = c == '.' ? 0 : label + 1;
		if (label > STS_LABEL_MAX)
			return false;
		letters += sts_is_alpha(c);
		out[i] = before = c;
	}
	out[i] = '\0';
	return letters > 0 && before != '.' && before != '-';
}

enum sts_err
sts_domain_parse(struct sts_str text, char out[STS_DOMAIN_SIZE])
{
	char made[STS_DOMAIN_SIZE];
	char *alabels = NULL;
	enum sts_err err;

	if (parse_plain(text, made)) {
		memcpy(out, made, text.n + 1);
		return STS_OK;
	}
	if (!is_ascii(text)) {
		err = to_alabels(text, &alabels);
		if (err != STS_OK)
			return err;
		text = sts_str(alabels);
	}
	err = parse(text, STS_NAME_HOST, made);
	idn2_free(alabels);
	if (err == STS_OK && strlen(made) > POLICY_DOMAIN_MAX)
		err = STS_EINVAL;
	if (err == STS_OK)
		memcpy(out, made, strlen(made) + 1);
	return err;
}

enum sts_err
sts_host_parse(struct sts_str text, char out[STS_DOMAIN_SIZE])
{
	return parse(text, STS_NAME_DNS, out);
}
