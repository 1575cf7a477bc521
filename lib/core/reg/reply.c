/* SPDX-License-Identifier: MIT */
#include "core/reg/reply.h"

#include "core/reg/auth_ext.h"
#include "core/reg/key3_ext.h"
#include "core/reg/relay.h"
#include "core/reg/seal_ext.h"

typedef struct put_ctx {
	wire_wr *w;
	const key0_set *k;
	uint32_t spi;
} put_ctx;

static void put_ip(put_ctx *c, uint8_t content, const ip_addr *a)
{
	seal_ext_put_ip(c->w, MIP_REPLY_LEN, c->k->reply_seal, content, c->spi, a);
}

static void put_sealed(put_ctx *c, uint16_t vendor_type, uint8_t content, const wire_wr *plain)
{
	seal_ext_put(c->w, MIP_REPLY_LEN, c->k->reply_seal, vendor_type, content, c->spi,
		     (wire_bytes){ plain->start, wire_len(plain) });
}

static void put_network(put_ctx *c, const ip_prefix *p)
{
	uint8_t buf[17];
	wire_wr w = wire_writer(buf, sizeof buf);

	if (!p->addr.len)
		return;
	wire_put_u8(&w, p->bits);
	wire_put(&w, p->addr.b, p->addr.len);
	put_sealed(c, VENDOR_GENERAL_IP, IP_HOME_NETWORK, &w);
}

static void put_observed(put_ctx *c, const endpoint *e)
{
	uint8_t buf[18];
	wire_wr w = wire_writer(buf, sizeof buf);

	if (!e->addr.len)
		return;
	wire_put(&w, e->addr.b, e->addr.len);
	wire_put_u16(&w, e->port);
	put_sealed(c, VENDOR_GENERAL_IP, IP_OBSERVED, &w);
}

static void put_pseudonym(put_ctx *c, uint32_t next)
{
	uint8_t buf[8];
	wire_wr w = wire_writer(buf, sizeof buf);

	if (!next)
		return;
	general_sa_put(&w, &(general_sa){ .spi = next });
	put_sealed(c, VENDOR_GENERAL_SA, SA_CLIENT_AGENT, &w);
}

static void put_relay(put_ctx *c, const reg_relay *r)
{
	uint8_t buf[3 + 16 + RELAY_NAME_MAX];
	wire_wr w = wire_writer(buf, sizeof buf);

	wire_put_u16(&w, r->at.port);
	wire_put_u8(&w, r->at.addr.len);
	wire_put(&w, r->at.addr.b, r->at.addr.len);
	wire_put(&w, r->name, strlen(r->name));
	put_sealed(c, VENDOR_GENERAL_IP, IP_RELAY, &w);
}

static void put_notify(wire_wr *w, const mip_notify *n)
{
	if (n->reason == NOTIFY_NONE)
		return;
	size_t mark = mip_vendor_open(w, VENDOR_NOTIFY);
	mip_notify_put(w, n);
	mip_vendor_close(w, mark);
}

static size_t build(const key0_set *k, const reg_reply *m, unsigned n_relays,
		    uint8_t out[MIP_MAX_MESSAGE])
{
	wire_wr w = wire_writer(out, MIP_MAX_MESSAGE);
	put_ctx c = { &w, k, m->pseudonym };
	mip_reply r = { .code = m->code,
			.lifetime_s = m->lifetime_s,
			.home_address = ip4(0, 0, 0, 0),
			.identification = m->identification };

	r.home_agent = m->home_agent.len == 4 ? m->home_agent : ip4(0, 0, 0, 0);
	mip_reply_put(&w, &r);
	if (m->udp_tunnel)
		mip_udp_reply_put(&w,
				  &(mip_udp_reply){ .force = true, .keepalive_s = m->keepalive_s });
	put_ip(&c, IP_MOBILE_OR_HOME, &m->home4);
	put_ip(&c, IP_MOBILE_OR_HOME, &m->home6);
	put_network(&c, &m->network4);
	put_network(&c, &m->network6);
	put_ip(&c, IP_HOME_AGENT_LAN, &m->home_lan);
	put_observed(&c, &m->observed);
	put_pseudonym(&c, m->next_pseudonym);
	if (m->key3.spi)
		reg_key3_put(&w, k->reply_seal, VENDOR_GENERAL_SA, m->pseudonym, &m->key3);
	for (unsigned i = 0; i < n_relays; i++)
		put_relay(&c, &m->relays[i]);
	put_notify(&w, &m->notify);
	if (m->sa.present)
		reg_sa_put(&w, &m->sa);
	return w.bad ? 0 : reg_auth_finish(&w, k, m->pseudonym);
}

/* As many relays as there is room for beside what home appends for the one that the request came by. */
size_t reg_reply_build(const key0_set *k, const reg_reply *m, uint8_t out[MIP_MAX_MESSAGE])
{
	size_t n = 0;

	for (unsigned relays = m->n_relays + 1u; relays-- > 0;) {
		n = build(k, m, relays, out);
		if (n && n + REG_RELAY_ROOM <= MIP_MAX_MESSAGE)
			break;
	}
	return n;
}

