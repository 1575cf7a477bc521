/* SPDX-License-Identifier: MIT */
/* admission.h - on a path by a relay: whether the relay carries our packets, and KEY3, by which it and we know each
 * other's messages (RFC 5944 3.5.3). A path without a relay is always admitted. Wipes its keys. */
#ifndef HW_CORE_CLIENT_ADMISSION_H
#define HW_CORE_CLIENT_ADMISSION_H

#include "core/client/credential.h"
#include "core/client/paths.h"
#include "core/reg/relay.h"

typedef struct client_admission {
	const client_credential *credential;
	const client_agents *agents;
	struct {
		uint64_t until_ms; /* 0: not admitted */
		reg_key3 key3;     /* of the last registration there; spi 0: none */
	} of[CLIENT_PATHS];        /* by the path's slot */
} client_admission;

void client_admission_init(client_admission *a, const client_credential *credential,
			   const client_agents *agents);
void client_admission_reset(client_admission *a, unsigned slot); /* another path is there */

static inline bool client_admission_is_open(const client_admission *a, const client_path *p,
					    uint64_t now_ms)
{
	return !p->by_relay || now_ms < a->of[p->slot].until_ms;
}

/* It was, and the relay has not said otherwise; its time may be over. */
static inline bool client_admission_was_granted(const client_admission *a, const client_path *p)
{
	return !p->by_relay || a->of[p->slot].until_ms != 0;
}

void client_admission_grant(client_admission *a, const client_path *p, uint64_t until_ms,
			    const reg_key3 *k);
void client_admission_close(client_admission *a, const client_path *p); /* KEY3 stays good */
void client_admission_forget(client_admission *a, const client_path *p);
/* The relay does not know the key that was used. False: that was not one of a registration, which alone can
 * be forgotten; the next message uses the one that follows from the credential. */
bool client_admission_drop_key(client_admission *a, const client_path *p, const reg_key3 *used);

/* The relay may have lost it, by a restart; the next message uses the one that follows from the credential. */
void client_admission_forget_key(client_admission *a, const client_path *p);

/* Appends what the relay authenticates us by to the request of n octets; first: by the key that follows from the
 * credential, which is always good, since the one of the last registration was used in vain. Returns its length, 0: it failed. *used is the
 * key, with SPI 0 where there is none: the relay refuses such a request, and gives its name. */
size_t client_admission_sign(const client_admission *a, const client_path *p, uint32_t spi,
			     bool first, uint8_t *msg, size_t n, reg_key3 *used);
/* Did the relay sign that message under that key? */
bool client_admission_is_signed(const reg_scan *s, const reg_key3 *k);

#endif
