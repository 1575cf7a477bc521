/* SPDX-License-Identifier: MIT */
/* negotiate.c - the association that a registration asks for: chosen, computed, made, but not yet
 * installed (rows K5, K6, K7 stateless). A registration without one goes on with what there is. */
#include "core/home/priv.h"

#include <openssl/crypto.h>

static bool choose(home_core *h, home_case *k)
{
	const reg_sa *asked = &k->q.sa;

	switch (sa_choose(&h->conf->policy, &asked->payload, asked->ke_group, &k->choice)) {
	case SA_CHOSEN:
		return true;
	case SA_WRONG_GROUP:
		return home_refuse(k, MIP_HA_PROHIBITED, NOTIFY_WRONG_GROUP, k->choice.group);
	default:
		return home_refuse(k, MIP_HA_PROHIBITED, NOTIFY_NO_PROPOSAL, 0);
	}
}

static home_sa *derive(home_core *h, home_case *k, wire_bytes shared)
{
	sa_key_input in = {
		.dh_shared = shared,
		.key0 = k->c->keys.key0,
		.request_id = k->q.identification,
		.reply_id = k->r.identification,
		.client_spi = k->choice.peer_spi,
		.home_spi = home_pick_spi(h),
		.cipher = k->choice.cipher,
	};

	memcpy(in.client_nonce, k->q.sa.nonce, NONCE_LEN);
	memcpy(in.home_nonce, k->home_nonce, NONCE_LEN);
	return in.home_spi ? home_sa_new(k->c, &in, k->choice.lifetime_s, k->now.ms) : NULL;
}

/* RFC 6989: a value outside the group is the peer's fault, not a shortage of ours. */
static bool exchange(home_core *h, home_case *k)
{
	uint8_t shared[DH_MAX_VALUE];
	size_t n;

	k->dh = dh_new(k->choice.group, NULL);
	if (!k->dh || !home_random(k->home_nonce, NONCE_LEN))
		return home_refuse(k, MIP_HA_RESOURCES, NOTIFY_NONE, 0);
	n = dh_shared(k->dh, k->q.sa.ke_value, shared, NULL);
	if (n == 0)
		return home_refuse(k, MIP_HA_BAD_REQUEST, NOTIFY_NONE, 0);
	k->sa = derive(h, k, (wire_bytes){ shared, n });
	OPENSSL_cleanse(shared, sizeof shared);
	return k->sa ? true : home_refuse(k, MIP_HA_RESOURCES, NOTIFY_NONE, 0);
}

bool home_negotiate(home_core *h, home_case *k)
{
	if (k->q.sa.present)
		return choose(h, k) && exchange(h, k);
	if (home_sa_for_sending(k->c))
		return true;
	/* Home lost the association or never had one: the client has to come with an offer. */
	return home_refuse(k, MIP_HA_UNSPECIFIED, NOTIFY_NONE, 0);
}
