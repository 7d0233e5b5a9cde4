/* SPDX-License-Identifier: ISC */
#ifndef STS_CALL_H
#define STS_CALL_H

#include <stdbool.h>

#define STS_NAME_SIZE 256 /* a domain or host name in text */

/* What the words of ${dlfunc{...}{stsgate}{WORD}...} ask for. */
enum sts_word {
	STS_WORD_LIST,    /* none: a host list, or an event */
	STS_WORD_GUARD,   /* multi_domain */
	STS_WORD_IGNORE,  /* ignore_target_hosts */
	STS_WORD_REST,    /* its last item */
	STS_WORD_REQUIRE, /* hosts_require_tls */
	STS_WORD_VERIFY,  /* tls_verify_hosts */
	STS_WORD_NAMES,   /* tls_verify_cert_hostnames */
	STS_WORD_INTERFACE,
	STS_WORD_RETRY,   /* retry_include_ip_address */
	STS_WORD_DEFER,   /* fail_defer_domains */
	STS_WORD_DOMAINS, /* a router's domains */
	STS_WORD_SNI,     /* tls_sni */
	STS_WORD_UNKNOWN  /* answered as a temporary failure */
};

/* One call of the module. */
struct sts_call {
	enum sts_word word;
	const char *socket;
	bool deliver;     /* on_unavailable=deliver */
	const char *rest; /* what stands for all other hosts; NULL: "*" */
	bool fixed;       /* domain=NAME: a smart host (RFC 8461 section 3.4) */
	/* The policy domain: domain=NAME or $domain; "" where there is none. */
	char domain[STS_NAME_SIZE];
	char ulabels[STS_NAME_SIZE]; /* how $domain had it, or "" */
	char event[32];              /* $event_name; "" outside of events */
};

/* Read the arguments; pointers may be NULL, argc anything. */
void sts_call_read(struct sts_call *call, int argc, unsigned char *argv[]);

#endif
