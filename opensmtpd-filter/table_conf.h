/* SPDX-License-Identifier: ISC */
#ifndef STS_TABLE_CONF_H
#define STS_TABLE_CONF_H

#include <stdint.h>

#define STS_TABLE_SOCKET "/run/stsgate/query.sock"
#define STS_TABLE_WAIT   2000

struct sts_table_conf {
	char socket[108];
	int64_t wait_ms;
};

/* Tells of a line that is passed over. */
typedef void
sts_table_complain(const char *path, unsigned int line, const char *what);

/*
 * Lines "key = value" of the file at path, which need not be there; all that
 * it does not say, or says wrongly, is as by default. path may be NULL.
 *   socket = /run/stsgate/query.sock    query_socket of stsgate.conf
 *   wait = 2                            seconds, with parts, 0 to 10
 */
void sts_table_conf_read(const char *path, struct sts_table_conf *conf,
    sts_table_complain *complain);

#endif
