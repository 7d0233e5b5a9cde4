/* SPDX-License-Identifier: ISC */
#ifndef CHECK_IMPL_H
#define CHECK_IMPL_H

#include "host.h"
#include "items.h"

/* One domain being looked at. */
struct sts_check_one {
	struct sts_checker *checker;
	char domain[STS_DOMAIN_SIZE];
	sts_check_cb *cb;
	void *arg;
	unsigned pending; /* answers that are still to come */
	struct sts_items items;
	bool recorded; /* a record is there, good or bad */
	bool fetched;
	char id[STS_ID_SIZE];
	struct sts_policy *policy;
	enum sts_dns_status mx_status;
	bool mx_secure;
	struct sts_mx mx[STS_MX_MAX];
	size_t n_mx;
	struct sts_mx mx_bad; /* the first of those that name no host */
	size_t n_mx_bad;
	struct sts_check_host *host[STS_MX_MAX]; /* NULL: of a null MX */
	bool tlsrpt;                             /* reports are asked for */
	size_t selector;                         /* which is asked */
	const char *dmarc;           /* the name that is asked, of domain */
	struct sts_check_cert *cert; /* that was seen, and how many */
	size_t n_cert;
};

struct sts_checker {
	struct sts_check_deps deps;
	struct sts_check_config config;
	struct sts_check_hosts hosts;
};

/* domain.c: one of the answers that one waits for has come. */
void sts_check_answered(struct sts_check_one *one);
/* When a question of now has to be answered. */
int64_t sts_check_until(const struct sts_checker *checker, int64_t ms);
/* A TXT question at NAME of the domain; the answer is counted. */
void sts_check_ask(struct sts_check_one *one, const char *name, sts_dns_cb *cb);

/* What the answer is when it is none: item CODE-dns or CODE-forged. */
void sts_check_failed(struct sts_check_one *one, enum sts_check_area area,
    const char *subject, enum sts_dns_status status);
/* " signed (DNSSEC)", " not signed", or "": nobody looked. */
const char *sts_check_signed(const struct sts_checker *checker, bool secure);
/* Findings of a parser, as PREFIX-rule; returns how many errors. */
size_t sts_check_diags(struct sts_check_one *one, enum sts_check_area area,
    const char *subject, const struct sts_diags *diags);
/* A certificate: kept; few days left are PREFIX-certificate-soon. */
void sts_check_keep_cert(struct sts_check_one *one, enum sts_check_area area,
    const char *host, const char *address, const char *tls,
    const struct sts_cert_seen *cert, bool good);

/* record.c, fetch.c, mail.c: what is asked, and what comes of it. */
void sts_check_record(struct sts_check_one *one);
void sts_check_tlsrpt(struct sts_check_one *one);
void sts_check_judge_tlsrpt(struct sts_check_one *one);
void sts_check_fetch(struct sts_check_one *one);
void sts_check_mail(struct sts_check_one *one);
/* mx.c: the MX records, then all else; at the end, what they are against the
 * policy. */
void sts_check_mx(struct sts_check_one *one);
void sts_check_judge_mx(struct sts_check_one *one);
/* host_tell.c, dane.c: what was seen at an MX host. */
void sts_check_tell_host(
    struct sts_check_one *one, const struct sts_check_host *host);
void sts_check_tell_dane(
    struct sts_check_one *one, const struct sts_check_host *host);
/* What the mode makes of a thing that enforce would refuse. */
enum sts_check_grade sts_check_refusal(const struct sts_check_one *one);

#endif
