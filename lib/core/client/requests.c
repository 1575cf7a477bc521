/* SPDX-License-Identifier: MIT */
#include "core/client/requests.h"

#include <openssl/crypto.h>

/* On the home link its router may not lead back to home's public address: there the one on the link comes first. */
static unsigned list_addresses(const client_requests *r, const client_path *p,
			       endpoint list[CLIENT_HOMES + 1])
{
	unsigned n = 0;

	if (r->host->conf->never_at_home && p->kind == PATH_DIRECT &&
	    client_binding_is_inside(r->binding, &p->up.local.addr))
		list[n++] = (endpoint){ .addr = r->binding->home_lan, .port = MIP_ESP_PORT };
	return n + client_agents_addresses(r->agents, p->agent, &p->up, list + n);
}

endpoint client_requests_next_address(client_requests *r, const client_path *p)
{
	endpoint list[CLIENT_HOMES + 1];
	unsigned n = list_addresses(r, p, list);
	uint32_t k = r->attempts[p->slot]++;

	if (k == 0 || n == 0)
		return p->remote;
	endpoint to = list[((k - 1) / 2) % n];
	if ((k - 1) % 2 && to.port == MIP_ESP_PORT)
		to.port = MIP_PORT;
	return to;
}

static ip_addr address_to_ask_for(const ip_addr *have, bool want, uint8_t len)
{
	static const uint8_t any[16];

	return have->len ? *have : want ? ip_from_bytes(any, len) : (ip_addr){ 0 };
}

static uint16_t lifetime_to_ask_for(const client_conf *conf, client_purpose purpose)
{
	if (purpose == CLIENT_FOR_DEREGISTRATION || purpose == CLIENT_FOR_HOME_LINK)
		return 0;
	return conf->lifetime_s < UINT16_MAX ? (uint16_t)conf->lifetime_s : UINT16_MAX - 1;
}

static void describe(const client_requests *r, const client_path *p, const client_request *w,
		     reg_request *q)
{
	const client_conf *conf = r->host->conf;

	q->flags = MIP_D | MIP_T;
	q->identification = w->offer.request_id;
	q->pseudonym = client_credential_spi(r->credential);
	q->care_of = p->up.local.addr;
	q->udp_tunnel = true;
	q->asks_time = w->asks_time;
	q->home_link = w->purpose == CLIENT_FOR_HOME_LINK;
	q->standby = w->purpose == CLIENT_FOR_STANDBY;
	q->carrier = client_paths_by_carrier(p);
	q->lifetime_s = lifetime_to_ask_for(conf, w->purpose);
	if (p->kind != PATH_DIRECT)
		q->home_agent = client_agents_home4(r->agents);
	else if (w->to.addr.len == 4)
		q->home_agent = w->to.addr;
	memcpy(q->nai, conf->nai, sizeof q->nai);
	q->home4 = address_to_ask_for(&r->binding->home4, conf->want4, 4);
	q->home6 = address_to_ask_for(&r->binding->home6, conf->want6, 16);
	q->has_mac = p->up.has_mac;
	memcpy(q->mac, p->up.mac, MAC_LEN);
}

static bool add_offer(client_requests *r, client_request *w, reg_request *q)
{
	w->offer.spi = client_associations_pick_spi(r->associations);
	return w->offer.spi && client_exchange_offer(r->exchange, &w->offer, q);
}

bool client_requests_send_to(client_requests *r, core_time now, client_path *p, const endpoint *to,
			     client_purpose purpose)
{
	uint8_t msg[MIP_MAX_MESSAGE];
	reg_request q = { 0 };
	client_request w = { .purpose = purpose,
			     .path = p->name,
			     .to = *to,
			     .sent_ms = now.ms,
			     .sent_us = client_time_us(now) };
	const dgram_route route = { .sock = p->sock, .to = *to };

	w.asks_time = purpose == CLIENT_FOR_TIME || !client_credential_knows_time(r->credential);
	w.offer.request_id = w.asks_time ? client_credential_question_id()
					 : client_credential_next_id(r->credential, now);
	describe(r, p, &w, &q);
	if (purpose == CLIENT_FOR_REGISTRATION && !w.asks_time &&
	    client_associations_is_renewal_due(r->associations, now.ms) && !add_offer(r, &w, &q))
		return false;
	size_t n = client_credential_build(r->credential, &q, msg);
	if (n && p->by_relay)
		n = client_admission_sign(r->admission, p, q.pseudonym, r->attempts[p->slot] > 1,
					  msg, n, &w.key3);
	if (n == 0 || !dgramq_put(r->host->tx, &route, msg, n))
		return false;
	client_paths_sent(p, now.ms);
	r->under_way[r->next++ % CLIENT_REQUESTS] = w;
	OPENSSL_cleanse(&w, sizeof w);
	return true;
}

bool client_requests_send(client_requests *r, core_time now, client_path *p, client_purpose purpose)
{
	const endpoint to = client_requests_next_address(r, p);

	return client_requests_send_to(r, now, p, &to, purpose);
}

void client_requests_restart(client_requests *r)
{
	memset(r->attempts, 0, sizeof r->attempts);
}

void client_requests_reset(client_requests *r, unsigned slot)
{
	r->attempts[slot] = 0;
}

/* A refusal with code 133 has home's time in the upper half (RFC 5944 5.7.1). */
const client_request *client_requests_find(const client_requests *r, uint64_t reply_id)
{
	for (unsigned i = 0; i < CLIENT_REQUESTS; i++) {
		uint64_t id = r->under_way[i].offer.request_id;
		if (id && (uint32_t)id == (uint32_t)reply_id)
			return &r->under_way[i];
	}
	return NULL;
}

void client_requests_forget(client_requests *r, client_purpose purpose, uint16_t path)
{
	for (unsigned i = 0; i < CLIENT_REQUESTS; i++) {
		client_request *w = &r->under_way[i];
		if (w->purpose == purpose && (path == 0 || w->path == path))
			OPENSSL_cleanse(w, sizeof *w);
	}
}

void client_requests_wipe(client_requests *r)
{
	OPENSSL_cleanse(r->under_way, sizeof r->under_way);
}
