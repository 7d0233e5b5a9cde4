/* SPDX-License-Identifier: ISC */
#ifndef STS_ENGINE_BOUNDS_H
#define STS_ENGINE_BOUNDS_H

/* What is not worth a line in the config file. Seconds but for the _MS. */

#define STS_CLOCK_SLACK    300              /* a stored time may be ahead by */
#define STS_KEEP_EXPIRED   INT64_C(2592000) /* a row outlives its policy by */
#define STS_KEEP_UNUSED    INT64_C(2592000) /* refreshed after the last use */
#define STS_HOLD_DNS_MS    30000            /* SERVFAIL and time-outs */
#define STS_HOLD_BOGUS_MS  10000
#define STS_HOLD_LOCAL_MS  2000  /* our own fault: not the domain's */
#define STS_HOLD_BLIND_MS  5000  /* the store could not be looked in */
#define STS_REFUSED_MS     60000 /* APP-3: so old may a TXT check be */
#define STS_STORE_GET_MS   2000
#define STS_STORE_PUT_MS   5000
#define STS_SWEEP_MS       60000
#define STS_SWEEP_PAUSE_MS 10    /* between two steps of a walk */
#define STS_SWEEP_CROWD_MS 1000  /* when the fetches are taken */
#define STS_SWEEP_STEP     256   /* rows a step */
#define STS_SWEEP_DUE      32    /* refreshes started a step */
#define STS_RESAVE_STEP    64    /* failed puts tried again a sweep */
#define STS_OWN_DELAY_MS   1000  /* of ours in a wait that is theirs */
#define STS_LEASE_WAIT_MS  1000  /* at most, for another host's fetch */
#define STS_LEASE_POLL_MS  50    /* between two looks at it */
#define STS_LEASE_SPARE_MS 10000 /* it lives as long as a fetch, and */
#define STS_PEER_MS        10000 /* a peer's word sets off a fetch, at most */
#define STS_PEER_RATE      100   /* announcements followed in a second */
#define STS_COMPLAIN_MS    60000 /* "no-memory" and such, at most */

#endif
