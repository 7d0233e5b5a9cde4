/* SPDX-License-Identifier: ISC */
#include "sts/fetch.h"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <stdlib.h>
#include <string.h>

#include "fetch_impl.h"

/* Better to learn it now than by the first domain's failure. */
static enum sts_err
check_ca_file(const struct sts_log *log, const char *path)
{
	X509_STORE *store = X509_STORE_new();
	enum sts_err err = STS_OK;
	char text[256];

	if (store == NULL)
		return STS_ENOMEM;
	if (path == NULL || X509_STORE_load_file(store, path) != 1) {
		sts_str_escape(
		    sts_str(path != NULL ? path : ""), text, sizeof(text));
		sts_log(log, STS_LOG_ERROR, "fetch-ca", "file=\"%s\"", text);
		err = STS_EINVAL;
	}
	X509_STORE_free(store);
	ERR_clear_error();
	return err;
}

static enum sts_err
fill(struct sts_fetcher *f, const struct sts_fetch_config *config)
{
	enum sts_err err;

	if ((err = check_ca_file(f->log, config->ca_file)) != STS_OK)
		return err;
	if ((f->ca_file = strdup(config->ca_file)) == NULL)
		return STS_ENOMEM;
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return STS_ENOMEM;
	f->curl_up = true;
	if (config->proxy != NULL &&
	    (err = sts_fetch_proxy(f, config->proxy)) != STS_OK)
		return err;
	return sts_fetch_loop_open(f);
}

enum sts_err
sts_fetcher_new(struct event_base *base, const struct sts_fetch_config *config,
    struct sts_addresses addresses, struct sts_clock clock,
    const struct sts_log *log, struct sts_fetcher **out)
{
	struct sts_fetcher *f = calloc(1, sizeof(*f));
	enum sts_err err;

	if (f == NULL)
		return STS_ENOMEM;
	f->base = base;
	f->addresses = addresses;
	f->clock = clock;
	f->log = log;
	f->guard = config->guard;
	f->port = config->port;
	f->per_address_max = config->per_address_max;
	f->patient = config->patient;
	TAILQ_INIT(&f->open);
	TAILQ_INIT(&f->waiting);
	if ((err = fill(f, config)) != STS_OK) {
		sts_fetcher_free(f);
		return err;
	}
	*out = f;
	return STS_OK;
}

void
sts_fetcher_free(struct sts_fetcher *f)
{
	struct sts_http_request *req;

	if (f == NULL)
		return;
	f->closing = true;
	while ((req = TAILQ_FIRST(&f->open)) != NULL ||
	       (req = TAILQ_FIRST(&f->waiting)) != NULL)
		sts_fetch_answer(req, STS_HTTP_LOCAL, "closing");
	f->doomed = true;
	if (f->busy)
		return; /* the loop calls again when it is through */
	sts_fetch_loop_close(f);
	if (f->curl_up)
		curl_global_cleanup();
	free(f->ca_file);
	free(f->proxy);
	free(f->proxy_host);
	free(f);
}

struct sts_http
sts_fetcher_http(struct sts_fetcher *f)
{
	return (struct sts_http){&sts_fetch_ops, f};
}

void
sts_fetcher_use(struct sts_fetcher *f, struct sts_addresses addresses)
{
	f->addresses = addresses;
}
