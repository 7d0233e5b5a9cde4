/* SPDX-License-Identifier: ISC */
#include "exim_domains.h"

#include "exim_hook.h"

struct item {
	struct sts_str text;
	bool negated;
};

/* "<;" at the beginning of a list changes what is between its items. */
static char
separator(struct sts_str *list)
{
	char c;

	*list = sts_exim_trim(*list);
	if (list->n < 2 || list->p[0] != '<')
		return ':';
	c = list->p[1];
	list->p += 2;
	list->n -= 2;
	return c;
}

/* Cut the next item off; one in braces is of an expansion, not of the list. */
static bool
next_item(struct sts_str *list, char by, struct item *item)
{
	size_t depth = 0, i;

	*list = sts_exim_trim(*list);
	if (list->n == 0)
		return false;
	for (i = 0; i < list->n; i++) {
		if (list->p[i] == '{')
			depth++;
		else if (list->p[i] == '}' && depth > 0)
			depth--;
		else if (list->p[i] == by && depth == 0)
			break;
	}
	item->text = sts_exim_trim((struct sts_str){list->p, i});
	item->negated = sts_exim_begins(item->text, "!");
	if (item->negated)
		item->text = sts_exim_trim(
		    (struct sts_str){item->text.p + 1, item->text.n - 1});
	i += i < list->n;
	list->p += i;
	list->n -= i;
	return true;
}

/* Which it is; n: none of them. */
static size_t
find(const struct sts_exim_atoms *atoms, struct sts_str text)
{
	size_t i;

	for (i = 0; i < atoms->n; i++)
		if (sts_exim_same(atoms->list[i], text))
			break;
	return i;
}

static bool
asks_for_policy(struct sts_str text)
{
	struct sts_str at;

	return sts_exim_asks(text, "domains", &at) && sts_exim_same(text, at);
}

void
sts_exim_atoms_add(struct sts_exim_atoms *atoms, struct sts_str list)
{
	char by = separator(&list);
	struct item item;

	while (next_item(&list, by, &item)) {
		if (item.text.n == 0 || sts_str_eq(item.text, "*") ||
		    find(atoms, item.text) < atoms->n)
			continue;
		if (atoms->n == STS_EXIM_ATOMS) {
			atoms->full = true;
			return;
		}
		if (asks_for_policy(item.text))
			atoms->held |= (uint32_t)1 << atoms->n;
		atoms->list[atoms->n++] = item.text;
	}
}

bool
sts_exim_atoms_match(
    const struct sts_exim_atoms *atoms, struct sts_str list, uint32_t in)
{
	struct item item = {{NULL, 0}, true};
	char by = separator(&list);
	size_t i;

	while (next_item(&list, by, &item)) {
		i = find(atoms, item.text);
		if (sts_str_eq(item.text, "*") ||
		    (i < atoms->n && (in >> i & 1) != 0))
			return !item.negated;
	}
	/* As Exim has it: behind a last "! x" stands all the rest. */
	return item.negated;
}
