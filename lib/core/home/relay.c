/* SPDX-License-Identifier: MIT */
/* relay.c - registrations that came by a relay: it has to vouch for them (RFC 5944 3.8.2.1), and gets
 * its copy of KEY3 with the answer (row K3). */
#include "core/home/priv.h"

#include "core/reg/relay.h"

#include <openssl/crypto.h>

home_relay *home_relay_of(home_core *h, uint32_t sock)
{
	uint32_t i = sock - DGRAM_RELAY;

	return sock >= DGRAM_RELAY && i < h->conf->n_relays ? &h->relays[i] : NULL;
}

const char *home_relay_name(const home_core *h, uint32_t sock)
{
	return sock >= DGRAM_RELAY ? h->conf->relays[sock - DGRAM_RELAY].name : NULL;
}

bool home_relays_open(home_core *h)
{
	bool ok = true;

	for (unsigned i = 0; i < h->conf->n_relays; i++) {
		h->relays[i].resend_ms = UINT64_MAX;
		h->relays[i].refusals = (rate_limit){ .per_s = 1, .burst = 3 };
		ok &= key2_set_derive(h->conf->relays[i].key2, &h->relays[i].key2);
	}
	return ok;
}

/* The key of this registration, from what the request is known by. */
static bool registration_key(const home_case *k, const home_relay *r, key2_registration *out)
{
	return reg_derive_key2(&r->key2, k->scan->mobile_home.spi, k->scan->request.identification,
			       out);
}

bool home_relay_vouches(home_core *h, home_case *k)
{
	home_relay *r = home_relay_of(h, k->d->sock);
	const reg_scan *s = k->scan;
	key2_registration k2;

	if (!r && !s->foreign_home.present)
		return true;
	bool ok = r && s->foreign_home.spi == r->key2.spi && registration_key(k, r, &k2) &&
		  reg_verify_foreign_home(s, k2.auth);
	OPENSSL_cleanse(&k2, sizeof k2);
	return ok ? true : home_refuse(k, MIP_HA_FA_FAILED_AUTH, NOTIFY_NONE, 0);
}

bool home_make_key3(home_core *h, home_case *k)
{
	reg_key3 *k3 = &k->r.key3;

	if (!home_relay_of(h, k->d->sock))
		return true;
	if (!home_random(k3->key, sizeof k3->key) || !home_random(&k3->spi, sizeof k3->spi))
		return false;
	k3->spi |= ESP_MIN_SPI; /* RFC 5944 3.5.1 reserves 0 to 255 */
	return true;
}

size_t home_sign_for_relay(home_core *h, const home_case *k, uint8_t msg[MIP_MAX_MESSAGE], size_t n)
{
	const home_relay *r = home_relay_of(h, k->d->sock);
	key2_registration k2;

	if (!r || n == 0)
		return n;
	if (!registration_key(k, r, &k2))
		return 0;
	if (k->r.key3.spi)
		n = reg_relay_key_add(msg, n, MIP_MAX_MESSAGE, &k2, &k->r.key3);
	if (n)
		n = reg_auth_add(msg, n, MIP_MAX_MESSAGE, MIP_EXT_FOREIGN_HOME, r->key2.spi,
				 k2.auth);
	OPENSSL_cleanse(&k2, sizeof k2);
	return n;
}

void home_tell_relays(const home_core *h, reg_reply *r)
{
	for (unsigned i = 0; i < h->conf->n_relays && r->n_relays < REG_RELAYS; i++) {
		const home_relay_conf *c = &h->conf->relays[i];
		if (!c->at.addr.len)
			continue;
		reg_relay *to = &r->relays[r->n_relays++];
		to->at = c->at;
		memcpy(to->name, c->name, sizeof to->name);
	}
}
