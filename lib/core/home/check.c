/* SPDX-License-Identifier: MIT */
#include "core/home/check.h"

#include "base/clock.h"
#include "core/home/foreign.h"
#include "core/reg/ident.h"
#include <openssl/crypto.h>
#include <string.h>

typedef home_verdict check(home_checks *c, home_txn *t, core_time now);

/* Which registrations a check is for. */
enum { TO_END = 1, TO_BIND = 2, TO_STAND_BY = 4, ALL = TO_END | TO_BIND | TO_STAND_BY };

static unsigned kind_of(const home_asked *q)
{
	return q->standby ? TO_STAND_BY : q->lifetime_s == 0 ? TO_END : TO_BIND;
}

bool home_check_relay(const home_links *links, const home_arrival *in)
{
	const key2_set *relay = home_links_key2(links, in->d->sock);

	return in->d->sock >= DGRAM_RELAY ? relay && home_foreign_vouches(relay, in->scan)
					  : !in->scan->foreign_home.present;
}

static home_verdict relay_vouches(home_checks *c, home_txn *t, core_time now)
{
	(void)now;
	return home_pass_if(home_check_relay(c->links, &t->in), MIP_HA_FA_FAILED_AUTH);
}

/* RFC 5944 5.7.1: as of the time when it came, after what has been accepted or is about to be. */
static home_verdict is_fresh(home_checks *c, home_txn *t, core_time now)
{
	const home_peer *p = t->peer;
	uint64_t last = p ? home_txn_last_id(&p->txns, p->credential.last_id) : 0;

	(void)c;
	(void)now;
	return home_pass_if(ident_check(t->scan.request.identification, last, t->in.at.ntp) ==
				    IDENT_FRESH,
			    MIP_HA_IDENT_MISMATCH);
}

static bool admit(home_checks *c, home_txn *t, const home_client_conf *who)
{
	err e;
	home_peer *p = home_clients_put(c->clients, who, NULL, &e);

	return p && home_txn_assign(c->clients->txns, t, &p->txns, p);
}

/* What came under a key that home holds has been verified before there was a transaction. */
static home_verdict prove(home_checks *c, home_txn *t, core_time now)
{
	const home_authority *by = c->conf->authority;
	home_client_conf who = { 0 };

	(void)now;
	if (t->peer)
		return home_pass();
	if (!by)
		return home_refuse(MIP_HA_MN_FAILED_AUTH);
	const home_verdict v = by->verify(&t->scan, t->answer, &t->question, &who);
	bool ok = v.outcome != HOME_PASS || admit(c, t, &who);
	OPENSSL_cleanse(&who, sizeof who);
	return ok ? v : home_refuse(MIP_HA_RESOURCES);
}

/* Each costs a key exchange, a write, and a message to every relay: a client that is broken, or somebody's tool, must
 * not take those from the others. */
static home_verdict take_grant(home_checks *c, home_txn *t, core_time now)
{
	(void)c;
	return home_pass_if(home_credential_take_grant(&t->peer->credential, now.ms),
			    MIP_HA_RESOURCES);
}

static home_verdict has_turn(home_checks *c, home_txn *t, core_time now)
{
	(void)c;
	(void)now;
	return home_txn_has_turn(t) ? home_pass() : home_must_wait(HOME_WAIT_TURN);
}

static bool is_broadcast(const ip_addr *a)
{
	static const uint8_t ones[4] = { 255, 255, 255, 255 };

	return a->len == 4 && memcmp(a->b, ones, 4) == 0;
}

static home_verdict is_for_us(home_checks *c, home_txn *t, core_time now)
{
	const ip_addr *a = &t->scan.request.home_agent;

	(void)now;
	if (ip_is_any(a) || is_broadcast(a) || ip_equal(a, &t->d.local))
		return home_pass();
	for (unsigned i = 0; i < c->conf->n_agents; i++)
		if (ip_equal(a, &c->conf->agents[i]))
			return home_pass();
	return home_pass_if(c->conf->has_unknown_agents, MIP_HA_UNKNOWN_AGENT);
}

/* The offer of an association is read once more when it is negotiated: it is a hundred times as long as the rest. */
static home_verdict understand(home_checks *c, home_txn *t, core_time now)
{
	const home_peer *p = t->peer;
	reg_request q;

	(void)c;
	(void)now;
	if (t->scan.unknown_critical || !home_credential_open_request(&p->credential, &t->scan, &q))
		return home_refuse(MIP_HA_BAD_REQUEST);
	t->decision.q = (home_asked){ .flags = q.flags,
				      .lifetime_s = q.lifetime_s,
				      .care_of = q.care_of,
				      .home4 = q.home4,
				      .home6 = q.home6,
				      .names_owner = strcmp(q.nai, p->nai) == 0,
				      .home_link = q.home_link,
				      .standby = q.standby,
				      .carrier = q.carrier,
				      .udp_tunnel = q.udp_tunnel,
				      .has_offer = q.sa.present };
	return home_pass();
}

