/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lmdb_pages.h"
#include "table.h"

#define BRANCH     0x01
#define LEAF       0x02
#define OVERFLOW   0x04
#define BIG        0x01
#define SUB        0x02
#define DEPTH_MAX  32
#define FLAGS_FREE 0x4008 /* MDB_NOSUBDIR, MDB_INTEGERKEY */
#define NODE_HEAD  8
#define KEY_MAX    511
#define PAGES_MAX  ((size_t)1 << 18) /* bounds the time: looked at, at most */

struct node {
	const unsigned char *key, *data;
	size_t key_n, data_n, child;
	unsigned flags;
};

/* A page in memory, and which octets of it belong to a node so far. */
struct page {
	unsigned char *bytes, *used;
	size_t n_used, upper;
};

/* What was met of a tree; the next key must be above key, or not below. */
struct order {
	struct sts_page_tree met; /* its counts */
	bool any, equal;
	size_t n;
	char key[KEY_MAX];
};

bool
sts_pages_pull(struct sts_pages *pages, size_t pgno, void *buf, size_t n)
{
	off_t at = (off_t)(pgno * pages->page_size);
	size_t got = 0;
	ssize_t r;

	while (got < n) {
		r = pread(
		    pages->fd, (char *)buf + got, n - got, at + (off_t)got);
		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			pages->error = errno;
		if (r <= 0)
			return false;
		got += (size_t)r;
	}
	return true;
}

static void *
room(struct sts_pages *pages, size_t n)
{
	void *p = malloc(n);

	if (p == NULL)
		pages->error = ENOMEM;
	return p;
}

/* A page may be used once; this also ends every ring of pages. */
static bool
claim(struct sts_pages *pages, size_t pgno, bool in_file)
{
	unsigned char bit = (unsigned char)(1U << (pgno & 7));

	if (pgno < 2 || pgno > pages->last ||
	    (in_file && pgno >= pages->pages) ||
	    (pages->seen[pgno >> 3] & bit) != 0)
		return false;
	pages->seen[pgno >> 3] |= bit;
	pages->seen_n++;
	return true;
}

/* LMDB packs the nodes from upper to the end of the page, without a gap. */
static bool
occupy(struct page *page, size_t at, size_t n)
{
	n += n & 1;
	if (at < page->upper || (at & 1) != 0 ||
	    memchr(page->used + at, 1, n) != NULL)
		return false;
	memset(page->used + at, 1, n);
	page->n_used += n;
	return true;
}

static bool
node_at(const struct sts_pages *pages, struct page *page, size_t i, bool branch,
    struct node *out)
{
	uint16_t at, word[4];
	size_t n;

	memcpy(&at, page->bytes + STS_PAGE_HEAD + 2 * i, 2);
	if (at < STS_PAGE_HEAD || at + (size_t)NODE_HEAD > pages->page_size)
		return false;
	memcpy(word, page->bytes + at, sizeof(word));
	out->flags = word[2];
	out->key_n = word[3];
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	out->data_n = word[0] | (size_t)word[1] << 16;
#else
	out->data_n = word[1] | (size_t)word[0] << 16;
#endif
	out->child = out->data_n;
#if __SIZEOF_SIZE_T__ > 4
	out->child |= (size_t)word[2] << 32;
#endif
	out->key = page->bytes + at + NODE_HEAD;
	out->data = out->key + out->key_n;
	if (out->key_n > KEY_MAX)
		return false;
	n = NODE_HEAD + out->key_n;
	if (!branch)
		n += (out->flags & BIG) != 0 ? sizeof(size_t) : out->data_n;
	return n + (n & 1) <= pages->page_size - at && occupy(page, at, n);
}

/* A list of free pages: how many, then their numbers, falling. */
static bool
free_list(struct sts_pages *pages, const unsigned char *data, size_t n)
{
	size_t count, i, pgno, before = STS_NO_PAGE;

	if (n < sizeof(count))
		return false;
	memcpy(&count, data, sizeof(count));
	if (count > n / sizeof(count) - 1)
		return false;
	for (i = 1; i <= count; i++) {
		memcpy(&pgno, data + i * sizeof(pgno), sizeof(pgno));
		if (pgno >= before || !claim(pages, pgno, false))
			return false;
		before = pgno;
	}
	return true;
}

static bool
big(struct sts_pages *pages, const struct node *node, struct order *order)
{
	size_t first, i;
	size_t n = (STS_PAGE_HEAD - 1 + node->data_n) / pages->page_size + 1;
	unsigned char *copy;
	struct sts_page_head head;
	uint32_t count;
	bool good;

	memcpy(&first, node->data, sizeof(first));
	for (i = 0; i < n; i++)
		if (!claim(pages, first + i, true))
			return false;
	if (!sts_pages_pull(pages, first, &head, STS_PAGE_HEAD))
		return false;
	memcpy(&count, &head.lower, sizeof(count));
	if (head.pgno != first || (head.flags & OVERFLOW) == 0 || count != n)
		return false;
	order->met.overflows += n;
	if (!pages->freelist)
		return true;
	n = STS_PAGE_HEAD + node->data_n;
	copy = room(pages, n);
	good = copy != NULL && sts_pages_pull(pages, first, copy, n) &&
	       free_list(pages, copy + STS_PAGE_HEAD, node->data_n);
	free(copy);
	return good;
}

