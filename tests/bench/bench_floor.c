/* SPDX-License-Identifier: ISC */
/*
 * What the libraries alone cost in memory: a program that does one fetch by
 * libcurl, with the CA file parsed once, and one question by libunbound as it
 * is set up by default but for the name server, and nothing else.
 * bench_floor HOST ADDRESS SERVER; prints the lines of /proc/self/status.
 */
#include <curl/curl.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unbound.h>

static void
must(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "bench_floor: %s\n", what);
	exit(1);
}

static size_t
swallow(char *text, size_t size, size_t n, void *arg)
{
	(void)text;
	(void)arg;
	return size * n;
}

static void
fetch(CURL *easy, const char *host, const char *address)
{
	char url[512], resolve[512];
	struct curl_slist *list;

	snprintf(url, sizeof(url), "https://%s/.well-known/mta-sts.txt", host);
	snprintf(resolve, sizeof(resolve), "+%s:443:%s", host, address);
	list = curl_slist_append(NULL, resolve);
	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_easy_setopt(easy, CURLOPT_RESOLVE, list);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, swallow);
	curl_easy_setopt(easy, CURLOPT_CA_CACHE_TIMEOUT, -1L);
	curl_easy_setopt(
	    easy, CURLOPT_CAINFO, "/etc/ssl/certs/ca-certificates.crt");
	curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
	must(curl_easy_perform(easy) == CURLE_OK, url);
	curl_slist_free_all(list);
}

static void
ask(struct ub_ctx *ctx, const char *server)
{
	struct ub_result *result;

	must(ctx != NULL && ub_ctx_set_fwd(ctx, server) == 0, server);
	ub_ctx_set_option(ctx, "do-not-query-localhost:", "no");
	must(ub_resolve(ctx, "example.", 6, 1, &result) == 0, "resolve");
	ub_resolve_free(result);
}

int
main(int argc, char **argv)
{
	char line[256];
	CURL *easy;
	FILE *in;

	must(argc == 4, "HOST ADDRESS SERVER");
	curl_global_init(CURL_GLOBAL_DEFAULT);
	ask(ub_ctx_create(), argv[3]);
	easy = curl_easy_init();
	must(easy != NULL, "curl");
	fetch(easy, argv[1], argv[2]);
	malloc_trim(0);
	in = fopen("/proc/self/status", "r");
	must(in != NULL, "status");
	while (fgets(line, sizeof(line), in) != NULL)
		fputs(line, stdout);
	return 0;
}
