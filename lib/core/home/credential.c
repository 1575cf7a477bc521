/* SPDX-License-Identifier: MIT */
#include "core/home/credential.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>

enum {
	STALE_PER_S = 100, /* requests that can't be fresh and are verified all the same */
	STALE_BURST = 100,
	RESYNCS_PER_S = 10, /* refusals with code 133 */
	RESYNCS_BURST = 20,
	GRANTS_PER_S = 50, /* registrations: by all paths at once, and again */
	GRANTS_BURST = 200,
};

/* --- kinds --- */

typedef struct credential_method {
	bool (*verify)(const home_credential *c, const reg_scan *s);
	bool (*open_request)(const home_credential *c, const reg_scan *s, reg_request *out);
	size_t (*build_reply)(const home_credential *c, const reg_reply *r,
			      uint8_t out[MIP_MAX_MESSAGE]);
} credential_method;

static bool key0_verify(const home_credential *c, const reg_scan *s)
{
	return reg_verify_mobile_home(s, &c->keys);
}

static bool key0_open_request(const home_credential *c, const reg_scan *s, reg_request *out)
{
	return reg_request_open(s, &c->keys, out);
}

static size_t key0_build_reply(const home_credential *c, const reg_reply *r,
			       uint8_t out[MIP_MAX_MESSAGE])
{
	return reg_reply_build(&c->keys, r, out);
}

static const credential_method methods[HOME_N_CREDENTIAL_KINDS] = {
	[HOME_CREDENTIAL_KEY0] = { key0_verify, key0_open_request, key0_build_reply },
};

bool home_credential_verify(const home_credential *c, const reg_scan *s)
{
	return methods[c->kind].verify(c, s);
}

bool home_credential_open_request(const home_credential *c, const reg_scan *s, reg_request *out)
{
	return methods[c->kind].open_request(c, s, out);
}

size_t home_credential_build_reply(const home_credential *c, const reg_reply *r,
				   uint8_t out[MIP_MAX_MESSAGE])
{
	return methods[c->kind].build_reply(c, r, out);
}

size_t home_credential_build_notice(const home_credential *c, uint8_t out[REG_NOTICE_LEN])
{
	return reg_notice_build(&c->keys, c->last_id, out);
}

bool home_credential_derive_sa(const home_credential *c, sa_key_input *in, sa_keys *out)
{
	in->key0 = c->keys.key0;
	return reg_derive_sa_keys(in, out);
}

bool home_credential_derive_handle(const home_credential *c, uint64_t *out)
{
	return reg_derive_handle(c->keys.key0, out);
}

bool home_credential_derive_key3(const home_credential *c, const char *relay, uint8_t out[KEY3_LEN])
{
	return reg_derive_key3(c->keys.key0, relay, out);
}

/* --- the index --- */

bool home_credentials_open(home_credentials *all)
{
	uint64_t seed;

	all->by_spi = RAND_bytes((uint8_t *)&seed, sizeof seed) == 1 ? map_new(seed) : NULL;
	return all->by_spi != NULL;
}

void home_credentials_close(home_credentials *all)
{
	map_free(all->by_spi);
	all->by_spi = NULL;
}

home_credential *home_credentials_find(const home_credentials *all, uint32_t spi)
{
	home_credential *c = map_get(all->by_spi, map_key_u32(spi));

	return c && spi != c->spi_reserved ? c : NULL;
}

uint32_t home_credentials_pick_spi(const home_credentials *all)
{
	uint32_t spi;

	do
		if (RAND_bytes((uint8_t *)&spi, sizeof spi) != 1)
			return 0;
	while (spi < ESP_MIN_SPI || map_get(all->by_spi, map_key_u32(spi)));
	return spi;
}

/* The same SPI twice for one is fine; for two it is not. */
static bool put_spi(home_credential *c, home_credentials *all, uint32_t spi)
{
	const home_credential *there = spi ? map_get(all->by_spi, map_key_u32(spi)) : c;

	return there ? there == c : map_put(all->by_spi, map_key_u32(spi), c);
}

static bool put_all(home_credential *c, home_credentials *all)
{
	return put_spi(c, all, c->spi_profile) && put_spi(c, all, c->spi_now) &&
	       put_spi(c, all, c->spi_before);
}

