/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "exim.h"

static const char *
try(char *buf, size_t size, const char *folder, size_t n, const char *name)
{
	int need = snprintf(buf, size, "%.*s/%s", (int)n, folder, name);

	if (need < 0 || (size_t)need >= size || access(buf, X_OK) != 0)
		return NULL;
	return buf;
}

const char *
sts_exim_find(char *buf, size_t size)
{
	const char *path = getenv("PATH");
	char folders[4096];
	const char *p;

	snprintf(folders, sizeof(folders),
	    "%s:/usr/sbin:/usr/local/sbin:", path != NULL ? path : "/usr/bin");
	for (p = folders; *p != '\0';) {
		size_t n = strcspn(p, ":");

		if (n > 0 && (try(buf, size, p, n, "exim4") != NULL ||
				 try(buf, size, p, n, "exim") != NULL))
			return buf;
		p += p[n] == ':' ? n + 1 : n;
	}
	return NULL;
}
