/* SPDX-License-Identifier: ISC */
#include "sts/policy.h"

#include <stdlib.h>
#include <string.h>

#include "name.h"
#include "policy_line.h"

#define SECTION "RFC 8461 section 3.2"
#define BUCKETS 256
/* "mx:a" and its end: no text has more patterns, and uint16_t holds them. */
#define MX_OCTETS 5
_Static_assert(STS_POLICY_TEXT_MAX / MX_OCTETS < UINT16_MAX, "uint16_t holds");

/* What the first pass finds: all but the patterns themselves. */
struct scan {
	bool version, mode_seen, max_age_seen;
	enum sts_mode mode;
	uint32_t max_age;
	size_t n_mx; /* with duplicates */
	size_t mx_octets;
};

/*
 * Patterns while they are gathered. Buckets by hash, chained by index, so
 * that a text full of patterns costs no square of their number.
 */
struct gather {
	const char **mx;
	uint16_t *next; /* index + 1 of the next in the bucket; 0: none */
	uint16_t head[BUCKETS];
	char *room;
	size_t n;
};

static bool *
seen_flag(struct scan *scan, enum sts_field field)
{
	switch (field) {
	case STS_FIELD_VERSION:
		return &scan->version;
	case STS_FIELD_MODE:
		return &scan->mode_seen;
	case STS_FIELD_MAX_AGE:
		return &scan->max_age_seen;
	default:
		return NULL;
	}
}

static void
take(struct scan *scan, const struct sts_policy_line *line, unsigned number,
    struct sts_diags *diags)
{
	if (line->field == STS_FIELD_MODE)
		scan->mode = line->mode;
	if (line->field == STS_FIELD_MAX_AGE)
		scan->max_age = line->max_age;
	if (line->clamped)
		sts_diag_add(diags, STS_WARNING, number, "max_age-clamped",
		    SECTION, "max_age is above %d: taken as that",
		    STS_MAX_AGE_MAX);
}

static void
pass_over(const struct sts_policy_line *line, struct sts_str text,
    unsigned number, struct sts_diags *diags)
{
	char shown[60];

	sts_diag_add(diags, STS_WARNING, number, line->rule, SECTION,
	    "ignored, %s: \"%s\"", line->why,
	    sts_str_escape(text, shown, sizeof(shown)));
}

/* One line of the first pass. Of duplicates the first counts (POL-3). */
static void
scan_line(struct scan *scan, struct sts_str text, unsigned number,
    struct sts_diags *diags)
{
	struct sts_policy_line line;
	bool *seen;

	sts_policy_line_read(text, &line);
	seen = seen_flag(scan, line.field);
	if (line.field == STS_FIELD_NONE ||
	    (line.bad_value && seen != NULL && !*seen)) {
		pass_over(&line, text, number, diags);
		return;
	}
	if (line.indented)
		sts_diag_add(diags, STS_WARNING, number, "leading-space",
		    SECTION, "space before the field");
	if (line.field == STS_FIELD_MX) {
		scan->n_mx++;
		scan->mx_octets += line.value.n + 1;
	}
	if (seen == NULL || *seen)
		return;
	*seen = true;
	take(scan, &line, number, diags);
}

static void
missing(bool there, const char *rule, struct sts_diags *diags)
{
	if (!there)
		sts_diag_add(diags, STS_ERROR, 0, rule, SECTION,
		    "there is no valid %.*s", (int)strcspn(rule, "-"), rule);
}

static enum sts_err
require(const struct scan *scan, struct sts_diags *diags)
{
	bool mx =
	    scan->n_mx > 0 || !scan->mode_seen || scan->mode == STS_MODE_NONE;

	missing(scan->version, "version-missing", diags);
	missing(scan->mode_seen, "mode-missing", diags);
	missing(scan->max_age_seen, "max_age-missing", diags);
	missing(mx, "mx-missing", diags);
	if (scan->version && scan->mode_seen && scan->max_age_seen && mx)
		return STS_OK;
	return STS_ESYNTAX;
}

