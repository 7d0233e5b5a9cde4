/* SPDX-License-Identifier: ISC */
#ifndef STS_ACTIVATION_H
#define STS_ACTIVATION_H

#include <stddef.h>
#include <stdint.h>

/*
 * What the init system tells by the environment (sd_listen_fds(3),
 * sd_notify(3)), spoken without its library.
 */

/*
 * Put handed-over listening UNIX sockets where their names stand in names, or
 * in order when they have none; what is not there stays as it was. The
 * variables are taken out of the environment.
 */
void sts_activation_take(const char *const *names, size_t n, int *fd);

/* Send a state such as "READY=1"; nothing happens without NOTIFY_SOCKET. Waits
 * a moment for room there, so that a change of state is not lost. */
void sts_notify(const char *state);
/* A sign of life: lost if there is no room. */
void sts_notify_alive(void);
/* RELOADING=1 with the time that it demands. */
void sts_notify_reloading(void);
/* Milliseconds between two signs of life, 0: none are wanted. */
int64_t sts_notify_watchdog(void);

#endif
