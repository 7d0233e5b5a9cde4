/* SPDX-License-Identifier: ISC */
#include "sts/dns.h"
#include "sts/http.h"
#include "sts/log.h"

const char *
sts_dns_status_name(enum sts_dns_status status)
{
	switch (status) {
	case STS_DNS_FOUND:
		return "found";
	case STS_DNS_ABSENT:
		return "absent";
	case STS_DNS_SERVFAIL:
		return "servfail";
	case STS_DNS_TIMEOUT:
		return "timeout";
	case STS_DNS_BOGUS:
		return "bogus";
	case STS_DNS_LOCAL:
		break;
	}
	return "local";
}

const char *
sts_http_status_name(enum sts_http_status status)
{
	switch (status) {
	case STS_HTTP_OK:
		return "ok";
	case STS_HTTP_FETCH:
		return "sts-policy-fetch-error";
	case STS_HTTP_WEBPKI:
		return "sts-webpki-invalid";
	case STS_HTTP_INVALID:
		return "sts-policy-invalid";
	case STS_HTTP_LOCAL:
		break;
	}
	return "local";
}

const char *
sts_level_name(enum sts_level level)
{
	static const char *const names[] = {
	    "debug", "info", "notice", "warning", "error"};

	return (size_t)level < sizeof(names) / sizeof(names[0]) ? names[level]
								: "error";
}
