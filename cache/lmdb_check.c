/* SPDX-License-Identifier: ISC */
/*
 * LMDB maps its file and believes what it reads there: a wrong page number or
 * a file cut short ends in SIGSEGV, SIGBUS or abort(). So the structure is
 * walked by plain reads before LMDB may open the file: every page that can be
 * reached lies within the file and is used once, every node lies within its
 * page, keys are in order. The values have checksums of ours.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lmdb.h"
#include "lmdb_pages.h"

#define MAGIC         0xBEEFC0DEU
#define FORMAT        1
#define META          0x08
#define PAGE_SIZE_MIN 512
#define PAGE_SIZE_MAX 32768
#define LAST_MAX      ((size_t)1 << 26) /* far more than the map holds */

static enum sts_check
meta_at(struct sts_pages *pages, size_t i, struct sts_page_meta *meta,
    const char **why)
{
	unsigned char buf[STS_PAGE_HEAD + sizeof(*meta)];
	struct sts_page_head head;

	*why = "no header";
	if (!sts_pages_pull(pages, i, buf, sizeof(buf)))
		return STS_CHECK_BAD;
	memcpy(&head, buf, STS_PAGE_HEAD);
	memcpy(meta, buf + STS_PAGE_HEAD, sizeof(*meta));
	if ((head.flags & META) == 0 || meta->magic != MAGIC ||
	    meta->version == 0)
		return STS_CHECK_BAD;
	*why = "a format of a later LMDB";
	return meta->version > FORMAT ? STS_CHECK_LATER : STS_CHECK_GOOD;
}

/* Both meta pages; the later one counts. */
static enum sts_check
metas(struct sts_pages *pages, struct sts_page_meta *out, const char **why)
{
	enum sts_check result;
	struct sts_page_meta meta;
	size_t i, size;

	for (i = 0; i < 2; i++) {
		result = meta_at(pages, i, &meta, why);
		if (result != STS_CHECK_GOOD)
			return result;
		size = meta.trees[0].pad;
		*why = "header out of bounds";
		if (size < PAGE_SIZE_MIN || size > PAGE_SIZE_MAX ||
		    (size & (size - 1)) != 0 || meta.last < 1 ||
		    meta.last > LAST_MAX ||
		    (i == 1 && size != pages->page_size))
			return STS_CHECK_BAD;
		pages->page_size = size;
		if (i == 0 || meta.txnid > out->txnid)
			*out = meta;
	}
	return STS_CHECK_GOOD;
}

static enum sts_check
trees(struct sts_pages *pages, size_t size, const char **why)
{
	struct sts_page_meta meta = {0};
	enum sts_check result = metas(pages, &meta, why);
	bool good;

	if (result != STS_CHECK_GOOD)
		return result;
	pages->pages = size / pages->page_size;
	pages->last = meta.last;
	pages->txnid = meta.txnid;
	pages->seen = calloc(1, meta.last / 8 + 1);
	if (pages->seen == NULL) {
		pages->error = ENOMEM;
		return STS_CHECK_BAD;
	}
	*why = "pages damaged or cut off";
	pages->freelist = true;
	good = sts_pages_tree(pages, &meta.trees[0]);
	pages->freelist = false;
	good = good && sts_pages_tree(pages, &meta.trees[1]);
	return good ? STS_CHECK_GOOD : STS_CHECK_BAD;
}

static enum sts_check
check_open_file(struct sts_pages *pages, const char **why)
{
	struct stat st;
	enum sts_check result;

	if (fstat(pages->fd, &st) != 0)
		return STS_CHECK_ERROR;
	if (!S_ISREG(st.st_mode))
		return STS_CHECK_BAD;
	if (st.st_size == 0)
		return STS_CHECK_NEW;
	result = trees(pages, (size_t)st.st_size, why);
	if (pages->error != 0) {
		errno = pages->error;
		return STS_CHECK_ERROR;
	}
	return result;
}

enum sts_check
sts_lmdb_check(const char *path, const char **why)
{
	struct sts_pages pages = {0};
	enum sts_check result;
	int saved;

	*why = "not a file";
	pages.fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (pages.fd < 0)
		return errno == ENOENT ? STS_CHECK_NEW : STS_CHECK_ERROR;
	result = check_open_file(&pages, why);
	saved = errno;
	free(pages.seen);
	close(pages.fd);
	errno = saved;
	return result;
}
