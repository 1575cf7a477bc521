/* SPDX-License-Identifier: MIT */
/* echo.c - echoes inside ESP: sent, answered, and what an answer tells. */
#include "core/client/priv.h"

static uint16_t known_mtu(const client_path *p)
{
	return p->mtu_on ? p->mtu.good : 0;
}

static client_echo *remember(client_core *c, core_time now, const client_path *p, uint16_t size)
{
	if (++c->last_echo == 0)
		c->last_echo = 1;
	client_echo *e = &c->echoes[c->last_echo % CLIENT_ECHOES];
	*e = (client_echo){ .id = c->last_echo, .path = p->name, .size = size, .sent_ms = now.ms };
	return e;
}

static size_t seal_ctl(client_core *c, client_path *p, client_sa *sa, const ctl_msg *m,
		       size_t inner)
{
	uint8_t *at = dgramq_reserve(c->tx, esp_sealed_len(inner));
	if (!at)
		return 0;
	wire_wr w = wire_writer(at + ESP_PAYLOAD_AT, inner);
	ctl_put(&w, m, inner - CTL_LEN);
	size_t n = w.bad ? 0 : esp_seal(sa->out, at, inner, ESP_NEXT_CTL);
	dgram_route r = client_route(p);
	if (n)
		dgramq_commit(c->tx, &r, n);
	return n;
}

uint32_t client_echo_send(client_core *c, core_time now, client_path *p, client_sa *sa,
			  uint8_t flags, uint16_t size)
{
	size_t inner = size ? esp_inner_max(size) : CTL_LEN;
	if (inner < CTL_LEN)
		return 0;
	client_echo *e = remember(c, now, p, size);
	e->mtu = known_mtu(p);
	ctl_msg m = {
		.kind = CTL_ECHO,
		.flags = flags,
		.path = p->name,
		.id = e->id,
		.stamp_us = client_us(now),
		.size = size ? size : (uint16_t)esp_sealed_len(inner),
		.mtu = e->mtu,
	};
	if (seal_ctl(c, p, sa, &m, inner) == 0)
		return 0;
	p->last_tx_ms = now.ms;
	return e->id;
}

static void answer(client_core *c, core_time now, client_path *p, const ctl_msg *q, size_t udp_len)
{
	ctl_msg m = *q;
	m.kind = CTL_ECHO_REPLY;
	m.flags = p == c->active ? 0 : CTL_STAY;
	m.size = (uint16_t)udp_len;
	m.mtu = known_mtu(p);
	if (c->cur && seal_ctl(c, p, c->cur, &m, CTL_LEN))
		p->last_tx_ms = now.ms;
}

static void answered(client_core *c, core_time now, client_path *p, const ctl_msg *m)
{
	client_echo *e = &c->echoes[m->id % CLIENT_ECHOES];
	if (m->id == 0 || e->id != m->id || e->path != p->name)
		return;
	client_path_rtt(c, p, client_since_us(now, e->sent_ms, m->stamp_us));
	client_live_proven(p, now.ms);
	if (e->mtu)
		p->mtu_told = e->mtu;
	if (e->size)
		client_mtu_answer(c, now, p, e->id, e->size);
	e->id = 0;
}

void client_ctl(client_core *c, core_time now, client_path *p, wire_bytes msg, size_t udp_len)
{
	wire_rd r = wire_reader(msg.p, msg.n);
	ctl_msg m;
	if (!ctl_get(&r, &m))
		return;
	if (m.kind == CTL_ECHO)
		answer(c, now, p, &m, udp_len);
	else
		answered(c, now, p, &m);
}
