/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>

#include "sts/patient.h"

/* Milliseconds: how often, how long; and what is at once. */
#define EVERY   1000
#define AT_MOST 60000
#define AT_ONCE 500

struct sts_patient {
	struct sts_dns dns;
	struct sts_addresses addresses;
	struct sts_clock clock;
};

typedef struct sts_dns_query *dns_fn(
    void *ctx, const char *name, int64_t deadline, sts_dns_cb *cb, void *arg);

struct ask {
	struct sts_patient *patient;
	dns_fn *fn; /* NULL: it is for addresses */
	sts_dns_cb *dns_cb;
	sts_address_cb *address_cb;
	void *arg;
	int64_t first, began, span; /* span: what one try may take */
	struct sts_dns_query *dns;
	struct sts_address_query *address;
	struct sts_timer *timer; /* the next try */
	bool late;               /* a try has timed out already */
	bool inside;             /* a call that may answer at once */
	bool told;               /* it did, and so this is to be freed */
	char name[STS_DOMAIN_SIZE * 2];
};

static void put(struct ask *ask);

static int64_t
now(const struct sts_patient *patient)
{
	return patient->clock.ops->mono(patient->clock.ctx);
}

static void
on_timer(void *arg)
{
	struct ask *ask = arg;

	ask->timer = NULL;
	put(ask);
	if (ask->told)
		free(ask);
}

/* When to try again; negative: this answer it is. */
static int64_t
next_try(struct ask *ask, enum sts_dns_status status)
{
	int64_t at = now(ask->patient);

	if (status == STS_DNS_TIMEOUT && !ask->late) {
		ask->late = true;
		return at;
	}
	if (status != STS_DNS_LOCAL || at - ask->began > AT_ONCE ||
	    at - ask->first > AT_MOST)
		return -1;
	return at + EVERY;
}

static bool
again(struct ask *ask, enum sts_dns_status status)
{
	struct sts_clock clock = ask->patient->clock;
	int64_t at = next_try(ask, status);

	ask->dns = NULL;
	ask->address = NULL;
	if (at >= 0)
		ask->timer = clock.ops->timer(clock.ctx, at, on_timer, ask);
	return ask->timer != NULL;
}

static void
done(struct ask *ask)
{
	if (ask->inside)
		ask->told = true;
	else
		free(ask);
}

static void
on_dns(void *arg, const struct sts_dns_answer *answer)
{
	struct ask *ask = arg;

	if (again(ask, answer->status))
		return;
	ask->dns_cb(ask->arg, answer);
	done(ask);
}

static void
on_address(void *arg, const struct sts_address_answer *answer)
{
	struct ask *ask = arg;

	if (again(ask, answer->status))
		return;
	ask->address_cb(ask->arg, answer);
	done(ask);
}

static void
put(struct ask *ask)
{
	struct sts_patient *patient = ask->patient;
	struct sts_dns_query *dns = NULL;
	struct sts_address_query *address = NULL;

	ask->began = now(patient);
	ask->inside = true;
	if (ask->fn != NULL)
		dns = ask->fn(patient->dns.ctx, ask->name,
		    ask->began + ask->span, on_dns, ask);
	else
		address = patient->addresses.ops->lookup(patient->addresses.ctx,
		    ask->name, ask->began + ask->span, on_address, ask);
	ask->inside = false;
	if (ask->told || ask->timer != NULL)
		return;
	ask->dns = dns;
	ask->address = address;
}

/* NULL: out of memory. */
static struct ask *
make(struct sts_patient *patient, dns_fn *fn, const char *name,
    int64_t deadline, void *arg)
{
	struct ask *ask = calloc(1, sizeof(*ask));

	if (ask == NULL)
		return NULL;
	ask->patient = patient;
	ask->fn = fn;
	ask->arg = arg;
	ask->first = now(patient);
	ask->span = deadline - ask->first;
	(void)snprintf(ask->name, sizeof(ask->name), "%s", name);
	return ask;
}

/* What the caller gets: NULL where it has been told already. */
static struct ask *
begun(struct ask *ask)
{
	put(ask);
	if (!ask->told)
		return ask;
	free(ask);
	return NULL;
}

static struct sts_dns_query *
ask_dns(struct sts_patient *patient, dns_fn *fn, const char *name,
    int64_t deadline, sts_dns_cb *cb, void *arg)
{
	struct sts_dns_answer local = {.status = STS_DNS_LOCAL};
	struct ask *ask = make(patient, fn, name, deadline, arg);

	if (ask == NULL) {
		cb(arg, &local);
		return NULL;
	}
	ask->dns_cb = cb;
	return (struct sts_dns_query *)(void *)begun(ask);
}

static struct sts_dns_query *
txt(void *ctx, const char *name, int64_t deadline, sts_dns_cb *cb, void *arg)
{
	struct sts_patient *patient = ctx;

	return ask_dns(patient, patient->dns.ops->txt, name, deadline, cb, arg);
}

static struct sts_dns_query *
mx(void *ctx, const char *name, int64_t deadline, sts_dns_cb *cb, void *arg)
{
	struct sts_patient *patient = ctx;

	return ask_dns(patient, patient->dns.ops->mx, name, deadline, cb, arg);
}

static struct sts_dns_query *
tlsa(void *ctx, const char *name, int64_t deadline, sts_dns_cb *cb, void *arg)
{
	struct sts_patient *patient = ctx;

	return ask_dns(
	    patient, patient->dns.ops->tlsa, name, deadline, cb, arg);
}

static struct sts_address_query *
lookup(void *ctx, const char *host, int64_t deadline, sts_address_cb *cb,
    void *arg)
{
	struct sts_address_answer local = {.status = STS_DNS_LOCAL};
	struct ask *ask = make(ctx, NULL, host, deadline, arg);

	if (ask == NULL) {
		cb(arg, &local);
		return NULL;
	}
	ask->address_cb = cb;
	return (struct sts_address_query *)(void *)begun(ask);
}

static void
cancel(struct ask *ask)
{
	struct sts_patient *patient = ask->patient;

	patient->clock.ops->cancel(patient->clock.ctx, ask->timer);
	if (ask->dns != NULL)
		patient->dns.ops->cancel(patient->dns.ctx, ask->dns);
	if (ask->address != NULL)
		patient->addresses.ops->cancel(
		    patient->addresses.ctx, ask->address);
	free(ask);
}

static void
cancel_dns(void *ctx, struct sts_dns_query *query)
{
	(void)ctx;
	cancel((struct ask *)(void *)query);
}

static void
cancel_address(void *ctx, struct sts_address_query *query)
{
	(void)ctx;
	cancel((struct ask *)(void *)query);
}

struct sts_patient *
sts_patient_new(
    struct sts_dns dns, struct sts_addresses addresses, struct sts_clock clock)
{
	struct sts_patient *patient = calloc(1, sizeof(*patient));

	if (patient == NULL)
		return NULL;
	patient->dns = dns;
	patient->addresses = addresses;
	patient->clock = clock;
	return patient;
}

void
sts_patient_free(struct sts_patient *patient)
{
	free(patient);
}

struct sts_dns
sts_patient_dns(struct sts_patient *patient)
{
	static const struct sts_dns_ops ops = {
	    .txt = txt, .mx = mx, .tlsa = tlsa, .cancel = cancel_dns};

	return (struct sts_dns){&ops, patient};
}

struct sts_addresses
sts_patient_addresses(struct sts_patient *patient)
{
	static const struct sts_addresses_ops ops = {lookup, cancel_address};

	return (struct sts_addresses){&ops, patient};
}
