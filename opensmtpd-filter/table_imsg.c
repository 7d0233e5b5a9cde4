/* SPDX-License-Identifier: ISC */
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "table_proto.h"

/* The order and the sizes are those of the machine: both ends run on it. */
struct header {
	uint32_t type;
	uint16_t length; /* with this header */
	uint16_t flags;
	uint32_t peer;
	uint32_t pid;
};

enum { OK, FAIL, OPEN, CLOSE, UPDATE, CHECK, LOOKUP, FETCH };
enum { DOMAIN = 0x2, RELAYHOST = 0x200 };

struct body {
	const char *p;
	size_t n;
};

static bool
take(struct body *body, void *to, size_t n)
{
	if (body->n < n)
		return false;
	memcpy(to, body->p, n);
	body->p += n;
	body->n -= n;
	return true;
}

/* A text with its NUL; NULL if there is none. */
static const char *
take_text(struct body *body)
{
	const char *text = body->p;
	const char *end = body->n == 0 ? NULL : memchr(text, '\0', body->n);

	if (end == NULL)
		return NULL;
	body->n -= (size_t)(end - text) + 1;
	body->p = end + 1;
	return text;
}

static enum sts_table_service
find_service(int32_t service)
{
	if (service == DOMAIN)
		return STS_KEY_DOMAIN;
	return service == RELAYHOST ? STS_KEY_RELAYHOST : STS_KEY_OTHER;
}

/* service, how many parameters, name and value of each, the key */
static void
read_question(struct body body, struct sts_table_request *request)
{
	const char *key;
	int32_t service;
	size_t params;

	if (!take(&body, &service, sizeof(service)) ||
	    !take(&body, &params, sizeof(params)))
		return;
	request->service = find_service(service);
	for (; params > 0; params--) {
		if (take_text(&body) == NULL)
			return;
		if (take_text(&body) == NULL)
			return;
	}
	key = take_text(&body);
	if (key != NULL && body.n == 0 && strlen(key) < STS_TABLE_KEY)
		memcpy(request->key, key, strlen(key) + 1);
}

static enum sts_table_op
find_op(uint32_t type)
{
	switch (type) {
	case OK:
	case FAIL:
		return STS_OP_NOTHING;
	case OPEN:
		return STS_OP_OPEN;
	case CLOSE:
		return STS_OP_CLOSE;
	case UPDATE:
		return STS_OP_UPDATE;
	case CHECK:
		return STS_OP_CHECK;
	case LOOKUP:
		return STS_OP_LOOKUP;
	case FETCH:
	default:
		return STS_OP_OTHER;
	}
}

enum sts_imsg
sts_imsg_request(
    const char *p, size_t n, struct sts_table_request *request, size_t *used)
{
	struct header header;

	if (n < sizeof(header))
		return STS_IMSG_PART;
	memcpy(&header, p, sizeof(header));
	if (header.length < sizeof(header) || header.length > STS_IMSG_MAX)
		return STS_IMSG_NONSENSE;
	if (n < header.length)
		return STS_IMSG_PART;
	*used = header.length;
	request->op = find_op(header.type);
	request->service = STS_KEY_OTHER;
	request->verb[0] = request->id[0] = request->key[0] = '\0';
	if (request->op == STS_OP_CHECK || request->op == STS_OP_LOOKUP)
		read_question((struct body){p + sizeof(header),
				  header.length - sizeof(header)},
		    request);
	return STS_IMSG_WHOLE;
}

size_t
sts_imsg_answer(char *out, const struct sts_table_request *request,
    const struct sts_table_result *result)
{
	struct header header = {.type = OK, .pid = (uint32_t)getpid()};
	size_t n = sizeof(header), text;
	int32_t found;

	if (request->op < STS_OP_OPEN || request->op == STS_OP_CLOSE)
		return 0;
	if (request->op != STS_OP_OPEN) {
		found = request->op == STS_OP_UPDATE  ? 1
			: request->op == STS_OP_OTHER ? STS_FOUND_ERROR
						      : (int32_t)result->found;
		memcpy(out + n, &found, sizeof(found));
		n += sizeof(found);
		if (request->op == STS_OP_LOOKUP && found == STS_FOUND) {
			text = strlen(result->text) + 1;
			memcpy(out + n, result->text, text);
			n += text;
		}
	}
	header.length = (uint16_t)n;
	memcpy(out, &header, sizeof(header));
	return n;
}
