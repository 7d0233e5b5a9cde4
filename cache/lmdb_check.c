/* SPDX-License-Identifier: ISC */
/*
 * LMDB maps its file and believes what it reads there: a wrong page number or
 * a file cut short ends in SIGSEGV or SIGBUS. So the structure (LMDB 0.9,
 * data version 1) is walked by plain reads before LMDB may open the file:
 * every page that can be reached lies within the file and is used once, every
 * node lies within its page. The values have checksums of ours.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lmdb.h"

#define MAGIC     0xBEEFC0DEU
#define FORMAT    1
#define BRANCH    0x01
#define LEAF      0x02
#define OVERFLOW  0x04
#define META      0x08
#define BIG       0x01
#define SUB       0x02
#define NO_PAGE   ((size_t)-1)
#define DEPTH_MAX 32
#define NODE_HEAD 8
#define LAST_MAX  ((size_t)1 << 26) /* far more than the map holds */
#define PAGES_MAX ((size_t)1 << 18) /* bounds the time: looked at, at most */

/* As they lie in the file. */
struct head {
	size_t pgno;
	uint16_t pad, flags, lower, upper; /* upper: of 32 bits, the count */
};

struct tree {
	uint32_t pad;
	uint16_t flags, depth;
	size_t branches, leaves, overflows, entries, root;
};

struct meta {
	uint32_t magic, version;
	size_t address, mapsize;
	struct tree trees[2]; /* free pages; the rest */
	size_t last, txnid;
};

#define HEAD (sizeof(size_t) + 8)

struct node {
	const unsigned char *key, *data;
	size_t key_n, data_n, child;
	unsigned flags;
};

struct check {
	int fd;
	size_t page_size, pages, last, seen_n;
	unsigned char *seen; /* a bit a page */
	bool freelist, sub;  /* the tree being walked */
};

static bool
pull(const struct check *check, size_t pgno, void *buf, size_t n)
{
	off_t at = (off_t)(pgno * check->page_size);
	size_t got = 0;
	ssize_t r;

	while (got < n) {
		r = pread(
		    check->fd, (char *)buf + got, n - got, at + (off_t)got);
		if (r < 0 && errno == EINTR)
			continue;
		if (r <= 0)
			return false;
		got += (size_t)r;
	}
	return true;
}

/* A page may be used once; this also ends every ring of pages. */
static bool
claim(struct check *check, size_t pgno, bool in_file)
{
	unsigned char bit = (unsigned char)(1U << (pgno & 7));

	if (pgno < 2 || pgno > check->last ||
	    (in_file && pgno >= check->pages) ||
	    (check->seen[pgno >> 3] & bit) != 0)
		return false;
	check->seen[pgno >> 3] |= bit;
	check->seen_n++;
	return true;
}

static bool
node_at(const struct check *check, const unsigned char *page, size_t i,
    bool branch, struct node *out)
{
	uint16_t at, word[4];

	memcpy(&at, page + HEAD + 2 * i, 2);
	if (at < HEAD || at + (size_t)NODE_HEAD > check->page_size)
		return false;
	memcpy(word, page + at, sizeof(word));
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
	out->key = page + at + NODE_HEAD;
	out->data = out->key + out->key_n;
	at += NODE_HEAD;
	if (out->key_n > check->page_size - at)
		return false;
	if (branch)
		return true;
	return ((out->flags & BIG) != 0 ? sizeof(size_t) : out->data_n) <=
	       check->page_size - at - out->key_n;
}

/* A list of free pages: how many, then their numbers, falling. */
static bool
free_list(struct check *check, const unsigned char *data, size_t n)
{
	size_t count, i, pgno, before = NO_PAGE;

	if (n < sizeof(count))
		return false;
	memcpy(&count, data, sizeof(count));
	if (count > n / sizeof(count) - 1)
		return false;
	for (i = 1; i <= count; i++) {
		memcpy(&pgno, data + i * sizeof(pgno), sizeof(pgno));
		if (pgno >= before || !claim(check, pgno, false))
			return false;
		before = pgno;
	}
	return true;
}

static bool
big(struct check *check, const struct node *node)
{
	size_t first, i, n = (HEAD - 1 + node->data_n) / check->page_size + 1;
	unsigned char *copy;
	struct head head;
	uint32_t count;
	bool good;

	memcpy(&first, node->data, sizeof(first));
	for (i = 0; i < n; i++)
		if (!claim(check, first + i, true))
			return false;
	if (!pull(check, first, &head, HEAD))
		return false;
	memcpy(&count, &head.lower, sizeof(count));
	if (head.pgno != first || (head.flags & OVERFLOW) == 0 || count != n)
		return false;
	if (!check->freelist)
		return true;
	copy = malloc(HEAD + node->data_n);
	good = copy != NULL && pull(check, first, copy, HEAD + node->data_n) &&
	       free_list(check, copy + HEAD, node->data_n);
	free(copy);
	return good;
}

static bool walk(struct check *check, size_t pgno, unsigned depth);

static bool
subtree(struct check *check, const struct tree *tree)
{
	if (tree->root == NO_PAGE)
		return true;
	return tree->depth > 0 && tree->depth <= DEPTH_MAX &&
	       walk(check, tree->root, tree->depth);
}

