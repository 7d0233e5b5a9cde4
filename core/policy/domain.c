/* SPDX-License-Identifier: ISC */
#include "sts/domain.h"

#include <arpa/inet.h>
#include <idn2.h>
#include <string.h>
#include <strings.h>

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

/*
 * Could it stand for a domain in an address (atext of RFC 5322 and RFC 6532,
 * and dots, but not dots alone)? Then, if it is no host name, it is still a
 * name, of which there can be no policy host; of anything else we do not know
 * what was meant.
 */
static bool
has_atoms(struct sts_str text)
{
	static const char also[] = "!#$%&'*+-/=?^_`{|}~";
	size_t i, dots = 0;

	for (i = 0; i < text.n; i++) {
		char c = text.p[i];

		if (c == '.')
			dots++;
		else if ((unsigned char)c <= 0x7f && !sts_is_alnum(c) &&
			 memchr(also, c, sizeof(also) - 1) == NULL)
			return false;
	}
	return dots < text.n;
}

static enum sts_err
parse(struct sts_str text, enum sts_name_rule rule, char out[STS_DOMAIN_SIZE])
{
	if (is_literal(text) || is_ipv6(text))
		return STS_EINVAL;
	text = sts_name_undot(text);
	if (!sts_name_valid(text, STS_NAME_DNS))
		return rule == STS_NAME_HOST && has_atoms(text) ? STS_EINVAL
								: STS_ESYNTAX;
	if (sts_name_is_ipv4(text) || !sts_name_valid(text, rule))
		return STS_EINVAL;
	sts_name_lower(text, out);
	return STS_OK;
}

/* Does libidn2 know each character? Of one newer than its tables it cannot say
 * that it is disallowed, whatever it calls it in a whole name. */
static bool
all_assigned(struct sts_str text)
{
	uint8_t one[8] = "", *alabel;
	size_t i, n;
	int rc;

	for (i = 0; i < text.n; i += n) {
		one[0] = (uint8_t)text.p[i];
		for (n = 1; i + n < text.n && n < sizeof(one) - 1 &&
			    ((uint8_t)text.p[i + n] & 0xc0) == 0x80;
		     n++)
			one[n] = (uint8_t)text.p[i + n];
		one[n] = 0;
		if (n == 1)
			continue;
		alabel = NULL;
		rc =
		    idn2_lookup_u8(one, &alabel, IDN2_NFC_INPUT | IDN2_NO_TR46);
		idn2_free(alabel);
		if (rc == IDN2_UNASSIGNED || rc == IDN2_MALLOC)
			return false;
	}
	return true;
}

static bool
has_alabel(struct sts_str text)
{
	size_t i;

	for (i = 0; i + 4 <= text.n; i++)
		if (strncasecmp(text.p + i, "xn--", 4) == 0)
			return true;
	return false;
}

/*
 * What of libidn2's refusals says that the name can have no A-labels (RFC 5891
 * section 5.4), and what only that it did not convert it. It looks into
 * A-labels too, which in a plain name are taken as they are.
 */
static enum sts_err
idn_error(int rc, struct sts_str text)
{
	switch (rc) {
	case IDN2_MALLOC:
		return STS_ENOMEM;
	case IDN2_PUNYCODE_BIG_OUTPUT: /* a label too long */
	case IDN2_TOO_BIG_DOMAIN:
	case IDN2_TOO_BIG_LABEL:
	case IDN2_2HYPHEN:
	case IDN2_HYPHEN_STARTEND:
	case IDN2_LEADING_COMBINING:
	case IDN2_DISALLOWED:
	case IDN2_CONTEXTJ:
	case IDN2_CONTEXTO:
	case IDN2_BIDI:
	case IDN2_ALABEL_ROUNDTRIP_FAILED: /* as of "/" beside a U-label */
		return has_atoms(text) && !has_alabel(text) &&
			       all_assigned(text)
			   ? STS_EINVAL
			   : STS_ESYNTAX;
	default:
		return STS_ESYNTAX;
	}
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
		return idn_error(rc, text);
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
	if (!sts_name_is_ascii(text)) {
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