static void remove_spi(const home_credential *c, home_credentials *all, uint32_t spi)
{
	if (map_get(all->by_spi, map_key_u32(spi)) == c)
		map_del(all->by_spi, map_key_u32(spi));
}

static void remove_all(const home_credential *c, home_credentials *all)
{
	remove_spi(c, all, c->spi_profile);
	remove_spi(c, all, c->spi_now);
	remove_spi(c, all, c->spi_before);
	remove_spi(c, all, c->spi_reserved);
}

bool home_credential_reserve(home_credential *c, home_credentials *all, uint32_t spi)
{
	if (spi == c->spi_now || spi == c->spi_before || spi == c->spi_profile)
		return true;
	if (!put_spi(c, all, spi))
		return false;
	c->spi_reserved = spi;
	return true;
}

void home_credential_release(home_credential *c, home_credentials *all)
{
	remove_spi(c, all, c->spi_reserved);
	c->spi_reserved = 0;
}

void home_credential_rotate(home_credential *c, home_credentials *all, uint64_t last_id,
			    uint32_t spi_now, uint32_t spi_before)
{
	remove_all(c, all);
	c->last_id = last_id;
	c->spi_now = spi_now;
	c->spi_before = spi_before;
	c->spi_reserved = 0;
	put_all(c, all); /* as many as there were, or fewer: no memory is needed */
}

/* --- one of them --- */

static bool derive_keys(const home_client_conf *conf, key0_set *out)
{
	bool ok = key0_set_derive(conf->key0, out);

	out->auth = conf->auth;
	return ok;
}

bool home_credential_open(home_credential *c, home_credentials *all, void *owner,
			  const home_client_conf *conf, const home_client_state *s, err *e)
{
	*c = (home_credential){
		.kind = HOME_CREDENTIAL_KEY0,
		.owner = owner,
		.spi_profile = conf->spi,
		.spi_now = s->spi_now,
		.spi_before = s->spi_before,
		.last_id = s->last_id,
		.stale = { .per_s = STALE_PER_S, .burst = STALE_BURST },
		.resyncs = { .per_s = RESYNCS_PER_S, .burst = RESYNCS_BURST },
		.grants = { .per_s = GRANTS_PER_S, .burst = GRANTS_BURST },
	};
	if (!derive_keys(conf, &c->keys)) {
		home_credential_close(c, all);
		return err_set(e, ERR_CRYPTO, "%s: keys could not be derived", conf->nai);
	}
	if (put_all(c, all))
		return true;
	home_credential_close(c, all);
	return err_set(e, ERR_LIMIT, "%s: its SPI belongs to another client, or no memory",
		       conf->nai);
}

void home_credential_close(home_credential *c, home_credentials *all)
{
	remove_all(c, all);
	OPENSSL_cleanse(c, sizeof *c);
}

bool home_credential_change(home_credential *c, home_credentials *all, const home_client_conf *conf,
			    err *e)
{
	const uint32_t before = c->spi_profile;
	key0_set keys;

	if (!derive_keys(conf, &keys))
		return err_set(e, ERR_CRYPTO, "%s: keys could not be derived", conf->nai);
	remove_spi(c, all, before);
	c->spi_profile = conf->spi;
	bool ok = put_all(c, all);
	if (ok) {
		c->keys = keys;
	} else {
		c->spi_profile = before;
		put_all(c, all); /* needs no more room than was made */
		err_set(e, ERR_LIMIT, "%s: its SPI belongs to another client, or no memory",
			conf->nai);
	}
	key0_set_wipe(&keys);
	return ok;
}

bool home_credential_has_key(const home_credential *c, const uint8_t key0[KEY0_LEN])
{
	return bytes_equal_ct(c->keys.key0, key0, KEY0_LEN);
}

bool home_credential_is_of(const home_credential *c, const home_client_conf *conf)
{
	return c->keys.auth == conf->auth && c->spi_profile == conf->spi &&
	       home_credential_has_key(c, conf->key0);
}

bool home_credential_take_stale(home_credential *c, uint64_t now_ms)
{
	return rate_take(&c->stale, now_ms);
}

bool home_credential_take_resync(home_credential *c, uint64_t now_ms)
{
	return rate_take(&c->resyncs, now_ms);
}

bool home_credential_take_grant(home_credential *c, uint64_t now_ms)
{
	return rate_take(&c->grants, now_ms);
}
