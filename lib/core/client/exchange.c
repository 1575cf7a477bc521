/* SPDX-License-Identifier: MIT */
#include "core/client/exchange.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>

void client_exchange_init(client_exchange *x, const client_host *host,
			  const client_credential *credential)
{
	*x = (client_exchange){ .host = host,
				.credential = credential,
				.group = host->conf->policy.groups[0] };
}

bool client_exchange_set_group(client_exchange *x, uint32_t group)
{
	const sa_policy *policy = &x->host->conf->policy;
	bool is_allowed = false;

	for (unsigned i = 0; i < policy->n_groups; i++)
		is_allowed |= policy->groups[i] == group;
	if (!is_allowed || group == x->group)
		return false;
	client_exchange_end(x);
	x->group = (uint16_t)group;
	return true;
}

static bool make_pair(client_exchange *x)
{
	err e = { 0 };

	if (x->dh)
		return true;
	x->dh = dh_new(x->group, &e);
	if (!x->dh)
		log_error(x->host->log, "key exchange: %s", e.text);
	return x->dh && RAND_bytes(x->nonce, NONCE_LEN) == 1;
}

bool client_exchange_offer(client_exchange *x, client_offer *o, reg_request *q)
{
	if (!make_pair(x))
		return false;
	o->group = x->group;
	q->sa.present = true;
	sa_make_offer(&x->host->conf->policy, o->group, o->spi, &q->sa.sa);
	q->sa.ke_group = o->group;
	q->sa.ke_value = dh_public(x->dh);
	memcpy(q->sa.nonce, x->nonce, NONCE_LEN);
	return true;
}

static bool derive(const client_exchange *x, const client_offer *o, const reg_reply *r,
		   const sa_choice *choice, sa_keys *out)
{
	uint8_t shared[DH_MAX_VALUE];
	err e = { 0 };
	size_t n = dh_shared(x->dh, r->sa.ke_value, shared, &e);
	sa_key_input k = {
		.dh_shared = { shared, n },
		.request_id = o->request_id,
		.reply_id = r->identification,
		.client_spi = o->spi,
		.home_spi = choice->peer_spi,
		.cipher = choice->cipher,
	};

	memcpy(k.client_nonce, x->nonce, NONCE_LEN);
	memcpy(k.home_nonce, r->sa.nonce, NONCE_LEN);
	bool ok = n > 0 && client_credential_derive_sa(x->credential, &k, out);
	if (!ok)
		log_warn(x->host->log, "home's key exchange: %s",
			 n ? "key derivation failed" : e.text);
	OPENSSL_cleanse(shared, sizeof shared);
	return ok;
}

bool client_exchange_finish(const client_exchange *x, const client_offer *o, const reg_reply *r,
			    sa_keys *keys, sa_choice *choice)
{
	sa_offer offer;

	if (!x->dh || !o->spi || r->sa.ke_group != o->group || dh_group(x->dh) != o->group)
		return false;
	sa_make_offer(&x->host->conf->policy, o->group, o->spi, &offer);
	if (!sa_check_answer(&offer.payload, &r->sa.payload, choice) || choice->group != o->group ||
	    choice->peer_spi < ESP_MIN_SPI)
		return false;
	return derive(x, o, r, choice, keys);
}

void client_exchange_end(client_exchange *x)
{
	dh_free(x->dh);
	x->dh = NULL;
	OPENSSL_cleanse(x->nonce, sizeof x->nonce);
}
