/* SPDX-License-Identifier: MIT */
#include "core/client/echo.h"

static client_echo *remember(client_echoes *e, core_time now, const client_path *p, uint16_t size)
{
	if (++e->last_id == 0)
		e->last_id = 1;
	client_echo *w = &e->list[e->last_id % CLIENT_ECHOES];
	*w = (client_echo){
		.id = e->last_id, .path = p->name, .size = size, .mtu = p->mtu, .sent_ms = now.ms
	};
	return w;
}

static bool seal(client_echoes *e, core_time now, client_path *p, sa_pair *sa, const ctl_msg *m,
		 size_t inner)
{
	uint8_t *at = dgramq_reserve(e->host->tx, esp_sealed_len(inner));
	const dgram_route route = client_paths_route(p);

	if (!at)
		return false;
	wire_wr w = wire_writer(at + ESP_PAYLOAD_AT, inner);
	ctl_put(&w, m, inner - CTL_LEN);
	size_t n = w.bad ? 0 : sa_pair_seal(sa, now.ms, at, inner, ESP_NEXT_CTL);
	if (n == 0)
		return false;
	dgramq_commit(e->host->tx, &route, n);
	client_paths_sent(p, now.ms);
	return true;
}

uint32_t client_echo_send_on(client_echoes *e, core_time now, client_path *p, sa_pair *sa,
			     uint8_t flags, uint16_t size)
{
	size_t inner = size ? esp_inner_max(size) : CTL_LEN;

	if (inner < CTL_LEN)
		return 0;
	const client_echo *w = remember(e, now, p, size);
	const ctl_msg m = {
		.kind = CTL_ECHO,
		.flags = flags,
		.path = p->name,
		.id = w->id,
		.stamp_us = client_time_us(now),
		.size = size ? size : (uint16_t)esp_sealed_len(inner),
		.mtu = w->mtu,
	};
	return seal(e, now, p, sa, &m, inner) ? w->id : 0;
}

uint32_t client_echo_send(client_echoes *e, core_time now, client_path *p, uint8_t flags,
			  uint16_t size)
{
	sa_pair *sa = client_associations_sending(e->associations, now.ms);

	return sa ? client_echo_send_on(e, now, p, sa, flags, size) : 0;
}

static void send_answer(client_echoes *e, core_time now, client_path *p, const ctl_msg *q,
			size_t udp_len)
{
	sa_pair *sa = client_associations_sending(e->associations, now.ms);
	ctl_msg m = *q;

	m.kind = CTL_ECHO_REPLY;
	m.flags = p == e->paths->active ? 0 : CTL_STAY;
	m.size = (uint16_t)udp_len;
	m.mtu = p->mtu;
	if (sa)
		seal(e, now, p, sa, &m, CTL_LEN);
}

bool client_echo_receive(client_echoes *e, core_time now, client_path *p, wire_bytes msg,
			 size_t udp_len, client_echo_answer *out)
{
	wire_rd r = wire_reader(msg.p, msg.n);
	ctl_msg m;

	if (!ctl_get(&r, &m))
		return false;
	if (m.kind == CTL_ECHO) {
		send_answer(e, now, p, &m, udp_len);
		return false;
	}
	client_echo *w = &e->list[m.id % CLIENT_ECHOES];
	if (m.id == 0 || w->id != m.id || w->path != p->name)
		return false;
	*out = (client_echo_answer){ .id = w->id,
				     .rtt_us = client_time_since_us(now, w->sent_ms, m.stamp_us),
				     .size = w->size,
				     .mtu = w->mtu };
	w->id = 0;
	return true;
}
