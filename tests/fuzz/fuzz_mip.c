/* SPDX-License-Identifier: MIT */
/* Registration messages and their extensions. What decodes must encode to what decodes to the same; the
 * fixed parts lose nothing at all, so there the octets themselves must come back. */
#include "proto/general_ext.h"
#include "proto/mip.h"
#include "proto/mip_ext.h"
#include "oracle.h"

static void general(const mip_ext *x)
{
	general_ext g, again;
	general_sa sa, sa_again;
	uint8_t b[ORACLE_ROOM];

	if (!general_ext_get(x->body, &g))
		return;
	wire_wr w = wire_writer(b, sizeof b);
	general_ext_put(&w, x->vendor_type, &g);
	oracle_check(!w.bad && general_ext_get(oracle_body(&w, 10), &again));
	oracle_check(g.content_type == again.content_type && g.encrypted == again.encrypted);
	oracle_check(g.spi == again.spi && oracle_same(g.data, again.data));
	if (!general_sa_get(g.data, &sa))
		return;
	w = wire_writer(b, sizeof b);
	general_sa_put(&w, &sa);
	oracle_check(!w.bad && general_sa_get(oracle_body(&w, 0), &sa_again));
	oracle_check(oracle_same(g.data, oracle_body(&w, 0)) && sa.spi == sa_again.spi);
}

static void auth(const mip_ext *x)
{
	mip_auth_ext a;
	uint8_t b[ORACLE_ROOM];

	if (x->type == MIP_EXT_GENERALIZED_AUTH || !mip_auth_ext_get(x->body, &a))
		return;
	wire_wr w = wire_writer(b, sizeof b);
	uint8_t *tag = mip_auth_ext_put(&w, x->type, a.spi, a.authenticator.n);
	oracle_check(tag != NULL);
	memcpy(tag, a.authenticator.p, a.authenticator.n);
	oracle_check(oracle_same(x->body, oracle_body(&w, 2)));
}

static void udp_tunnel(const mip_ext *x)
{
	mip_udp_request q, q2;
	mip_udp_reply p, p2;
	uint8_t b[ORACLE_ROOM];
	wire_wr w = wire_writer(b, sizeof b);

	if (x->type == MIP_EXT_UDP_TUNNEL_REQUEST && mip_udp_request_get(x->body, &q)) {
		mip_udp_request_put(&w, &q);
		oracle_check(!w.bad && mip_udp_request_get(oracle_body(&w, 2), &q2));
		oracle_check(q.force == q2.force && q.encapsulation == q2.encapsulation);
		oracle_check(q.registration_required == q2.registration_required);
	}
	if (x->type == MIP_EXT_UDP_TUNNEL_REPLY && mip_udp_reply_get(x->body, &p)) {
		mip_udp_reply_put(&w, &p);
		oracle_check(!w.bad && mip_udp_reply_get(oracle_body(&w, 2), &p2));
		oracle_check(p.code == p2.code && p.force == p2.force);
		oracle_check(p.keepalive_s == p2.keepalive_s);
	}
}

static void notify(const mip_ext *x)
{
	mip_notify m;
	uint8_t b[ORACLE_ROOM];

	if (!mip_notify_get(x->body, &m))
		return;
	wire_wr w = wire_writer(b, sizeof b);
	mip_notify_put(&w, &m);
	oracle_check(oracle_same(x->body, oracle_body(&w, 0)) && mip_notify_text(m.reason));
}

static void extensions(wire_bytes all)
{
	wire_rd r = wire_reader(all.p, all.n);
	const uint8_t *last = all.p;
	mip_ext x;

	while (mip_ext_next(&r, &x)) {
		oracle_check(x.at >= last && x.body.p + x.body.n <= all.p + all.n);
		oracle_check(x.critical == (x.type < 128) && *x.at == x.type);
		last = x.body.p + x.body.n;
		udp_tunnel(&x);
		if (x.vendor_type >= VENDOR_GENERAL_NAI && x.vendor_type <= VENDOR_GENERAL_SA)
			general(&x);
		else if (x.vendor_type == VENDOR_NOTIFY)
			notify(&x);
		else if (x.type >= MIP_EXT_MOBILE_HOME && x.type <= MIP_EXT_FOREIGN_HOME)
			auth(&x);
	}
	oracle_check(r.bad || wire_left(&r) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static uint8_t again[65536];
	mip_request q;
	mip_reply p;
	wire_wr w = wire_writer(again, sizeof again);
	wire_rd r = wire_reader(data, n);

	if (n > sizeof again)
		return 0;
	if (mip_request_get(&r, &q)) {
		oracle_check(dgram_classify(data, n) == DGRAM_REQUEST);
		mip_request_put(&w, &q);
		oracle_check(oracle_same(oracle_body(&w, 0), (wire_bytes){ data, n }));
		extensions(q.extensions);
	}
	r = wire_reader(data, n);
	if (mip_reply_get(&r, &p)) {
		oracle_check(dgram_classify(data, n) == DGRAM_REPLY);
		w = wire_writer(again, sizeof again);
		mip_reply_put(&w, &p);
		oracle_check(oracle_same(oracle_body(&w, 0), (wire_bytes){ data, n }));
		oracle_check(mip_code_text(p.code) != NULL);
		extensions(p.extensions);
	}
	return 0;
}
