/* SPDX-License-Identifier: ISC */
#ifndef STS_ENGINE_PEER_H
#define STS_ENGINE_PEER_H

#include "flight.h"

/*
 * What the other hosts of a cluster say of a domain (shared.h), and how far
 * it is believed: taken as it is where no policy holds; the same policy
 * fetched later lives longer; one that differs from a policy that holds is
 * never applied, it is a reason to fetch at once.
 */

/* Hear what others announce, or no more. Nothing without a shared level. */
void sts_peer_listen(struct sts_engine *engine, bool on);
/*
 * Look at their copy, if that may help: where something is to be asked
 * (stop: nothing is), or a peer has announced something. Ends in
 * sts_flight_loaded(), maybe inside the call. False: not worth it.
 */
bool sts_peer_ask(struct sts_flight *flight, bool stop);
enum sts_peer_word {
	STS_PEER_NOTHING,  /* no news, or none that may be believed */
	STS_PEER_TAKEN,    /* it holds now */
	STS_PEER_EXTENDED, /* what we have is found unchanged */
	STS_PEER_DIFFERS   /* the flight has to fetch, by itself */
};

/* Judge their copy, and do what follows from it. */
enum sts_peer_word
sts_peer_take(struct sts_flight *flight, const struct sts_store_item *item);
/* Our own TXT check found the policy unchanged. */
void sts_peer_tell(const struct sts_dom *dom);

#endif
