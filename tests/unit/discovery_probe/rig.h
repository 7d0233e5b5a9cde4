/* SPDX-License-Identifier: ISC */
#ifndef RIG_H
#define RIG_H

#include "mx.h"
#include "sts/probe.h"

#define HOST "mta-sts.example.com" /* what the certificates speak of */

#define LONG 20000 /* ms, more than a busy machine makes of anything */

struct got {
	unsigned calls;
	enum sts_probe_status status;
	char result[64], detail[STS_PROBE_DETAIL];
	struct sockaddr_storage addr;
	bool saw; /* a certificate, and this of it */
	char names[STS_CERT_TEXT];
	size_t n_chain, n_key;
};

/* The one that rig_open() made; what a lookup answers without addresses. */
extern struct sts_prober *rig_prober;
extern enum sts_dns_status rig_dns;
extern bool rig_patient; /* the next that rig_open() makes is */

/* Of a group of tests. */
int rig_setup(void **state);
int rig_teardown(void **state);
int64_t rig_mono(void *ctx);
void rig_open(unsigned port, size_t total, size_t per_address, bool guarded);
void rig_close(void);
/* What lookups find from now on. */
void rig_resolve(const char *const *text, size_t n);
/* The callback: arg is a struct got. */
void rig_keep(void *arg, const struct sts_probe_answer *answer);
/* Run the loop until there is an answer. */
void rig_wait(const struct got *got);
void rig_probe(int64_t ms, struct got *got);
/* One server, one prober, one probe. */
struct mx_seen
rig_once(const struct mx_script *script, int64_t ms, struct got *got);

#endif
