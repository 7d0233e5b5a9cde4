/* SPDX-License-Identifier: ISC */
#include "rrset.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "input.h"
#include "print.h"

#define FILE_MAX ((size_t)4 << 20)

/* Octets of all strings, or -1 if it is not arrays of strings. */
static json_int_t
count_octets(const json_t *root)
{
	json_int_t n = 0;
	json_t *rr, *string;
	size_t i, j;

	if (!json_is_array(root))
		return -1;
	json_array_foreach (root, i, rr) {
		if (!json_is_array(rr))
			return -1;
		json_array_foreach (rr, j, string) {
			if (!json_is_string(string))
				return -1;
			n += (json_int_t)json_string_length(string);
		}
	}
	return n;
}

static void
join(const json_t *rr, struct sts_str *out, char **room)
{
	json_t *string;
	size_t i;

	out->p = *room;
	json_array_foreach (rr, i, string) {
		memcpy(*room, json_string_value(string),
		    json_string_length(string));
		*room += json_string_length(string);
	}
	out->n = (size_t)(*room - out->p);
}

static int
copy(const json_t *root, struct sts_rrset *out)
{
	json_int_t octets = count_octets(root);
	size_t i, n = json_array_size(root);
	struct sts_str *rrs;
	json_t *rr;
	char *room;

	if (octets < 0)
		return STS_EXIT_USAGE;
	out->block = malloc(n * sizeof(*rrs) + (size_t)octets + 1);
	if (out->block == NULL)
		return STS_EXIT_TEMP;
	rrs = out->block;
	room = (char *)(rrs + n);
	json_array_foreach (root, i, rr) {
		join(rr, &rrs[i], &room);
	}
	out->txt = (struct sts_txt){rrs, n};
	return STS_EXIT_YES;
}

int
sts_rrset_read(const char *path, struct sts_rrset *out)
{
	json_error_t error = {.text = ""};
	struct sts_str text;
	json_t *root;
	int code;

	if (sts_input_file(path, FILE_MAX, &text) != 0)
		return sts_print_trouble(path, strerror(errno));
	root = json_loadb(text.p, text.n, JSON_ALLOW_NUL, &error);
	free((char *)text.p);
	code = root == NULL ? STS_EXIT_USAGE : copy(root, out);
	json_decref(root);
	if (code == STS_EXIT_USAGE)
		sts_print_trouble(path, error.text[0] != '\0'
					    ? error.text
					    : "not an array of arrays of "
					      "strings");
	if (code == STS_EXIT_TEMP)
		sts_print_trouble(path, "out of memory");
	return code;
}

void
sts_rrset_free(struct sts_rrset *set)
{
	free(set->block);
}
