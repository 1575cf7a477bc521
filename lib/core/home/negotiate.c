/* SPDX-License-Identifier: MIT */
#include "core/home/negotiate.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>

static sa_limits limits_of(uint32_t lifetime_s, uint64_t now_ms)
{
	uint64_t end_ms = now_ms + (uint64_t)lifetime_s * 1000;

	return (sa_limits){ .soft_ms = end_ms, .hard_ms = end_ms + HOME_SA_GRACE_MS };
}

static sa_pair *make_pair(const home_negotiation *n, const sa_store *store,
			  const home_credential *c, uint64_t request_id, const reg_sa *offer,
			  wire_bytes shared, uint64_t now_ms)
{
	sa_key_input in = {
		.dh_shared = shared,
		.request_id = request_id,
		.reply_id = request_id, /* a grant repeats it */
		.client_spi = n->choice.peer_spi,
		.home_spi = sa_store_pick_spi(store),
		.cipher = n->choice.cipher,
	};
	sa_pair *made = NULL;
	sa_keys keys;

	memcpy(in.client_nonce, offer->nonce, NONCE_LEN);
	memcpy(in.home_nonce, n->nonce, NONCE_LEN);
	if (in.home_spi && home_credential_derive_sa(c, &in, &keys))
		made = sa_pair_new(
			&(sa_pair_conf){ .cipher = in.cipher,
					 .esn = true, /* nothing else is negotiated */
					 .spi_in = in.home_spi,
					 .spi_out = in.client_spi,
					 .key_in = keys.to_home,
					 .key_out = keys.to_client,
					 .limits = limits_of(n->choice.lifetime_s, now_ms),
					 .now_ms = now_ms });
	OPENSSL_cleanse(&keys, sizeof keys);
	return made;
}

/* RFC 6989: a value outside the group is the peer's fault, not a shortage of ours. */
static home_verdict exchange(home_negotiation *n, const sa_store *store, const home_credential *c,
			     uint64_t request_id, const reg_sa *offer, uint64_t now_ms)
{
	uint8_t shared[DH_MAX_VALUE];

	n->dh = dh_new(n->choice.group, NULL);
	if (!n->dh || RAND_bytes(n->nonce, NONCE_LEN) != 1)
		return home_refuse(MIP_HA_RESOURCES);
	size_t len = dh_shared(n->dh, offer->ke_value, shared, NULL);
	if (len == 0)
		return home_refuse(MIP_HA_BAD_REQUEST);
	n->pair = make_pair(n, store, c, request_id, offer, (wire_bytes){ shared, len }, now_ms);
	OPENSSL_cleanse(shared, sizeof shared);
	return home_pass_if(n->pair != NULL, MIP_HA_RESOURCES);
}

static bool read_offer(const reg_scan *request, reg_sa *out)
{
	out->present = false;
	out->parts = 0;
	for (unsigned i = 0; i < request->n_extensions; i++)
		if (!reg_sa_take(&request->extensions[i], out))
			return false;
	return reg_sa_finish(out);
}

home_verdict home_negotiate(home_negotiation *out, const sa_policy *policy, const sa_store *store,
			    const home_credential *c, const reg_scan *request, uint64_t now_ms)
{
	reg_sa offer;

	if (!read_offer(request, &offer))
		return home_refuse(MIP_HA_BAD_REQUEST);
	switch (sa_choose(policy, &offer.payload, offer.ke_group, &out->choice)) {
	case SA_CHOSEN:
		return exchange(out, store, c, request->request.identification, &offer, now_ms);
	case SA_WRONG_GROUP:
		return home_refuse_because(MIP_HA_PROHIBITED, NOTIFY_WRONG_GROUP,
					   out->choice.group);
	default:
		return home_refuse_because(MIP_HA_PROHIBITED, NOTIFY_NO_PROPOSAL, 0);
	}
}

void home_negotiation_answer(const home_negotiation *n, uint32_t spi_in, reg_sa *out)
{
	out->present = true;
	sa_make_answer(&n->choice, spi_in, &out->sa);
	out->ke_group = n->choice.group;
	out->ke_value = dh_public(n->dh);
	memcpy(out->nonce, n->nonce, NONCE_LEN);
}

sa_pair *home_negotiation_take_pair(home_negotiation *n)
{
	sa_pair *p = n->pair;

	n->pair = NULL;
	return p;
}

void home_negotiation_close(home_negotiation *n)
{
	sa_pair_free(n->pair);
	dh_free(n->dh);
}
