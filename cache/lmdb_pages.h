/* SPDX-License-Identifier: ISC */
#ifndef STS_CACHE_LMDB_PAGES_H
#define STS_CACHE_LMDB_PAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STS_NO_PAGE ((size_t)-1)

/* As they lie in a file of LMDB 0.9, data version 1. */
struct sts_page_head {
	size_t pgno;
	uint16_t pad, flags, lower, upper; /* upper: of 32 bits, the count */
};

struct sts_page_tree {
	uint32_t pad;
	uint16_t flags, depth;
	size_t branches, leaves, overflows, entries, root;
};

struct sts_page_meta {
	uint32_t magic, version;
	size_t address, mapsize;
	struct sts_page_tree trees[2]; /* free pages; the rest */
	size_t last, txnid;
};

#define STS_PAGE_HEAD (sizeof(size_t) + 8)

/* The walk over a file. */
struct sts_pages {
	int fd;
	int error; /* errno: could not look, which says nothing of the file */
	size_t page_size, pages; /* pages: that lie in the file */
	size_t last, txnid;      /* of the meta page that counts */
	size_t seen_n;
	unsigned char *seen; /* a bit a page */
	bool freelist, sub;  /* which tree this is */
	bool cut;            /* too long a walk: the rest is taken as is */
};

/* Read the start of a page. False: not there, or error is set. */
bool sts_pages_pull(struct sts_pages *pages, size_t pgno, void *buf, size_t n);
/* Is all that hangs on the root sound? False also when error is set. */
bool sts_pages_tree(struct sts_pages *pages, const struct sts_page_tree *tree);

#endif