static home_verdict names_its_owner(home_checks *c, home_txn *t, core_time now)
{
	(void)c;
	(void)now;
	return home_pass_if(t->decision.q.names_owner, MIP_HA_MN_FAILED_AUTH);
}

static uint64_t unix_s(uint64_t ntp)
{
	return (ntp >> 32) - NTP_UNIX_OFFSET;
}

static home_verdict account_is_valid(home_checks *c, home_txn *t, core_time now)
{
	uint64_t expires = t->peer->expires_unix_s;

	(void)c;
	if (!expires || unix_s(now.ntp) < expires)
		return home_pass();
	return home_refuse_because(MIP_HA_PROHIBITED, NOTIFY_EXPIRED, 0);
}

/* What is asked for is nothing, any, or exactly what the client has. */
static bool settle_address(home_checks *c, home_peer *p, const ip_addr *asked, const ip_addr *has,
			   uint8_t len)
{
	const ip_prefix *network = len == 4 ? &c->conf->network4 : &c->conf->network6;
	ip_addr lease;

	if (asked->len && !ip_is_any(asked))
		return ip_equal(asked, has);
	if (asked->len == 0 || has->len || network->addr.len == 0)
		return true;
	return home_lease_pick(&c->leases, c->conf, &c->peers->addresses, len, &lease) &&
	       home_peer_lease(c->peers, p, &lease);
}

static home_verdict settle_addresses(home_checks *c, home_txn *t, core_time now)
{
	home_peer *p = t->peer;
	const home_asked *q = &t->decision.q;
	const ip_addr *a4 = home_peer_address4(p), *a6 = home_peer_address6(p);

	(void)now;
	if (settle_address(c, p, &q->home4, a4, 4) && settle_address(c, p, &q->home6, a6, 16) &&
	    (a4->len || a6->len))
		return home_pass();
	return home_refuse_because(MIP_HA_PROHIBITED, NOTIFY_NO_ADDRESS, 0);
}

/* "I am at home" is accepted only if the home link itself brought it. */
static home_verdict is_home_if_it_says_so(home_checks *c, home_txn *t, core_time now)
{
	const home_conf *conf = c->conf;
	const ip_addr *from = &t->d.from.addr;

	(void)now;
	if (!t->decision.q.home_link)
		return home_pass();
	if (t->decision.q.lifetime_s == 0 && conf->lan_ifindex &&
	    t->d.ifindex == conf->lan_ifindex &&
	    (prefix_contains(&conf->network4, from) || prefix_contains(&conf->network6, from)))
		return home_pass();
	return home_refuse_because(MIP_HA_PROHIBITED, NOTIFY_NOT_HOME_LINK, 0);
}

/* A path to keep ready asks for nothing else. */
static home_verdict asks_for_standby_alone(home_checks *c, home_txn *t, core_time now)
{
	const home_asked *q = &t->decision.q;

	(void)c;
	(void)now;
	return home_pass_if(q->lifetime_s > 0 && !q->home_link && !q->has_offer,
			    MIP_HA_BAD_REQUEST);
}

static home_verdict is_registered(home_checks *c, home_txn *t, core_time now)
{
	(void)c;
	(void)now;
	return home_pass_if(t->peer->bindings.n > 0, MIP_HA_UNSPECIFIED);
}

static home_verdict has_a_binding_left(home_checks *c, home_txn *t, core_time now)
{
	const home_bindings *b = &t->peer->bindings;
	const dgram_route back = dgram_route_back(&t->d);

	(void)c;
	(void)now;
	return home_pass_if(!(t->decision.q.flags & MIP_S) || b->n < HOME_MAX_BINDINGS ||
				    home_bindings_find(b, &t->decision.q.care_of) ||
				    home_bindings_find_route(b, &back),
			    MIP_HA_TOO_MANY_BINDINGS);
}

static home_verdict table_has_room(home_checks *c, home_txn *t, core_time now)
{
	(void)now;
	return home_pass_if(t->peer->bindings.n > 0 ||
				    c->presence->n_registered < c->conf->max_clients,
			    MIP_HA_RESOURCES);
}

static home_verdict negotiate(home_checks *c, home_txn *t, core_time now)
{
	const home_peer *p = t->peer;

	if (t->decision.q.has_offer)
		return home_negotiate(&t->decision.sa, &c->conf->policy, c->peers->sas,
				      &p->credential, &t->scan, now.ms);
	/* Home lost the association or never had one: the client has to come with an offer. */
	return home_pass_if(sa_set_sending(&p->sas, now.ms) != NULL, MIP_HA_UNSPECIFIED);
}

static uint32_t at_most(uint32_t a, uint64_t b)
{
	return b < a ? (uint32_t)b : a;
}

/* Seconds that the association in use still has; its grace is not granted. */
static uint32_t sa_left_s(const sa_set *sas, uint64_t now_ms)
{
	const sa_pair *pair = sa_set_sending(sas, now_ms);
	uint64_t until = pair ? pair->limits.soft_ms : 0;

	return until > now_ms ? (uint32_t)((until - now_ms) / 1000) : 0;
}

