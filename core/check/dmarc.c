/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "mail.h"

static const char version[] = "DMARC1";

bool
sts_dmarc_is(struct sts_str text)
{
	struct sts_str name, value;

	return sts_tag_next(&text, &name, &value) == STS_OK &&
	       sts_str_eq(name, "v") && sts_str_eq(value, version);
}

static bool
is_number(struct sts_str value, unsigned long max)
{
	unsigned long number = 0;
	size_t i;

	for (i = 0; i < value.n && i < 10; i++) {
		if (value.p[i] < '0' || value.p[i] > '9')
			return false;
		number = number * 10 + (unsigned long)(value.p[i] - '0');
	}
	return value.n > 0 && value.n <= 10 && number <= max;
}

/* One destination: a mailto with an address, or another scheme. */
static bool
is_destination(struct sts_str uri)
{
	static const char mailto[] = "mailto:";
	size_t n = sizeof(mailto) - 1;
	const char *at;

	while (uri.n > 0 && uri.p[0] == ' ') {
		uri.p++;
		uri.n--;
	}
	if (uri.n < n ||
	    !sts_str_caseeq((struct sts_str){uri.p, n}, sts_str(mailto)))
		return uri.n > 0 && memchr(uri.p, ':', uri.n) != NULL;
	at = memchr(uri.p, '@', uri.n);
	return at != NULL && at > uri.p + n && at + 1 < uri.p + uri.n;
}

static bool
are_destinations(struct sts_str value)
{
	const char *comma;

	while ((comma = memchr(value.p, ',', value.n)) != NULL) {
		if (!is_destination(
			(struct sts_str){value.p, (size_t)(comma - value.p)}))
			return false;
		value.n -= (size_t)(comma + 1 - value.p);
		value.p = comma + 1;
	}
	return is_destination(value);
}

static bool
is_fo(struct sts_str value)
{
	size_t i;

	for (i = 0; i < value.n; i++)
		if (i % 2 == 0 ? strchr("01dDsS", value.p[i]) == NULL
			       : value.p[i] != ':')
			return false;
	return value.n % 2 == 1;
}

static bool
fits(struct sts_str name, struct sts_str value, struct sts_dmarc *dmarc)
{
	if (sts_tag_among(name, "p")) {
		dmarc->enforces = sts_tag_among(value, "quarantine reject");
		return dmarc->enforces || sts_tag_among(value, "none");
	}
	if (sts_tag_among(name, "sp np"))
		return sts_tag_among(value, "none quarantine reject");
	if (sts_tag_among(name, "adkim aspf"))
		return sts_tag_among(value, "r s");
	if (sts_tag_among(name, "pct"))
		return is_number(value, 100);
	if (sts_tag_among(name, "ri"))
		return is_number(value, 4294967295UL);
	if (sts_tag_among(name, "fo"))
		return is_fo(value);
	if (sts_tag_among(name, "rua"))
		dmarc->reports = true;
	if (sts_tag_among(name, "rua ruf"))
		return value.n > 0 && are_destinations(value);
	return true; /* section 6.3: unknown tags are ignored */
}

enum sts_err
sts_dmarc_parse(struct sts_str text, struct sts_dmarc *out, struct sts_str *bad)
{
	struct sts_dmarc dmarc = {.enforces = false};
	struct sts_str name, value;
	bool policy = false;
	enum sts_err err;

	while ((err = sts_tag_next(&text, &name, &value)) == STS_OK) {
		policy = policy || sts_tag_among(name, "p");
		if (!fits(name, value, &dmarc)) {
			*bad = name;
			return STS_ESYNTAX;
		}
	}
	if (err != STS_ENOENT || !policy) {
		*bad = err != STS_ENOENT ? name : sts_str("p");
		return STS_ESYNTAX;
	}
	*out = dmarc;
	return STS_OK;
}
