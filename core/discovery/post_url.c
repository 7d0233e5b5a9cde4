/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "post_impl.h"
#include "sts/tlsrpt.h"

#define SCHEME "https://"

const char sts_post_no_memory[] = "no memory";

/* Nor a backslash, which some take for a slash. */
static bool
is_printable(const char *text)
{
	size_t n = strnlen(text, STS_RUA_TEXT_MAX + 1);

	if (n > STS_RUA_TEXT_MAX)
		return false;
	for (size_t i = 0; i < n; i++)
		if (text[i] <= ' ' || text[i] > '~' || text[i] == '\\')
			return false;
	return true;
}

/* A name, after curl has made addresses of "0x7f.1" and the like. */
static const char *
take_host(CURLU *url, char host[STS_DOMAIN_SIZE])
{
	char *text = NULL;
	enum sts_err err;

	if (curl_url_get(url, CURLUPART_HOST, &text, 0) != CURLUE_OK)
		return "host";
	err = sts_domain_parse(sts_str(text), host);
	curl_free(text);
	if (err == STS_ENOMEM)
		return sts_post_no_memory;
	return err == STS_OK ? NULL : "host";
}

static const char *
check_port(CURLU *url)
{
	char *text = NULL;
	CURLUcode rc = curl_url_get(url, CURLUPART_PORT, &text, 0);
	bool good =
	    rc == CURLUE_NO_PORT || (rc == CURLUE_OK && !strcmp(text, "443"));

	curl_free(text);
	return good ? NULL : "port";
}

static bool
rebuild(CURLU *url, const char *host, unsigned port, char **out)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", port);
	return curl_url_set(url, CURLUPART_HOST, host, 0) == CURLUE_OK &&
	       curl_url_set(url, CURLUPART_PORT, port != 443 ? text : NULL,
		   0) == CURLUE_OK &&
	       curl_url_set(url, CURLUPART_FRAGMENT, NULL, 0) == CURLUE_OK &&
	       curl_url_get(url, CURLUPART_URL, out, 0) == CURLUE_OK;
}

static const char *
read_url(CURLU *url, const char *text, unsigned port,
    char host[STS_DOMAIN_SIZE], char **out)
{
	CURLUcode rc = curl_url_set(url, CURLUPART_URL, text, 0);
	const char *why;

	if (rc != CURLUE_OK)
		return rc == CURLUE_OUT_OF_MEMORY ? sts_post_no_memory : "url";
	if ((why = take_host(url, host)) != NULL ||
	    (why = check_port(url)) != NULL)
		return why;
	return rebuild(url, host, port, out) ? NULL : sts_post_no_memory;
}

const char *
sts_post_url(
    const char *text, unsigned port, char host[STS_DOMAIN_SIZE], char **out)
{
	const char *authority = text + strlen(SCHEME), *why;
	CURLU *url;

	/* curl would make a host of the path. */
	if (!is_printable(text) ||
	    strncasecmp(text, SCHEME, strlen(SCHEME)) != 0 ||
	    authority[0] == '/')
		return "url";
	if (memchr(authority, '@', strcspn(authority, "/?#")) != NULL)
		return "user";
	if ((url = curl_url()) == NULL)
		return sts_post_no_memory;
	why = read_url(url, text, port, host, out);
	curl_url_cleanup(url);
	return why;
}
