/* SPDX-License-Identifier: ISC */
#ifndef STS_RD_REPLY_H
#define STS_RD_REPLY_H

#include <hiredis/hiredis.h>
#include <string.h>

#include "sts/str.h"

/* What a server sends may be of any type: look before it is read. */
static inline bool
sts_rd_is(const redisReply *reply, int type)
{
	return reply != NULL && reply->type == type;
}

static inline bool
sts_rd_is_string(const redisReply *reply)
{
	return sts_rd_is(reply, REDIS_REPLY_STRING);
}

/* Of a string, status or error; else "". */
static inline struct sts_str
sts_rd_text(const redisReply *reply)
{
	if (!sts_rd_is_string(reply) && !sts_rd_is(reply, REDIS_REPLY_STATUS) &&
	    !sts_rd_is(reply, REDIS_REPLY_ERROR))
		return sts_str("");
	return (struct sts_str){reply->str, (size_t)reply->len};
}

static inline const redisReply *
sts_rd_item(const redisReply *reply, size_t i)
{
	if (!sts_rd_is(reply, REDIS_REPLY_ARRAY) || i >= reply->elements)
		return NULL;
	return reply->element[i];
}

/* "NOPERM this user has ...": such an error? Redis 6 puts those of a script
 * inside a text of its own. */
static inline bool
sts_rd_is_error(const redisReply *reply, const char *word)
{
	return sts_rd_is(reply, REDIS_REPLY_ERROR) &&
	       strstr(reply->str, word) != NULL;
}

#endif