static enum sts_err
scan_text(struct sts_str text, struct scan *scan, struct sts_diags *diags)
{
	struct sts_str line;
	unsigned number = 0;

	if (text.n > STS_POLICY_TEXT_MAX) {
		sts_diag_add(diags, STS_ERROR, 0, "too-long",
		    "RFC 8461 section 3.3", "longer than %d octets",
		    STS_POLICY_TEXT_MAX);
		return STS_ESYNTAX;
	}
	if (text.n > 0 && memchr(text.p, '\0', text.n) != NULL) {
		sts_diag_add(
		    diags, STS_ERROR, 0, "nul", SECTION, "there is a NUL");
		return STS_ESYNTAX;
	}
	while (sts_policy_next_line(&text, &line))
		scan_line(scan, line, ++number, diags);
	return require(scan, diags);
}

/* FNV-1a, enough to spread names that mean no harm. */
static unsigned
bucket_of(const char *name)
{
	uint32_t hash = 2166136261U;

	for (; *name != '\0'; name++)
		hash = (hash ^ (unsigned char)*name) * 16777619U;
	return (hash ^ hash >> 16) % BUCKETS;
}

static void
gather_mx(struct gather *gather, struct sts_str value)
{
	unsigned i, bucket;

	sts_name_lower(value, gather->room);
	bucket = bucket_of(gather->room);
	for (i = gather->head[bucket]; i != 0; i = gather->next[i - 1])
		if (strcmp(gather->mx[i - 1], gather->room) == 0)
			return;
	gather->mx[gather->n] = gather->room;
	gather->next[gather->n] = gather->head[bucket];
	gather->head[bucket] = (uint16_t)++gather->n;
	gather->room += value.n + 1;
}

static void
gather_all(struct gather *gather, struct sts_str text)
{
	struct sts_policy_line line;
	struct sts_str next;

	while (sts_policy_next_line(&text, &next)) {
		sts_policy_line_read(next, &line);
		if (line.field == STS_FIELD_MX)
			gather_mx(gather, line.value);
	}
}

/* One block: the policy, the pointers, their chains, the names, the text. */
static struct sts_policy *
build(struct sts_str text, const struct scan *scan)
{
	size_t pointers = scan->n_mx * sizeof(char *);
	size_t chains = scan->n_mx * sizeof(uint16_t);
	struct sts_policy *policy;
	struct gather gather = {0};
	char *block, *copy;

	policy = malloc(
	    sizeof(*policy) + pointers + chains + scan->mx_octets + text.n + 1);
	if (policy == NULL)
		return NULL;
	block = (char *)(policy + 1);
	gather.mx = (const char **)(void *)block;
	gather.next = (uint16_t *)(void *)(block + pointers);
	gather.room = block + pointers + chains;
	copy = gather.room + scan->mx_octets;
	gather_all(&gather, text);
	memcpy(copy, text.p, text.n);
	copy[text.n] = '\0';
	policy->mode = scan->mode;
	policy->max_age = scan->max_age;
	policy->n_mx = gather.n;
	policy->mx = gather.mx;
	policy->text = (struct sts_str){copy, text.n};
	return policy;
}

enum sts_err
sts_policy_parse(
    struct sts_str text, struct sts_policy **out, struct sts_diags *diags)
{
	struct scan scan = {0};
	struct sts_policy *policy;
	enum sts_err err = scan_text(text, &scan, diags);

	if (err != STS_OK)
		return err;
	policy = build(text, &scan);
	if (policy == NULL)
		return STS_ENOMEM;
	*out = policy;
	return STS_OK;
}

void
sts_policy_free(struct sts_policy *policy)
{
	free(policy);
}

const char *
sts_mode_name(enum sts_mode mode)
{
	switch (mode) {
	case STS_MODE_NONE:
		return "none";
	case STS_MODE_TESTING:
		return "testing";
	case STS_MODE_ENFORCE:
		return "enforce";
	}
	return "unknown";
}

enum sts_err
sts_mode_parse(struct sts_str name, enum sts_mode *mode)
{
	static const enum sts_mode modes[] = {
	    STS_MODE_NONE, STS_MODE_TESTING, STS_MODE_ENFORCE};
	size_t i;

	for (i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		if (!sts_str_eq(name, sts_mode_name(modes[i])))
			continue;
		*mode = modes[i];
		return STS_OK;
	}
	return STS_ESYNTAX;
}
