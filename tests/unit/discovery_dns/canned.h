/* SPDX-License-Identifier: ISC */
#ifndef CANNED_H
#define CANNED_H

#include "authority.h"

/* An authority_answer: the first label of the name tells what comes. */
bool canned(
    void *arg, const struct authority_question *asked, struct packet *packet);

#endif
