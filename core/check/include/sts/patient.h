/* SPDX-License-Identifier: ISC */
#ifndef STS_PATIENT_H
#define STS_PATIENT_H

#include "sts/addresses.h"
#include "sts/clock.h"

/*
 * DNS that waits for its turn: where our own limit answers (STS_DNS_LOCAL, and
 * at once), the question is put again each second, for a minute at most. Name
 * servers that are dead hold places for longer than anybody waits for them.
 * What timed out is asked once more: it may have stood behind such.
 */
struct sts_patient;

/* NULL: out of memory. To be freed when no question is open. */
struct sts_patient *sts_patient_new(
    struct sts_dns dns, struct sts_addresses addresses, struct sts_clock clock);
void sts_patient_free(struct sts_patient *patient);
struct sts_dns sts_patient_dns(struct sts_patient *patient);
struct sts_addresses sts_patient_addresses(struct sts_patient *patient);

#endif