static bool
leaf_node(struct sts_pages *pages, const struct node *node, struct order *order)
{
	struct sts_page_tree tree;
	bool good;

	order->met.entries++;
	if ((node->flags & ~(unsigned)(BIG | SUB)) != 0)
		return false;
	if ((node->flags & BIG) != 0)
		return big(pages, node, order);
	if (pages->freelist)
		return free_list(pages, node->data, node->data_n);
	if ((node->flags & SUB) == 0)
		return true;
	if (pages->sub || node->data_n != sizeof(tree))
		return false;
	memcpy(&tree, node->data, sizeof(tree));
	pages->sub = true;
	good = sts_pages_tree(pages, &tree);
	pages->sub = false;
	return good;
}

/* Of the free list the keys are the transactions that freed the pages. */
static bool
freed_by(const struct sts_pages *pages, const struct node *node,
    const struct order *order)
{
	size_t id, before;

	if (node->key_n != sizeof(id))
		return false;
	memcpy(&id, node->key, sizeof(id));
	memcpy(&before, order->key, sizeof(before));
	if (order->any && !(before < id || (order->equal && before == id)))
		return false;
	return id >= 1 && id <= pages->txnid;
}

/*
 * Keys rise through all of a tree; those of branch pages lie between what is
 * to their left and right, and may be repeated by the next leaf.
 */
static bool
in_order(const struct sts_pages *pages, const struct node *node, bool branch,
    struct order *order)
{
	struct sts_str a = {order->key, order->n};
	struct sts_str b = {(const char *)node->key, node->key_n};

	if (pages->freelist) {
		if (!freed_by(pages, node, order))
			return false;
	} else if (b.n == 0 || (order->any && sts_table_compare(a, b) >=
						  (order->equal ? 1 : 0))) {
		return false;
	}
	order->any = true;
	order->equal = branch;
	order->n = node->key_n;
	memcpy(order->key, node->key, node->key_n);
	return true;
}

static bool
walk(struct sts_pages *pages, size_t pgno, unsigned depth, struct order *order);

static bool
nodes(struct sts_pages *pages, struct page *page, size_t n, unsigned depth,
    struct order *order)
{
	bool branch = depth > 1;
	struct node node;
	size_t i;

	for (i = 0; i < n; i++) {
		if (!node_at(pages, page, i, branch, &node))
			return false;
		/* The first key of a branch page is not looked at. */
		if (!(branch && i == 0) &&
		    !in_order(pages, &node, branch, order))
			return false;
		if (!(branch ? walk(pages, node.child, depth - 1, order)
			     : leaf_node(pages, &node, order)))
			return false;
	}
	return true;
}

static bool
page_sound(struct sts_pages *pages, size_t pgno, unsigned depth,
    struct page *page, struct order *order)
{
	bool branch = depth > 1;
	struct sts_page_head head;
	size_t n;

	if (!sts_pages_pull(pages, pgno, page->bytes, pages->page_size))
		return false;
	memcpy(&head, page->bytes, STS_PAGE_HEAD);
	n = ((size_t)head.lower - STS_PAGE_HEAD) / 2;
	if (head.pgno != pgno || head.lower < STS_PAGE_HEAD ||
	    head.lower > head.upper || head.upper > pages->page_size ||
	    head.flags != (branch ? BRANCH : LEAF) || n < (branch ? 2 : 1))
		return false;
	if (branch)
		order->met.branches++;
	else
		order->met.leaves++;
	page->upper = head.upper;
	return nodes(pages, page, n, depth, order) &&
	       page->n_used == pages->page_size - head.upper;
}

static bool
walk(struct sts_pages *pages, size_t pgno, unsigned depth, struct order *order)
{
	struct page page = {0};
	bool good;

	if (pages->seen_n > PAGES_MAX) {
		pages->cut = true;
		return true;
	}
	if (!claim(pages, pgno, true))
		return false;
	page.bytes = room(pages, 2 * pages->page_size);
	if (page.bytes == NULL)
		return false;
	page.used = page.bytes + pages->page_size;
	memset(page.used, 0, pages->page_size);
	good = page_sound(pages, pgno, depth, &page, order);
	free(page.bytes);
	return good;
}

static bool
same_counts(const struct sts_page_tree *a, const struct sts_page_tree *b)
{
	return a->branches == b->branches && a->leaves == b->leaves &&
	       a->overflows == b->overflows && a->entries == b->entries;
}

bool
sts_pages_tree(struct sts_pages *pages, const struct sts_page_tree *tree)
{
	struct order order = {0};

	if ((tree->flags & ~(pages->freelist ? FLAGS_FREE : 0)) != 0)
		return false;
	if (tree->root != STS_NO_PAGE &&
	    (tree->depth == 0 || tree->depth > DEPTH_MAX ||
		!walk(pages, tree->root, tree->depth, &order)))
		return false;
	return pages->cut || same_counts(tree, &order.met);
}