/* Never past what carries it: the account and the association. */
static home_verdict grant_lifetime(home_checks *c, home_txn *t, core_time now)
{
	const home_peer *p = t->peer;
	const home_decision *d = &t->decision;
	uint32_t s = at_most(d->q.lifetime_s, c->conf->lifetime_max_s);

	s = s < c->conf->lifetime_min_s ? c->conf->lifetime_min_s : s;
	if (p->expires_unix_s)
		s = p->expires_unix_s > unix_s(now.ntp)
			    ? at_most(s, p->expires_unix_s - unix_s(now.ntp))
			    : 0;
	s = at_most(s, d->q.has_offer ? d->sa.choice.lifetime_s : sa_left_s(&p->sas, now.ms));
	t->decision.lifetime_s = at_most(s, UINT16_MAX - 1); /* 0xffff would mean for ever */
	return home_pass_if(s > 0, MIP_HA_UNSPECIFIED);
}

/* A request under the pseudonym before the present one was sent before our last reply arrived: it gets the same
 * successor again, so that whichever reply arrives names one that is good. */
static bool rotate_pseudonym(const home_credentials *all, uint32_t used, home_client_state *next)
{
	if (used == next->spi_before && next->spi_now)
		return true;
	next->spi_before = used;
	next->spi_now = home_credentials_pick_spi(all);
	return next->spi_now != 0;
}

/* Where it can be reached once this registration is granted. */
static home_place place_after(const home_txn *t, core_time now)
{
	const dgram_route back = dgram_route_back(&t->d);
	const home_bindings *b = &t->peer->bindings;
	const home_asked *q = &t->decision.q;

	if (kind_of(q) == TO_BIND)
		return home_place_of(&back, t->decision.lifetime_s * 1000ull, now);
	if (kind_of(q) == TO_STAND_BY || (!q->home_link && b->n > 1))
		return home_place_of_bindings(b, now);
	return (home_place){ 0 };
}

static home_verdict make_durable(home_checks *c, home_txn *t, core_time now)
{
	const home_credentials *all = &c->peers->credentials;
	const home_credential *own = &t->peer->credential;
	home_client_state *next = &t->decision.next;
	uint32_t used = t->scan.mobile_home.spi;

	if (t->answer)
		return home_pass_if(t->answer->ok, home_wait_refusal(HOME_WAIT_DURABLE));
	*next = home_peer_state(t->peer);
	next->place = place_after(t, now);
	next->last_id = t->scan.request.identification;
	/* A client at home makes sure of it every few seconds. A copy of such a request that outlives the memory of it
	 * finds the client at home, or is older than the registration by which it has left. */
	t->decision.is_known = t->decision.q.home_link && t->peer->bindings.at_home;
	if (t->decision.is_known)
		return home_pass();
	if (home_credentials_find(all, used) != own) /* it is the authority's */
		used = next->spi_now;
	if (rotate_pseudonym(all, used, next) && home_peer_reserve(c->peers, t->peer, next))
		return home_must_wait(HOME_WAIT_DURABLE);
	return home_refuse(MIP_HA_RESOURCES);
}

/* What can have changed during a wait is looked at before it, so that nothing is asked for in vain, and after it. */
static const struct {
	check *check;
	unsigned of;
} table[] = {
	{ is_fresh, ALL }, /* first: a recording proves nothing, whatever somebody appended to it */
	{ relay_vouches, ALL },
	{ prove, ALL },
	{ take_grant, ALL },
	{ has_turn, ALL },
	{ is_fresh, ALL },
	{ is_for_us, ALL },
	{ understand, ALL },
	{ names_its_owner, ALL },
	{ account_is_valid, ALL },
	{ settle_addresses, ALL },
	{ is_home_if_it_says_so, ALL },
	{ asks_for_standby_alone, TO_STAND_BY },
	{ is_registered, TO_STAND_BY },
	{ has_a_binding_left, TO_BIND },
	{ table_has_room, TO_BIND },
	{ negotiate, TO_BIND },
	{ grant_lifetime, TO_BIND | TO_STAND_BY },
	{ make_durable, ALL },
	{ relay_vouches, ALL },
	{ is_registered, TO_STAND_BY },
	{ table_has_room, TO_BIND },
	{ grant_lifetime, TO_BIND | TO_STAND_BY },
};

home_verdict home_checks_run(home_checks *c, home_txn *t, core_time now)
{
	home_decision *d = &t->decision;

	for (; d->step < sizeof table / sizeof table[0]; d->step++) {
		/* Until the request is understood, only checks of all registrations come. */
		bool applies = table[d->step].of & kind_of(&d->q);
		const home_verdict v = applies ? table[d->step].check(c, t, now) : home_pass();
		t->answer = NULL;
		if (v.outcome != HOME_PASS)
			return v;
	}
	return home_pass();
}
