/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "sts/sending_join.h"

#define ADDRESS_MAX 254 /* RFC 5321 section 4.5.3.1.3, without "<>" */
#define LETTERS     "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS      "0123456789"

bool
sts_sending_address(const char *address)
{
	static const char atext[] = LETTERS DIGITS "!#$%&'*+-/=?^_`{|}~.";
	static const char name[] = LETTERS DIGITS "-.";
	size_t n = strspn(address, atext), m;

	if (n == 0 || address[n] != '@' || address[0] == '.' ||
	    address[n - 1] == '.' || memmem(address, n, "..", 2) != NULL)
		return false;
	m = strspn(address + n + 1, name);
	return m > 0 && address[n + 1 + m] == '\0' && n + 1 + m <= ADDRESS_MAX;
}

void
sts_sending_cancel(void *ctx, struct sts_send *send)
{
	(void)ctx;
	send->cancel(send);
}

static struct sts_send *
join_mail(void *ctx, const char *from, const char *to, struct sts_str message,
    int64_t deadline, sts_sent_cb *cb, void *arg)
{
	struct sts_sending *way = &((struct sts_sending_pair *)ctx)->mail;

	return way->ops->mail(way->ctx, from, to, message, deadline, cb, arg);
}

static struct sts_send *
join_post(void *ctx, const char *url, struct sts_str gzip, int64_t deadline,
    sts_sent_cb *cb, void *arg)
{
	struct sts_sending *way = &((struct sts_sending_pair *)ctx)->post;

	return way->ops->post(way->ctx, url, gzip, deadline, cb, arg);
}

static const struct sts_sending_ops join_ops = {
    join_mail, join_post, sts_sending_cancel};

struct sts_sending
sts_sending_join(struct sts_sending_pair *pair)
{
	return (struct sts_sending){&join_ops, pair};
}
