/* SPDX-License-Identifier: ISC */
#ifndef WORLD_IMPL_H
#define WORLD_IMPL_H

#include "world.h"

#define NAMES 64

/* What is said of a name. */
struct name {
	char name[64];
	enum sts_dns_status status;
	char text[4][512];
	size_t n_text;
	struct sockaddr_storage addr[2];
	size_t n_addr;
	char canonical[64];
	struct sts_tlsa tlsa[2];
	unsigned char data[2][64];
	size_t n_tlsa;
};

struct probe {
	char address[STS_TRACE_ADDRESS];
	struct sts_probe_answer answer;
	int days;
};

/* All that is said. */
struct said {
	struct name names[NAMES];
	struct sts_mx mx[2];
	size_t n_mx;
	struct sts_mx mx_bad;          /* host "": none */
	enum sts_dns_status mx_status; /* FOUND (0): as n_mx has it */
	struct probe probes[NAMES];
	struct sts_http_answer http;
};

extern struct said said;

/* world_say.c: the entry of a name, a new one if need be. */
struct name *world_name(const char *name);
/* world_net.c: who is asked, with no answer open. */
struct sts_check_deps world_net(void);

#endif