static bool
leaf_node(struct check *check, const struct node *node)
{
	struct tree tree;
	bool good;

	if ((node->flags & ~(unsigned)(BIG | SUB)) != 0)
		return false;
	if ((node->flags & BIG) != 0)
		return big(check, node);
	if (check->freelist)
		return free_list(check, node->data, node->data_n);
	if ((node->flags & SUB) == 0)
		return true;
	if (check->sub || node->data_n != sizeof(tree))
		return false;
	memcpy(&tree, node->data, sizeof(tree));
	check->sub = true;
	good = subtree(check, &tree);
	check->sub = false;
	return good;
}

static bool
sorted(const struct check *check, const struct node *a, const struct node *b)
{
	struct sts_str x = {(const char *)a->key, a->key_n};
	struct sts_str y = {(const char *)b->key, b->key_n};
	size_t i, j;

	if (!check->freelist)
		return sts_table_compare(x, y) < 0;
	if (a->key_n != sizeof(i) || b->key_n != sizeof(j))
		return false;
	memcpy(&i, a->key, sizeof(i));
	memcpy(&j, b->key, sizeof(j));
	return i < j;
}

static bool
nodes(struct check *check, const unsigned char *page, size_t n, unsigned depth)
{
	bool branch = depth > 1;
	struct node node, before = {0};
	size_t i;

	for (i = 0; i < n; i++) {
		if (!node_at(check, page, i, branch, &node))
			return false;
		/* The first key of a branch page is not looked at. */
		if (i > (branch ? 1U : 0U) && !sorted(check, &before, &node))
			return false;
		before = node;
		if (!(branch ? walk(check, node.child, depth - 1)
			     : leaf_node(check, &node)))
			return false;
	}
	return true;
}

static bool
walk(struct check *check, size_t pgno, unsigned depth)
{
	unsigned char *page;
	struct head head;
	size_t n;
	bool good = false;

	if (check->seen_n > PAGES_MAX)
		return true;
	if (!claim(check, pgno, true))
		return false;
	page = malloc(check->page_size);
	if (page == NULL)
		return false;
	if (pull(check, pgno, page, check->page_size)) {
		memcpy(&head, page, HEAD);
		n = (head.lower - HEAD) / 2;
		good = head.pgno == pgno && head.lower >= HEAD &&
		       head.lower <= head.upper &&
		       head.upper <= check->page_size &&
		       head.flags == (depth > 1 ? BRANCH : LEAF) &&
		       n >= (depth > 1 ? 2 : 1) && nodes(check, page, n, depth);
	}
	free(page);
	return good;
}

/* Both meta pages; the later one counts. */
static enum sts_check
metas(struct check *check, struct meta *out, const char **why)
{
	unsigned char buf[HEAD + sizeof(*out)];
	struct head head;
	struct meta meta;
	size_t i;

	check->page_size = 0;
	for (i = 0; i < 2; i++) {
		*why = "no header";
		if (!pull(check, i, buf, sizeof(buf)))
			return STS_CHECK_BAD;
		memcpy(&head, buf, HEAD);
		memcpy(&meta, buf + HEAD, sizeof(meta));
		if ((head.flags & META) == 0 || meta.magic != MAGIC ||
		    meta.version == 0)
			return STS_CHECK_BAD;
		*why = "a format of a later LMDB";
		if (meta.version > FORMAT)
			return STS_CHECK_LATER;
		if (i == 0 || meta.txnid > out->txnid)
			*out = meta;
		check->page_size = out->trees[0].pad;
		*why = "header out of bounds";
		if (check->page_size < 512 || check->page_size > 65536 ||
		    (check->page_size & (check->page_size - 1)) != 0)
			return STS_CHECK_BAD;
	}
	return STS_CHECK_GOOD;
}

static enum sts_check
trees(struct check *check, size_t size, const char **why)
{
	enum sts_check result;
	struct meta meta = {0};

	result = metas(check, &meta, why);
	if (result != STS_CHECK_GOOD)
		return result;
	check->pages = size / check->page_size;
	check->last = meta.last;
	if (meta.last < 1 || meta.last > LAST_MAX)
		return STS_CHECK_BAD;
	check->seen = calloc(1, meta.last / 8 + 1);
	if (check->seen == NULL) {
		errno = ENOMEM;
		return STS_CHECK_ERROR;
	}
	*why = "pages damaged or cut off";
	check->freelist = true;
	if (!subtree(check, &meta.trees[0]))
		return STS_CHECK_BAD;
	check->freelist = false;
	return subtree(check, &meta.trees[1]) ? STS_CHECK_GOOD : STS_CHECK_BAD;
}

enum sts_check
sts_lmdb_check(const char *path, const char **why)
{
	struct check check = {.fd = -1};
	enum sts_check result;
	struct stat st;
	int saved;

	*why = "cannot be read";
	check.fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (check.fd < 0)
		return errno == ENOENT ? STS_CHECK_NEW : STS_CHECK_ERROR;
	if (fstat(check.fd, &st) != 0)
		result = STS_CHECK_ERROR;
	else if (!S_ISREG(st.st_mode))
		result = STS_CHECK_BAD;
	else if (st.st_size == 0)
		result = STS_CHECK_NEW;
	else
		result = trees(&check, (size_t)st.st_size, why);
	saved = errno;
	free(check.seen);
	close(check.fd);
	errno = saved;
	return result;
}
