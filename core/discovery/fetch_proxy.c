/* SPDX-License-Identifier: ISC */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "fetch_impl.h"

/*
 * http and socks5h alone: both get the policy host's name and resolve it
 * themselves. Other SOCKS kinds would make curl resolve, and an https proxy
 * would be held to the policy host's name by our SSL_CTX callback.
 */
static bool
known_scheme(const char *scheme)
{
	return strcmp(scheme, "http") == 0 || strcmp(scheme, "socks5h") == 0;
}

static bool
is_address(const char *host)
{
	unsigned char octets[16];

	return host[0] == '[' || inet_pton(AF_INET, host, octets) == 1;
}

static enum sts_err
take(struct sts_fetcher *f, CURLU *url)
{
	char *scheme = NULL, *host = NULL, *port = NULL;
	enum sts_err err = STS_EINVAL;

	/* The port is asked for, because curl's default (1080) surprises. */
	if (curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
	    curl_url_get(url, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
	    curl_url_get(url, CURLUPART_PORT, &port, 0) == CURLUE_OK &&
	    known_scheme(scheme)) {
		f->proxy_port = (unsigned)strtoul(port, NULL, 10);
		err = STS_OK;
		if (!is_address(host) && (f->proxy_host = strdup(host)) == NULL)
			err = STS_ENOMEM;
	}
	curl_free(scheme);
	curl_free(host);
	curl_free(port);
	return err;
}

enum sts_err
sts_fetch_proxy(struct sts_fetcher *f, const char *text)
{
	CURLU *url = curl_url();
	enum sts_err err = STS_EINVAL;

	if (url == NULL || (f->proxy = strdup(text)) == NULL)
		err = STS_ENOMEM;
	else if (curl_url_set(url, CURLUPART_URL, text,
		     CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK)
		err = take(f, url);
	curl_url_cleanup(url);
	/* Not the text itself: it may hold a password. */
	if (err == STS_EINVAL)
		sts_log(f->log, STS_LOG_ERROR, "fetch-proxy",
		    "text=\"want http://HOST:PORT or socks5h://HOST:PORT\"");
	return err;
}
