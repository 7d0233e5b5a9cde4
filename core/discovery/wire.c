/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "wire_impl.h"

#define JUMPS 127 /* in one name: it has no more labels */

enum sts_err
sts_wire_u16(struct sts_wire *wire, unsigned *out)
{
	const unsigned char *p = wire->p + wire->off;

	if (wire->n - wire->off < 2)
		return STS_ESYNTAX;
	*out = (unsigned)p[0] << 8 | p[1];
	wire->off += 2;
	return STS_OK;
}

enum sts_err
sts_wire_u32(struct sts_wire *wire, uint32_t *out)
{
	unsigned high, low;

	if (sts_wire_u16(wire, &high) || sts_wire_u16(wire, &low))
		return STS_ESYNTAX;
	*out = (uint32_t)high << 16 | low;
	return STS_OK;
}

static unsigned char
lower(unsigned char c)
{
	return c >= 'A' && c <= 'Z' ? (unsigned char)(c + 'a' - 'A') : c;
}

/* Append the label at off, its length octet included. */
static enum sts_err
label(const struct sts_wire *wire, size_t off, struct sts_wire_name *name)
{
	size_t i, n = (size_t)wire->p[off] + 1;

	if (n > wire->n - off || n > sizeof(name->b) - name->n)
		return STS_ESYNTAX;
	for (i = 0; i < n; i++)
		name->b[name->n + i] = lower(wire->p[off + i]);
	name->n += n;
	return STS_OK;
}

/*
 * A pointer may only go to before the piece of the name that holds it, so
 * there is an end to the jumps (RFC 1035 section 4.1.4: a prior occurrence).
 */
static enum sts_err
jump(const struct sts_wire *wire, size_t *off, size_t *piece)
{
	size_t to;

	if (wire->n - *off < 2)
		return STS_ESYNTAX;
	to = (size_t)(wire->p[*off] & 0x3f) << 8 | wire->p[*off + 1];
	if (to >= *piece)
		return STS_ESYNTAX;
	*off = *piece = to;
	return STS_OK;
}

enum sts_err
sts_wire_name(struct sts_wire *wire, struct sts_wire_name *out)
{
	struct sts_wire_name name = {.n = 0};
	size_t off = wire->off, piece = off, end = 0;
	unsigned jumps = 0;
	unsigned char c;

	for (;;) {
		if (off >= wire->n)
			return STS_ESYNTAX;
		c = wire->p[off];
		if ((c & 0xc0) == 0xc0) {
			end = end ? end : off + 2;
			if (++jumps > JUMPS || jump(wire, &off, &piece))
				return STS_ESYNTAX;
			continue;
		}
		if ((c & 0xc0) != 0 || label(wire, off, &name))
			return STS_ESYNTAX;
		off += (size_t)c + 1;
		if (c == 0)
			break;
	}
	wire->off = end ? end : off;
	*out = name;
	return STS_OK;
}

bool
sts_wire_name_eq(const struct sts_wire_name *a, const struct sts_wire_name *b)
{
	return a->n == b->n && memcmp(a->b, b->b, a->n) == 0;
}

enum sts_err
sts_wire_header(struct sts_wire *wire, struct sts_wire_header *out)
{
	struct sts_wire_header header;
	unsigned id, flags;
	size_t i;

	if (sts_wire_u16(wire, &id) || sts_wire_u16(wire, &flags))
		return STS_ESYNTAX;
	for (i = 0; i < 4; i++)
		if (sts_wire_u16(wire, &header.count[i]))
			return STS_ESYNTAX;
	if (!(flags & 0x8000) || flags & 0x0200 || header.count[0] != 1)
		return STS_ESYNTAX;
	header.rcode = flags & 0xf;
	*out = header;
	return STS_OK;
}

enum sts_err
sts_wire_rr(struct sts_wire *wire, struct sts_wire_rr *out)
{
	unsigned n;

	if (sts_wire_name(wire, &out->owner) ||
	    sts_wire_u16(wire, &out->type) || sts_wire_u16(wire, &out->class) ||
	    sts_wire_u32(wire, &out->ttl) || sts_wire_u16(wire, &n) ||
	    n > wire->n - wire->off)
		return STS_ESYNTAX;
	if (out->ttl > INT32_MAX)
		out->ttl = 0;
	out->rdata = wire->off;
	out->n = n;
	wire->off += n;
	return STS_OK;
}

/* Returns the length; dotted: a label has a dot, and reads as two labels. */
static size_t
join(const struct sts_wire_name *name, char text[STS_WIRE_NAME], bool *dotted)
{
	size_t i, j, n = 0;

	*dotted = false;
	for (i = 0; name->b[i] != 0; i += (size_t)name->b[i] + 1) {
		if (n > 0)
			text[n++] = '.';
		for (j = 1; j <= name->b[i]; j++) {
			*dotted = *dotted || name->b[i + j] == '.';
			text[n++] = (char)name->b[i + j];
		}
	}
	return n;
}

enum sts_err
sts_wire_host(const struct sts_wire_name *name, char out[STS_DOMAIN_SIZE])
{
	char text[STS_WIRE_NAME];
	bool dotted;
	size_t n = join(name, text, &dotted);

	if (dotted)
		return STS_EINVAL;
	if (n > 0)
		return sts_host_parse((struct sts_str){text, n}, out);
	out[0] = '\0';
	return STS_OK;
}

void
sts_wire_show(const struct sts_wire_name *name, char out[STS_DOMAIN_SIZE])
{
	char text[STS_WIRE_NAME];
	bool dotted;
	size_t i, n = join(name, text, &dotted);

	for (i = 0; i < n && i < STS_DOMAIN_MAX; i++)
		out[i] =
		    (char)(text[i] > ' ' && text[i] <= '~' ? text[i] : '?');
	out[i] = '\0';
}
