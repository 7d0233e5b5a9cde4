/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "print.h"
#include "publish.h"

#define STRING_MAX 255 /* octets of a character-string in DNS */

/* DOMAIN and URL stand for those of the domain. */
static const char *const first_steps[] = {
    "Put the policy file on the web server, with the server block, a "
    "certificate for the policy host and its address in DNS.",
    "Look whether it is served: curl -i URL says 200, text/plain, and no "
    "redirection.",
    "Then publish the records: senders read the policy when they see the id.",
    "stsgate check DOMAIN tells whether all fits together. Each later change: "
    "the policy file first, then a new id in the record.",
    "A new MX goes into the policy, and the policy to the senders (a new id, "
    "a day), before it goes into the MX records; an old one the other way.",
    NULL,
};

static const char *const testing_step[] = {
    "After some weeks of reports without failures: --mode enforce.", NULL};

/* RFC 8461 section 8.3 */
static const char *const last_steps[] = {
    "Put this policy in the place of the old one, then the record with the new "
    "id.",
    "Leave both until the max_age of the old policy and of this one are over.",
    "Then take away the record, and then the policy host.",
    NULL,
};

const char *const *
sts_publish_order(const struct sts_publish *publish)
{
	return publish->mode == STS_MODE_NONE ? last_steps : first_steps;
}

/* As in a zone file: strings of at most 255 octets, quoted. */
static void
print_record(const char *name, const char *domain, const char *text)
{
	size_t i, n = strlen(text);

	printf("    %s.%s. %d IN TXT", name, domain, STS_PUBLISH_TTL);
	for (i = 0; i < n; i++) {
		if (i % STRING_MAX == 0)
			fputs(i == 0 ? " \"" : "\" \"", stdout);
		if (text[i] == '"' || text[i] == '\\')
			putchar('\\');
		putchar(text[i]);
	}
	puts("\"");
}

static void
print_indented(const char *text)
{
	struct sts_str rest = sts_str(text), line;

	while (sts_policy_next_line(&rest, &line))
		printf("    %.*s\n", (int)line.n, line.p);
}

/* The step with what stands for a name replaced, for free(), or NULL. */
static char *
step_text(const struct sts_publish *publish, const char *step)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (out == NULL)
		return NULL;
	while (*step != '\0')
		if (strncmp(step, "DOMAIN", 6) == 0) {
			fputs(publish->domain, out);
			step += 6;
		} else if (strncmp(step, "URL", 3) == 0) {
			fprintf(out, "https://mta-sts.%s" STS_PUBLISH_PATH,
			    publish->domain);
			step += 3;
		} else {
			putc(*step++, out);
		}
	if (fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}

static void
print_steps(const struct sts_publish *publish, const char *const *steps, int *n)
{
	char *text;

	for (; *steps != NULL; steps++) {
		text = step_text(publish, *steps);
		printf("%2d. %s\n", ++*n, text == NULL ? *steps : text);
		free(text);
	}
}

void
sts_publish_print(const struct sts_publish *publish)
{
	enum sts_server server;
	char *block;
	int n = 0;

	printf("policy file " STS_PUBLISH_FOLDER STS_PUBLISH_PATH
	       ", as https://mta-sts.%s" STS_PUBLISH_PATH "\n\n",
	    publish->domain);
	print_indented(publish->policy);
	printf("\nrecords\n\n");
	print_record("_mta-sts", publish->domain, publish->record);
	print_record("_smtp._tls", publish->domain, publish->tlsrpt);
	for (server = 0; server < STS_SERVERS; server++) {
		block = sts_server_block(publish, server);
		printf("\n%s\n\n", sts_server_name(server));
		print_indented(block == NULL ? "" : block);
		free(block);
	}
	printf("\norder\n\n");
	print_steps(publish, sts_publish_order(publish), &n);
	if (publish->mode == STS_MODE_TESTING)
		print_steps(publish, testing_step, &n);
}

static json_t *
record_json(const char *name, const char *domain, const char *text)
{
	char full[STS_DOMAIN_SIZE + 16];

	(void)snprintf(full, sizeof(full), "%s.%s", name, domain);
	return json_pack("{ss ss si ss}", "name", full, "type", "TXT", "ttl",
	    STS_PUBLISH_TTL, "value", text);
}

static json_t *
servers_json(const struct sts_publish *publish)
{
	json_t *object = json_object();
	enum sts_server server;

	for (server = 0; server < STS_SERVERS; server++) {
		char *block = sts_server_block(publish, server);
		int failed = block == NULL || json_object_set_new(object,
						  sts_server_name(server),
						  json_string(block)) != 0;

		free(block);
		if (failed) {
			json_decref(object);
			return NULL;
		}
	}
	return object;
}

static void
add_steps(
    const struct sts_publish *publish, json_t *list, const char *const *steps)
{
	char *text;

	for (; *steps != NULL; steps++) {
		text = step_text(publish, *steps);
		(void)json_array_append_new(list, json_string(text));
		free(text);
	}
}

static json_t *
order_json(const struct sts_publish *publish)
{
	json_t *list = json_array();

	add_steps(publish, list, sts_publish_order(publish));
	if (publish->mode == STS_MODE_TESTING)
		add_steps(publish, list, testing_step);
	return list;
}

int
sts_publish_json(const struct sts_publish *publish)
{
	char url[STS_DOMAIN_SIZE + 48];

	(void)snprintf(url, sizeof(url), "https://mta-sts.%s" STS_PUBLISH_PATH,
	    publish->domain);
	return sts_print_json(
	    json_pack("{ss ss ss ss s[oo] so so}", "domain", publish->domain,
		"url", url, "file", STS_PUBLISH_FOLDER STS_PUBLISH_PATH,
		"policy", publish->policy, "records",
		record_json("_mta-sts", publish->domain, publish->record),
		record_json("_smtp._tls", publish->domain, publish->tlsrpt),
		"server", servers_json(publish), "order", order_json(publish)),
	    STS_EXIT_YES);
}
