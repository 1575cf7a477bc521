/* SPDX-License-Identifier: MIT */
#include "core/home/commit.h"

#include "core/home/foreign.h"

static bool is_behind_nat(const home_txn *t)
{
	const ip_addr *care_of = &t->decision.q.care_of;

	return !ip_is_any(care_of) && !ip_equal(care_of, &t->d.from.addr);
}

static home_binding binding_of(const home_txn *t, core_time now)
{
	return (home_binding){
		.care_of = t->decision.q.care_of,
		.route = dgram_route_back(&t->d),
		.nat = is_behind_nat(t),
		.expires_ms = now.ms + (uint64_t)t->decision.lifetime_s * 1000,
		.heard_ms = now.ms,
		.carrier = t->decision.q.carrier,
	};
}

static void log_bound(const home_commits *c, const home_txn *t, bool renewal)
{
	const home_peer *p = t->peer;
	const ip_addr *a4 = home_peer_address4(p);
	const sa_pair *pair = p->sas.pairs;
	const char *relay = home_links_name(c->links, t->d.sock);
	char home[ADDR_STRLEN], at[ENDPOINT_STRLEN];

	log_line(c->log, renewal ? LOG_DEBUG : LOG_INFO, "%s %s: %s at %s%s%s for %u s, %s", p->nai,
		 renewal ? "renewed" : "registered",
		 ip_format(a4->len ? a4 : home_peer_address6(p), home),
		 endpoint_format(&t->d.from, at),
		 relay                    ? " by relay "
		 : p->bindings.all[0].nat ? " behind a NAT"
					  : "",
		 relay ? relay : "", t->decision.lifetime_s,
		 pair ? esp_cipher_name(pair->cipher) : "no association");
}

static void bind_client(const home_commits *c, home_txn *t, core_time now)
{
	const home_binding b = binding_of(t, now);
	bool renewal = t->peer->bindings.n > 0;

	home_presence_bind(c->presence, t->peer, &b, t->decision.q.flags & MIP_S);
	log_bound(c, t, renewal);
}

static bool is_own_address(const home_peer *p, const ip_addr *a)
{
	return a->len && (ip_equal(a, home_peer_address4(p)) || ip_equal(a, home_peer_address6(p)));
}

/* A client that came home announces itself on the link (RFC 5944 4.6). A gratuitous ARP of ours in its name would
 * carry its hardware address as the source: switches would look for the client behind our port, and keep the reply
 * from it. */
static void unbind_client(const home_commits *c, home_txn *t)
{
	const ip_addr *at = &t->decision.q.care_of;
	home_peer *p = t->peer;

	if (t->decision.is_known)
		return;
	if (t->decision.q.home_link) {
		home_presence_come_home(c->presence, p);
		log_info(c->log, "%s is at home", p->nai);
		return;
	}
	home_presence_unbind(c->presence, p, is_own_address(p, at) ? NULL : at);
	log_info(c->log, "%s deregistered", p->nai);
}

static void log_standby(const home_commits *c, const home_txn *t)
{
	char at[ENDPOINT_STRLEN];

	log_debug(c->log, "%s standby at %s", t->peer->nai, endpoint_format(&t->d.from, at));
}

static void add_relays(const home_conf *c, reg_reply *r)
{
	for (unsigned i = 0; i < c->n_relays && r->n_relays < REG_RELAYS; i++) {
		if (!c->relays[i].at.addr.len)
			continue;
		reg_relay *to = &r->relays[r->n_relays++];
		to->at = c->relays[i].at;
		memcpy(to->name, c->relays[i].name, sizeof to->name);
	}
}

static void fill_reply(const home_conf *c, const home_txn *t, uint32_t spi_in, reg_reply *r)
{
	r->code = MIP_ACCEPTED;
	r->lifetime_s = (uint16_t)t->decision.lifetime_s;
	r->next_pseudonym = t->decision.next.spi_now;
	r->home4 = *home_peer_address4(t->peer);
	r->home6 = *home_peer_address6(t->peer);
	r->network4 = c->network4;
	r->network6 = c->network6;
	r->home_lan = c->home_lan4.len ? c->home_lan4 : c->home_lan6;
	r->observed = t->d.from;
	r->udp_tunnel = t->decision.q.udp_tunnel;
	r->keepalive_s = is_behind_nat(t) ? c->keepalive_s : 0;
	add_relays(c, r);
	if (spi_in)
		home_negotiation_answer(&t->decision.sa, spi_in, &r->sa);
}

home_verdict home_commit(const home_commits *c, home_txn *t, core_time now, reg_reply *out)
{
	sa_pair *pair = home_negotiation_take_pair(&t->decision.sa);
	bool needs_key3 = home_links_key2(c->links, t->d.sock) && t->decision.q.lifetime_s > 0;

	if (needs_key3 && !home_foreign_make_key3(&out->key3)) {
		sa_pair_free(pair);
		return home_refuse(MIP_HA_RESOURCES);
	}
	/* The SPI was picked before the wait; another registration may have installed one under it meanwhile. */
	if (pair && !sa_set_install(&t->peer->sas, pair)) {
		log_warn(c->log,
			 "%s: association %08x is not installed: its SPI is in use, or no memory",
			 t->peer->nai, pair->spi_in);
		sa_pair_free(pair);
		return home_refuse(MIP_HA_RESOURCES);
	}
	home_peer_adopt(c->peers, t->peer, &t->decision.next);
	if (!t->decision.is_known)
		home_links_client_changed(c->links, &t->peer->change);
	if (t->decision.q.standby)
		log_standby(c, t);
	else if (t->decision.q.lifetime_s == 0)
		unbind_client(c, t);
	else
		bind_client(c, t, now);
	fill_reply(c->conf, t, pair ? pair->spi_in : 0, out);
	return home_pass();
}
