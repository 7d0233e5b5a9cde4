/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "dkim_impl.h"
#include "sts/policy.h"

#define MBOX "From "

void
sts_dkim_split(struct sts_str mail, struct sts_str *head, struct sts_str *body)
{
	struct sts_str rest = mail, line;

	if (mail.n > strlen(MBOX) && memcmp(mail.p, MBOX, strlen(MBOX)) == 0)
		(void)sts_policy_next_line(&rest, &line);
	*head = rest;
	*body = (struct sts_str){mail.p + mail.n, 0};
	while (sts_policy_next_line(&rest, &line))
		if (line.n == 0) {
			head->n = (size_t)(line.p - head->p);
			*body = rest;
			return;
		}
}

bool
sts_dkim_next_field(struct sts_str *head, struct sts_str *field)
{
	struct sts_str line;

	if (!sts_policy_next_line(head, field))
		return false;
	while (head->n > 0 && (head->p[0] == ' ' || head->p[0] == '\t') &&
	       sts_policy_next_line(head, &line))
		field->n = (size_t)(line.p + line.n - field->p);
	return true;
}

bool
sts_dkim_named(struct sts_str field, struct sts_str name)
{
	const char *colon = memchr(field.p, ':', field.n);

	if (colon == NULL)
		return false;
	field.n = (size_t)(colon - field.p);
	return sts_str_caseeq(sts_dkim_trim(field), name);
}

struct sts_str
sts_dkim_value(struct sts_str field)
{
	const char *colon = memchr(field.p, ':', field.n);

	if (colon == NULL)
		return (struct sts_str){"", 0};
	field.n -= (size_t)(colon + 1 - field.p);
	field.p = colon + 1;
	return field;
}

struct sts_str
sts_dkim_field(struct sts_str mail, const char *name)
{
	struct sts_str head, body, field, found = {"", 0};

	sts_dkim_split(mail, &head, &body);
	while (sts_dkim_next_field(&head, &field))
		if (sts_dkim_named(field, sts_str(name)))
			found = sts_dkim_trim(sts_dkim_value(field));
	return found;
}
