/* SPDX-License-Identifier: MIT */
#include "core/relay/outstanding.h"

#include <openssl/crypto.h>

void relay_outstanding_init(relay_outstanding *o)
{
	*o = (relay_outstanding){ 0 };
}

/* Empty places and those that are not waited for come first. */
static uint64_t waits_ms(const relay_request *q)
{
	return !q->id ? 0 : q->until_ms == UINT64_MAX ? 1 : q->until_ms;
}

void relay_outstanding_add(relay_outstanding *o, uint64_t now_ms, const relay_request *q)
{
	relay_request *oldest = &o->list[0];

	for (unsigned i = 1; i < RELAY_OUTSTANDING; i++)
		if (waits_ms(&o->list[i]) < waits_ms(oldest))
			oldest = &o->list[i];
	*oldest = *q;
	oldest->until_ms = now_ms + REG_RELAY_WAITS_MS;
}

/* A reply with code 133 has home's time in the upper half (RFC 5944 5.7.1). */
const relay_request *relay_outstanding_find(const relay_outstanding *o, uint64_t reply_id)
{
	for (unsigned i = 0; i < RELAY_OUTSTANDING; i++)
		if (o->list[i].id && (uint32_t)o->list[i].id == (uint32_t)reply_id)
			return &o->list[i];
	return NULL;
}

const relay_request *relay_outstanding_oldest(const relay_outstanding *o)
{
	const relay_request *found = NULL;

	for (unsigned i = 0; i < RELAY_OUTSTANDING; i++) {
		const relay_request *q = &o->list[i];
		if (q->id && q->until_ms < (found ? found->until_ms : UINT64_MAX))
			found = q;
	}
	return found;
}

void relay_outstanding_remove(relay_outstanding *o, const relay_request *q)
{
	OPENSSL_cleanse(&o->list[q - o->list], sizeof *q);
}

void relay_outstanding_stop(relay_outstanding *o)
{
	for (unsigned i = 0; i < RELAY_OUTSTANDING; i++)
		o->list[i].until_ms = UINT64_MAX;
}

uint64_t relay_outstanding_timer_ms(const relay_outstanding *o)
{
	const relay_request *q = relay_outstanding_oldest(o);

	return q ? q->until_ms : UINT64_MAX;
}
