/* SPDX-License-Identifier: MIT */
/* request.c - building requests, and remembering what was asked. */
#include "core/client/priv.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>

enum { PACKETS_MAX = 1 << 30 };

bool client_sa_wanted(const client_core *c, core_time now)
{
	const client_sa *sa = c->next ? c->next : c->cur;
	return !sa || c->doubted || now.ms >= sa->renew_ms || esp_sa_packets(sa->out) > PACKETS_MAX;
}

static unsigned addresses(const client_core *c, const client_path *p, endpoint list[CLIENT_HOMES])
{
	unsigned n = 0;
	if (client_by_carrier(p))
		return 0;
	if (client_by_relay(p)) {
		list[0] = c->agents[p->agent].relay.at;
		return 1;
	}
	for (unsigned i = 0; i < c->n_homes; i++)
		if (c->homes[i].addr.len == p->up.local.addr.len)
			list[n++] = c->homes[i];
	return n;
}

/* What the path's request number k is sent to: the agent's first address; then each address in
 * turn, at its own port and at 434, in case a firewall passes only that. */
endpoint client_request_to(client_core *c, client_path *p)
{
	endpoint list[CLIENT_HOMES];
	unsigned n = addresses(c, p, list), k = p->tries++;
	if (k == 0 || n == 0)
		return p->remote;
	endpoint to = list[((k - 1) / 2) % n];
	if ((k - 1) % 2 && to.port == MIP_ESP_PORT)
		to.port = MIP_PORT;
	return to;
}

/* One key pair and nonce for all requests of an attempt: a retry costs us nothing, and each
 * identification makes different keys of them. */
static bool make_key_exchange(client_core *c)
{
	err e = { 0 };
	if (c->reg.dh)
		return true;
	c->reg.dh = dh_new(c->reg.group, &e);
	if (!c->reg.dh)
		log_error(c->log, "key exchange: %s", e.text);
	return c->reg.dh && RAND_bytes(c->reg.nonce, NONCE_LEN) == 1;
}

static uint32_t pick_spi(client_core *c)
{
	uint32_t spi;
	do
		spi = client_random();
	while (spi < ESP_MIN_SPI || client_sa_by_spi(c, spi));
	return spi;
}

static bool add_sa(client_core *c, reg_request *q, client_asked *a)
{
	if (!make_key_exchange(c))
		return false;
	a->spi = pick_spi(c);
	a->group = c->reg.group;
	q->sa.present = true;
	sa_make_offer(&c->conf->policy, a->group, a->spi, &q->sa.sa);
	q->sa.ke_group = a->group;
	q->sa.ke_value = dh_public(c->reg.dh);
	memcpy(q->sa.nonce, c->reg.nonce, NONCE_LEN);
	return true;
}

static ip_addr asked_address(const ip_addr *have, bool want, uint8_t len)
{
	static const uint8_t any[16];
	return have->len ? *have : want ? ip_from_bytes(any, len) : (ip_addr){ 0 };
}

/* The home server as the request names it; none where it has no IPv4 address. */
static ip_addr home_agent(const client_core *c, const client_path *p, const client_asked *a)
{
	if (p->kind == PATH_DIRECT)
		return a->to.addr.len == 4 ? a->to.addr : (ip_addr){ 0 };
	for (unsigned i = 0; i < c->n_homes; i++)
		if (c->homes[i].addr.len == 4)
			return c->homes[i].addr;
	return (ip_addr){ 0 };
}

static void describe(client_core *c, const client_path *p, const client_asked *a, reg_request *q)
{
	q->flags = MIP_D | MIP_T;
	q->identification = a->id;
	q->pseudonym = c->saved.pseudonym && !c->reg.plain_spi ? c->saved.pseudonym : c->conf->spi;
	q->care_of = p->up.local.addr;
	q->udp_tunnel = true;
	q->home_link = a->kind == ASKED_HOME;
	q->standby = a->kind == ASKED_STANDBY;
	q->carrier = client_by_carrier(p);
	q->lifetime_s = a->kind == ASKED_LEAVE || a->kind == ASKED_HOME ? 0
			: c->conf->lifetime_s < UINT16_MAX ? (uint16_t)c->conf->lifetime_s
							   : UINT16_MAX - 1;
	q->home_agent = home_agent(c, p, a);
	memcpy(q->nai, c->conf->nai, sizeof q->nai);
	q->home4 = asked_address(&c->home4, c->conf->want4, 4);
	q->home6 = asked_address(&c->home6, c->conf->want6, 16);
	q->has_mac = p->up.has_mac;
	memcpy(q->mac, p->up.mac, MAC_LEN);
}

static void remember(client_core *c, const client_asked *a)
{
	c->reg.asked[c->reg.asked_at++ % CLIENT_ASKED] = *a;
}

bool client_request_send(client_core *c, core_time now, client_path *p, endpoint to,
			 asked_kind kind)
{
	uint8_t msg[MIP_MAX_MESSAGE];
	reg_request q = { 0 };
	client_asked a = { .kind = kind,
			   .path = p->name,
			   .to = to,
			   .sent_ms = now.ms,
			   .sent_us = client_us(now) };
	a.id = ident_next(&c->ident, now.ntp, client_random());
	describe(c, p, &a, &q);
	if (kind == ASKED_REGISTER && client_sa_wanted(c, now) && !add_sa(c, &q, &a))
		return false;
	size_t n = reg_request_build(&c->keys, &q, msg);
	if (n && client_by_relay(p))
		n = client_relay_sign(c, p, q.pseudonym, msg, n, &a);
	dgram_route r = { .sock = p->sock, .to = to };
	if (n == 0 || !dgramq_put(c->tx, &r, msg, n))
		return false;
	p->last_tx_ms = now.ms;
	remember(c, &a);
	OPENSSL_cleanse(&a, sizeof a);
	return true;
}

/* A refusal with code 133 has home's time in the upper half (RFC 5944 5.7.1). */
client_asked *client_asked_find(client_core *c, uint64_t reply_id)
{
	for (unsigned i = 0; i < CLIENT_ASKED; i++)
		if (c->reg.asked[i].id && (uint32_t)c->reg.asked[i].id == (uint32_t)reply_id)
			return &c->reg.asked[i];
	return NULL;
}

void client_asked_forget(client_core *c, asked_kind kind, uint16_t path)
{
	for (unsigned i = 0; i < CLIENT_ASKED; i++)
		if (c->reg.asked[i].kind == kind && (path == 0 || c->reg.asked[i].path == path))
			c->reg.asked[i] = (client_asked){ 0 };
}

void client_attempt_end(client_core *c)
{
	dh_free(c->reg.dh);
	c->reg.dh = NULL;
	OPENSSL_cleanse(c->reg.nonce, sizeof c->reg.nonce);
	c->reg.dh_until_ms = NEVER;
	client_asked_forget(c, ASKED_REGISTER, 0);
}