size_t reg_refusal_build(const mip_request *q, uint8_t code, uint8_t out[MIP_REPLY_LEN])
{
	wire_wr w = wire_writer(out, MIP_REPLY_LEN);

	mip_reply_put(&w, &(mip_reply){ .code = code,
					.home_address = q->home_address,
					.home_agent = q->home_agent,
					.identification = q->identification });
	return w.bad ? 0 : wire_len(&w);
}

static bool take_network(wire_bytes b, reg_reply *out)
{
	if (b.n < 1)
		return false;
	ip_prefix p = { ip_from_bytes(b.p + 1, b.n - 1), b.p[0] };
	if (!p.addr.len || p.bits > p.addr.len * 8)
		return false;
	*(p.addr.len == 4 ? &out->network4 : &out->network6) = p;
	return true;
}

static bool take_observed(wire_bytes b, reg_reply *out)
{
	if (b.n < 2)
		return false;
	out->observed.addr = ip_from_bytes(b.p, b.n - 2);
	out->observed.port = load_be16(b.p + b.n - 2);
	return out->observed.addr.len != 0;
}

/* More of them than we keep, or one without an address of ours, is no error. */
static bool take_relay(wire_bytes b, reg_reply *out)
{
	wire_rd r = wire_reader(b.p, b.n);
	reg_relay *to = &out->relays[out->n_relays];
	uint16_t port = wire_u16(&r);
	uint8_t len = wire_u8(&r);
	const uint8_t *address = wire_take(&r, len);
	wire_bytes name = wire_rest(&r);

	if (r.bad || name.n > RELAY_NAME_MAX || memchr(name.p, 0, name.n))
		return false;
	ip_addr a = ip_from_bytes(address, len);
	if (out->n_relays == REG_RELAYS || !a.len || !port)
		return true;
	*to = (reg_relay){ .at = { .addr = a, .port = port } };
	memcpy(to->name, name.p, name.n);
	out->n_relays++;
	return true;
}

static bool take_ip(const general_ext *g, reg_reply *out)
{
	ip_addr a = ip_from_bytes(g->data.p, g->data.n);

	switch (g->content_type) {
	case IP_HOME_NETWORK:
		return take_network(g->data, out);
	case IP_OBSERVED:
		return take_observed(g->data, out);
	case IP_RELAY:
		return take_relay(g->data, out);
	case IP_HOME_AGENT_LAN:
		out->home_lan = a;
		return a.len != 0;
	case IP_MOBILE_OR_HOME:
		*(a.len == 4 ? &out->home4 : &out->home6) = a;
		return a.len != 0;
	default:
		return true;
	}
}

static bool take_association(const general_ext *g, reg_reply *out)
{
	general_sa sa;

	if (!general_sa_get(g->data, &sa))
		return false;
	if (g->content_type == SA_CLIENT_AGENT)
		out->next_pseudonym = sa.spi;
	return g->content_type != SA_KEY3 || reg_key3_get(&sa, &out->key3);
}

static bool take_sealed(const reg_scan *s, const key0_set *k, const mip_ext *x, reg_reply *out)
{
	uint8_t plain[SEAL_EXT_MAX_PLAIN];
	general_ext g;
	bool ok = seal_ext_get(s->msg, MIP_REPLY_LEN, x, k->reply_seal, &g, plain);

	if (ok && x->vendor_type == VENDOR_GENERAL_IP)
		ok = take_ip(&g, out);
	else if (ok && x->vendor_type == VENDOR_GENERAL_SA && g.encrypted)
		ok = take_association(&g, out);
	explicit_bzero(plain, sizeof plain);
	return ok;
}

static bool take_udp(const mip_ext *x, reg_reply *out)
{
	mip_udp_reply udp;

	if (!mip_udp_reply_get(x->body, &udp))
		return false;
	out->udp_tunnel = udp.code == 0;
	out->keepalive_s = udp.keepalive_s;
	return true;
}

static bool take_ext(const reg_scan *s, const key0_set *k, const mip_ext *x, reg_reply *out)
{
	if (x->type == MIP_EXT_UDP_TUNNEL_REPLY)
		return take_udp(x, out);
	switch (x->vendor_type) {
	case VENDOR_NOTIFY:
		return mip_notify_get(x->body, &out->notify);
	case VENDOR_GENERAL_NAI:
	case VENDOR_GENERAL_IP:
	case VENDOR_GENERAL_L2:
	case VENDOR_GENERAL_SA:
		return take_sealed(s, k, x, out);
	default:
		return reg_sa_take(x, &out->sa);
	}
}

bool reg_reply_open(const reg_scan *s, const key0_set *k, reg_reply *out)
{
	memset(out, 0, offsetof(reg_reply, sa));
	out->sa.present = false;
	out->sa.parts = 0;
	out->code = s->reply.code;
	out->lifetime_s = s->reply.lifetime_s;
	out->home_agent = s->reply.home_agent;
	out->identification = s->reply.identification;
	out->pseudonym = s->mobile_home.spi;
	for (unsigned i = 0; i < s->n_extensions; i++)
		if (!take_ext(s, k, &s->extensions[i], out))
			return false;
	return reg_sa_finish(&out->sa);
}
