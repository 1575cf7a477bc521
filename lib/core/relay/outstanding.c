/* SPDX-License-Identifier: MIT */
#include "core/relay/outstanding.h"

#include <openssl/crypto.h>

enum { ANSWER_MS = 2000 }; /* home's time to answer */

void relay_outstanding_init(relay_outstanding *o)
{
	*o = (relay_outstanding){ .since_ms = UINT64_MAX };
}

void relay_outstanding_add(relay_outstanding *o, uint64_t now_ms, const relay_request *q)
{
	relay_request *oldest = &o->list[0]; /* or an empty place: its id is 0 */

	for (unsigned i = 1; i < RELAY_OUTSTANDING; i++)
		if (o->list[i].id < oldest->id)
			oldest = &o->list[i];
	*oldest = *q;
	if (o->since_ms == UINT64_MAX)
		o->since_ms = now_ms;
}

/* A reply with code 133 has home's time in the upper half (RFC 5944 5.7.1). */
const relay_request *relay_outstanding_find(const relay_outstanding *o, uint64_t reply_id)
{
	for (unsigned i = 0; i < RELAY_OUTSTANDING; i++)
		if (o->list[i].id && (uint32_t)o->list[i].id == (uint32_t)reply_id)
			return &o->list[i];
	return NULL;
}

const relay_request *relay_outstanding_newest(const relay_outstanding *o)
{
	const relay_request *found = NULL;

	for (unsigned i = 0; i < RELAY_OUTSTANDING; i++)
		if (o->list[i].id && (!found || o->list[i].id > found->id))
			found = &o->list[i];
	return found;
}

void relay_outstanding_remove(relay_outstanding *o, const relay_request *q)
{
	OPENSSL_cleanse(&o->list[q - o->list], sizeof *q);
}

void relay_outstanding_clear(relay_outstanding *o)
{
	OPENSSL_cleanse(o->list, sizeof o->list);
	o->since_ms = UINT64_MAX;
}

void relay_outstanding_restart(relay_outstanding *o, uint64_t now_ms)
{
	o->since_ms = now_ms;
}

void relay_outstanding_stop(relay_outstanding *o)
{
	o->since_ms = UINT64_MAX;
}

uint64_t relay_outstanding_timer_ms(const relay_outstanding *o)
{
	return o->since_ms == UINT64_MAX ? UINT64_MAX : o->since_ms + ANSWER_MS;
}
