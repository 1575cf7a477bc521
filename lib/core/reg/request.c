/* SPDX-License-Identifier: MIT */
#include "core/reg/request.h"

#include "core/reg/auth_ext.h"
#include "core/reg/seal_ext.h"

static void put_ip(wire_wr *w, const key0_set *k, const reg_request *m, uint8_t content_type,
		   const ip_addr *a)
{
	seal_ext_put_ip(w, MIP_REQUEST_LEN, k->request_seal, content_type, m->pseudonym, a);
}

static void put_identity(wire_wr *w, const key0_set *k, const reg_request *m)
{
	wire_bytes nai = { (const uint8_t *)m->nai, strlen(m->nai) };

	seal_ext_put(w, MIP_REQUEST_LEN, k->request_seal, VENDOR_GENERAL_NAI, NAI_MOBILE_NODE,
		     m->pseudonym, nai);
	put_ip(w, k, m, IP_MOBILE_OR_HOME, &m->home4);
	put_ip(w, k, m, IP_MOBILE_OR_HOME, &m->home6);
	if (m->care_of.len == 16)
		put_ip(w, k, m, IP_CARE_OF, &m->care_of);
	if (m->has_mac)
		seal_ext_put(w, MIP_REQUEST_LEN, k->request_seal, VENDOR_GENERAL_L2, L2_ETHERNET,
			     m->pseudonym, (wire_bytes){ m->mac, MAC_LEN });
}

static void put_flag(wire_wr *w, bool set, uint16_t vendor_type)
{
	if (set)
		mip_vendor_close(w, mip_vendor_open(w, vendor_type));
}

/* The fixed header has room for IPv4 only, and never for the home address,
 * which the visited network must not see. */
static mip_request make_header(const reg_request *m)
{
	mip_request q = { .flags = m->flags,
			  .lifetime_s = m->lifetime_s,
			  .identification = m->identification };

	q.home_address = ip4(0, 0, 0, 0);
	q.home_agent = m->home_agent.len == 4 ? m->home_agent : ip4(0, 0, 0, 0);
	q.care_of = m->care_of.len == 4 ? m->care_of : ip4(0, 0, 0, 0);
	return q;
}

size_t reg_request_build(const key0_set *k, const reg_request *m, uint8_t out[MIP_MAX_MESSAGE])
{
	wire_wr w = wire_writer(out, MIP_MAX_MESSAGE);
	mip_request q = make_header(m);

	mip_request_put(&w, &q);
	put_flag(&w, m->asks_time, VENDOR_TIME);
	if (m->udp_tunnel)
		mip_udp_request_put(&w, &(mip_udp_request){ .force = true, .encapsulation = 50 });
	put_identity(&w, k, m);
	put_flag(&w, m->home_link, VENDOR_HOME_LINK);
	put_flag(&w, m->standby, VENDOR_STANDBY);
	put_flag(&w, m->carrier, VENDOR_CARRIER);
	if (m->sa.present)
		reg_sa_put(&w, &m->sa);
	return w.bad ? 0 : reg_auth_finish(&w, k, m->pseudonym);
}

static bool take_nai(wire_bytes b, reg_request *out)
{
	if (b.n == 0 || b.n > NAI_MAX || memchr(b.p, 0, b.n))
		return false;
	memcpy(out->nai, b.p, b.n);
	out->nai[b.n] = 0;
	return true;
}

static bool take_ip(const general_ext *g, reg_request *out)
{
	ip_addr a = ip_from_bytes(g->data.p, g->data.n);

	if (!a.len)
		return false;
	if (g->content_type == IP_CARE_OF)
		out->care_of = a;
	else if (g->content_type == IP_MOBILE_OR_HOME)
		*(a.len == 4 ? &out->home4 : &out->home6) = a;
	return true;
}

static bool take_mac(const general_ext *g, reg_request *out)
{
	if (g->content_type != L2_ETHERNET)
		return true;
	out->has_mac = g->data.n == MAC_LEN;
	memcpy(out->mac, g->data.p, out->has_mac ? MAC_LEN : 0);
	return true;
}

static bool take_general(const reg_scan *s, const key0_set *k, const mip_ext *x, reg_request *out)
{
	uint8_t plain[SEAL_EXT_MAX_PLAIN];
	general_ext g;

	if (!seal_ext_get(s->msg, MIP_REQUEST_LEN, x, k->request_seal, &g, plain))
		return false;
	switch (x->vendor_type) {
	case VENDOR_GENERAL_NAI:
		return take_nai(g.data, out);
	case VENDOR_GENERAL_IP:
		return take_ip(&g, out);
	case VENDOR_GENERAL_L2:
		return take_mac(&g, out);
	default:
		return true;
	}
}

static bool take_critical_vendor(const reg_scan *s, const key0_set *k, const mip_ext *x,
				 reg_request *out)
{
	switch (x->vendor_type) {
	case VENDOR_GENERAL_NAI:
	case VENDOR_GENERAL_IP:
	case VENDOR_GENERAL_L2:
	case VENDOR_GENERAL_SA:
		return take_general(s, k, x, out);
	case VENDOR_HOME_LINK:
		out->home_link = true;
		return true;
	case VENDOR_STANDBY:
		out->standby = true;
		return true;
	case VENDOR_CARRIER:
		out->carrier = true;
		return true;
	case VENDOR_TIME:
		out->asks_time = true;
		return true;
	default:
		return reg_sa_take(x, &out->sa);
	}
}

static bool take_ext(const reg_scan *s, const key0_set *k, const mip_ext *x, reg_request *out)
{
	mip_udp_request udp;

	switch (x->type) {
	case MIP_EXT_NAI: /* in the clear, where identity may be seen (RFC 2794) */
		return take_nai(x->body, out);
	case MIP_EXT_UDP_TUNNEL_REQUEST:
		out->udp_tunnel = mip_udp_request_get(x->body, &udp);
		return out->udp_tunnel;
	case MIP_EXT_CRITICAL_VENDOR:
		return take_critical_vendor(s, k, x, out);
	default:
		return reg_sa_take(x, &out->sa);
	}
}

bool reg_request_open(const reg_scan *s, const key0_set *k, reg_request *out)
{
	const mip_request *q = &s->request;

	memset(out, 0, offsetof(reg_request, sa));
	out->sa.present = false;
	out->sa.parts = 0;
	out->flags = q->flags;
	out->lifetime_s = q->lifetime_s;
	out->home_agent = q->home_agent;
	out->care_of = q->care_of;
	out->identification = q->identification;
	out->pseudonym = s->mobile_home.spi;
	if (!ip_is_any(&q->home_address)) /* a plain mobile node that hides nothing */
		out->home4 = q->home_address;
	for (unsigned i = 0; i < s->n_extensions; i++)
		if (!take_ext(s, k, &s->extensions[i], out))
			return false;
	return reg_sa_finish(&out->sa);
}
