/* SPDX-License-Identifier: MIT */
/* grant.c - what an accepted registration brings: keys, then addresses and lifetime. */
#include "core/client/priv.h"

#include <openssl/crypto.h>

static bool derive(client_core *c, const reg_input *in, const sa_choice *choice, sa_keys *out)
{
	uint8_t shared[DH_MAX_VALUE];
	err e = { 0 };
	size_t n = dh_shared(c->reg.dh, in->reply->sa.ke_value, shared, &e);
	sa_key_input k = {
		.dh_shared = { shared, n },
		.key0 = c->keys.key0,
		.request_id = in->asked->id,
		.reply_id = in->reply->identification,
		.client_spi = in->asked->spi,
		.home_spi = choice->peer_spi,
		.cipher = choice->cipher,
	};
	memcpy(k.client_nonce, c->reg.nonce, NONCE_LEN);
	memcpy(k.home_nonce, in->reply->sa.nonce, NONCE_LEN);
	bool ok = n > 0 && reg_derive_sa_keys(&k, out);
	if (!ok)
		log_warn(c->log, "home's key exchange: %s", n ? "key derivation failed" : e.text);
	OPENSSL_cleanse(shared, sizeof shared);
	return ok;
}

/* Home's choice must be one of ours (no downgrade), of the group whose value it answers. */
static bool install(client_core *c, core_time now, const reg_input *in)
{
	const reg_sa *r = &in->reply->sa;
	sa_offer offer;
	sa_choice choice;
	sa_keys keys;
	if (!c->reg.dh || !in->asked->spi || r->ke_group != in->asked->group ||
	    dh_group(c->reg.dh) != r->ke_group)
		return false;
	sa_make_offer(&c->conf->policy, in->asked->group, in->asked->spi, &offer);
	if (!sa_check_answer(&offer.payload, &r->payload, &choice) ||
	    choice.group != in->asked->group || choice.peer_spi < ESP_MIN_SPI)
		return false;
	bool ok = derive(c, in, &choice, &keys) &&
		  client_sa_install(c, now, &keys, &choice, in->asked->spi);
	OPENSSL_cleanse(&keys, sizeof keys);
	return ok;
}

static void learn_addresses(client_core *c, const reg_reply *r)
{
	if (r->home4.len == 4 && !ip_is_any(&r->home4))
		c->home4 = r->home4;
	if (r->home6.len == 16 && !ip_is_any(&r->home6))
		c->home6 = r->home6;
	if (r->network4.addr.len == 4)
		c->network4 = r->network4;
	if (r->network6.addr.len == 16)
		c->network6 = r->network6;
	if (r->home_lan.len)
		c->home_lan = r->home_lan;
}

static void learn_path(client_core *c, core_time now, const reg_input *in)
{
	client_path *p = in->path;
	const reg_reply *r = in->reply;
	p->remote = in->asked->to;
	if (p->kind == PATH_DIRECT)
		c->last_remote = p->remote;
	p->nat = r->observed.addr.len && !ip_equal(&r->observed.addr, &p->up.local.addr);
	p->keepalive_s = r->keepalive_s;
	client_path_rtt(c, p, client_since_us(now, in->asked->sent_ms, in->asked->sent_us));
}

static void choose_path(client_core *c, core_time now, client_path *p)
{
	if (p != c->active && (!c->active || c->active->failed || !c->ever_up))
		client_path_use(c, now, p);
	client_path_heard(c, now, p);
	client_sa_tick(c, now); /* the echo that confirms new keys */
}

bool client_grant_take(client_core *c, core_time now, const reg_input *in)
{
	const reg_reply *r = in->reply;
	if (in->asked->id <= c->reg.accepted_id || r->lifetime_s == 0)
		return false;
	bool first = !c->cur;
	if (r->sa.present ? !install(c, now, in) : !c->cur)
		return false;
	c->reg.accepted_id = in->asked->id;
	c->reg.lifetime_s = r->lifetime_s;
	c->reg.until_ms = now.ms + (uint64_t)r->lifetime_s * 1000;
	learn_addresses(c, r);
	learn_path(c, now, in);
	client_path_admit(c, now, in->path, r->lifetime_s, &r->key3);
	choose_path(c, now, in->path);
	if (first) /* now others can be looked at */
		client_paths_try(c, now);
	client_agents_learn(c, now, r); /* last: it may close paths */
	return true;
}
