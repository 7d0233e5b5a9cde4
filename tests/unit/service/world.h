/* SPDX-License-Identifier: ISC */
#ifndef WORLD_H
#define WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>
#include <event2/event.h>

#include "sts/cache.h"
#include "sts/service.h"
#define WORLD_WALL   INT64_C(1800000000) /* when it begins */
#define WORLD_RULES  16
#define WORLD_TIMERS 512

/* What is true of a domain, by a rule line; see world_rule(). */
struct rule {
	char domain[256], mode[16], id[40], mx[8192], hosts[512], dns[16],
	    hosts_dns[16], http[16], tlsrpt[16], tlsa[16];
	int64_t slow, hosts_slow, tlsa_slow, tlsrpt_slow, tlsrpt_ttl, max_age;
};

struct world {
	int64_t mono, ahead; /* ms since the beginning; s of the wall clock */
	struct sts_timer *timer[WORLD_TIMERS];
	bool no_timer, stopped; /* no_timer: the service can have none */
	struct rule rule[WORLD_RULES];
	size_t n_timers, n_rules, n_probes;
	struct probe_rule {
		char host[256], result[40], detail[STS_PROBE_DETAIL];
		int64_t slow;
	} probe[WORLD_RULES];
	size_t txt_asked, tlsrpt_asked, fetched, probed;
	char probed_hosts[4096]; /* each with a space */
	char log[4096];
	struct sts_log sink;
	struct event_base *base;
	struct sts_clock clock;
	struct sts_dns dns;
	struct sts_store store;
	struct sts_engine *engine;
	struct sts_recording recording;
	struct sts_service *service;
	struct sts_service_config config;
	const struct sts_http_answer *http; /* NULL: by the rules */
	char reload_text[64];               /* "" : a reload succeeds */
	char dir[40], config_text[4096]; /* of files, "" until there is one */
};

struct world *world_new(void);
struct world *world_new_in(struct sts_shared shared); /* of a cluster */
struct world *world_new_counting(void); /* results are, for reports */
/* Fails the test if something was logged and not taken. */
void world_free(struct world *world);
/*
 * "DOMAIN [enforce|testing|none] [id=] [mx=A,B] [max_age=] [dns=servfail|
 * timeout|bogus] [http=404] [hosts=10:A,20:B or .] [hosts-dns=servfail]
 * [slow=MS] [hosts-slow=MS] [tlsrpt=yes|other|servfail] [tlsrpt-slow=MS]
 * [tlsrpt-ttl=N] [tlsa=secure|insecure|bogus] [tlsa-slow=MS]": without a mode
 * it has no record. "*", first: all. */
void world_rule(struct world *world, const char *line);
/* "HOST good|unreachable|local|RESULT [DETAIL|-] [MS]"; without one: good. */
void world_probe(struct world *world, const char *line);
/* One line more of stsgate.conf, which is read anew; DIR is world->dir. */
void world_config(struct world *world, const char *line);
void world_no_config(struct world *world); /* nothing in it any more */
/* "NAME TEXT": a file in world->dir; '|' ends a line. */
void world_file(struct world *world, const char *line);
void world_config_end(struct world *world);
/* A client's end of a connection to the service. */
int world_connect(struct world *world, bool admin);
/* Let the loop do what there is to do now. */
void world_pump(struct world *world);
/* Turn the hands, firing what is due on the way. */
void world_pass(struct world *world, int64_t ms);
void world_write(struct world *world, int fd, const char *text);
/* What has come; malloc'd. *eof: and nothing more will. */
char *world_read(struct world *world, int fd, bool *eof);
void world_expect(struct world *world, int fd, const char *text);
void world_expect_end(struct world *world, int fd, const char *text);
void world_expect_log(struct world *world, const char *part);

#endif
