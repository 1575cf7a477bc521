/* SPDX-License-Identifier: MIT */
#include "regload_client.h"

#include "base/clock.h"
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

enum { SPI_BASE = 0x30000000 };

bool client_parse(client *c, const char *line)
{
	char address[ADDR_STRLEN], key[2 * KEY0_LEN + 1], spi[16];
	uint8_t key0[KEY0_LEN];

	if (sscanf(line, "%200s %45s %64s %15s", c->nai, address, key, spi) != 4)
		return false;
	if (!ip_parse(address, &c->home4) || !hex_decode(key, key0, KEY0_LEN))
		return false;
	c->pseudonym = (uint32_t)strtoul(spi, NULL, 0);
	bool ok = key0_set_derive(key0, &c->keys);
	OPENSSL_cleanse(key0, sizeof key0);
	OPENSSL_cleanse(key, sizeof key);
	return ok;
}

bool client_prepare(client *c, uint32_t number, err *e)
{
	sa_policy policy = sa_policy_default();

	dh_free(c->pair);
	c->pair = dh_new(DH_X25519, e);
	if (!c->pair || getrandom(c->nonce, sizeof c->nonce, 0) != sizeof c->nonce)
		return false;
	c->spi = SPI_BASE + number;
	c->reply_len = 0;
	c->sent_us = 0;
	sa_make_offer(&policy, DH_X25519, c->spi, &c->offer);
	return true;
}

size_t client_request(client *c, const ip_addr *home, uint16_t lifetime_s,
		      uint8_t out[MIP_MAX_MESSAGE])
{
	uint32_t low = 0;

	if (getrandom(&low, sizeof low, 0) != sizeof low)
		return 0;
	c->request_id = ident_next(&c->ident, clock_ntp(), low);
	reg_request m = {
		.flags = MIP_D | MIP_T,
		.lifetime_s = lifetime_s,
		.home_agent = *home,
		.care_of = c->care_of,
		.identification = c->request_id,
		.pseudonym = c->pseudonym,
		.home4 = c->home4,
		.udp_tunnel = true,
		.sa = { .present = true,
			.sa = c->offer,
			.ke_group = DH_X25519,
			.ke_value = dh_public(c->pair) },
	};
	memcpy(m.nai, c->nai, sizeof m.nai);
	memcpy(m.sa.nonce, c->nonce, sizeof m.sa.nonce);
	return reg_request_build(&c->keys, &m, out);
}

bool client_reply(client *c, const uint8_t *p, size_t n)
{
	wire_rd r = wire_reader(p, n);
	mip_reply m;

	if (!c->sent_us || n > sizeof c->reply || dgram_classify(p, n) != DGRAM_REPLY)
		return false;
	if (!mip_reply_get(&r, &m) || (uint32_t)m.identification != (uint32_t)c->request_id)
		return false; /* RFC 5944 5.7.1: the low half comes back */
	memcpy(c->reply, p, n);
	c->reply_len = (uint16_t)n;
	c->code = m.code;
	c->sent_us = 0;
	return true;
}

static bool derive(const client *c, const reg_reply *m, const sa_choice *choice, err *e)
{
	uint8_t shared[DH_MAX_VALUE];
	sa_keys keys;
	size_t n = dh_shared(c->pair, m->sa.ke_value, shared, e);
	sa_key_input in = {
		.dh_shared = { shared, n },
		.key0 = c->keys.key0,
		.request_id = c->request_id,
		.reply_id = m->identification,
		.client_spi = c->spi,
		.home_spi = choice->peer_spi,
		.cipher = choice->cipher,
	};

	memcpy(in.client_nonce, c->nonce, NONCE_LEN);
	memcpy(in.home_nonce, m->sa.nonce, NONCE_LEN);
	bool ok = n > 0 && reg_derive_sa_keys(&in, &keys);
	OPENSSL_cleanse(shared, sizeof shared);
	OPENSSL_cleanse(&keys, sizeof keys);
	return ok || (n > 0 && err_set(e, ERR_CRYPTO, "no keys could be derived"));
}

bool client_check(client *c, err *e)
{
	reg_scan scan;
	reg_reply m;
	sa_choice choice;

	if (!reg_scan_message(c->reply, c->reply_len, &scan) || !scan.is_reply)
		return err_set(e, ERR_PEER, "malformed reply");
	if (!reg_verify_mobile_home(&scan, &c->keys))
		return err_set(e, ERR_PEER, "reply is not authentic (code %u)", c->code);
	if (!reg_reply_open(&scan, &c->keys, &m))
		return err_set(e, ERR_PEER, "reply can't be understood");
	if (m.code != MIP_ACCEPTED && m.code != MIP_ACCEPTED_NO_SIMULTANEOUS)
		return err_set(e, ERR_PEER, "refused: code %u, %s", m.code, mip_code_text(m.code));
	if (!m.sa.present || !sa_check_answer(&c->offer.payload, &m.sa.payload, &choice))
		return err_set(e, ERR_PEER, "no association out of our offer");
	if (m.next_pseudonym)
		c->pseudonym = m.next_pseudonym;
	return derive(c, &m, &choice, e);
}

void client_free(client *c)
{
	dh_free(c->pair);
	key0_set_wipe(&c->keys);
}
