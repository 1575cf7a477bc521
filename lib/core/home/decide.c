/* SPDX-License-Identifier: MIT */
/* decide.c - whether an authentic registration is granted: a list of checks in order, each of which
 * refuses with the code of RFC 5944 3.4 that says why. None changes anything but the case itself. */
#include "core/home/priv.h"

#include "base/clock.h"
#include "core/reg/ident.h"

static bool is_fresh(home_core *h, home_case *k) /* RFC 5944 5.7.1 */
{
	(void)h;
	uint64_t id = k->scan->request.identification;

	if (ident_check(id, k->c->state.last_id, k->now.ntp) == IDENT_FRESH)
		return true;
	k->r.identification = ident_resync(id, ident_now(k->c->state.last_id, k->now.ntp));
	return home_refuse(k, MIP_HA_IDENT_MISMATCH, NOTIFY_NONE, 0);
}

/* Each costs a key exchange, a write, and a word to every relay: a client that is out of its mind, or
 * somebody's tool, must not take those from the others. */
static bool is_not_too_often(home_core *h, home_case *k)
{
	(void)h;
	return rate_take(&k->c->grants, k->now.ms) ||
	       home_refuse(k, MIP_HA_RESOURCES, NOTIFY_NONE, 0);
}

static bool is_broadcast(const ip_addr *a)
{
	static const uint8_t ones[4] = { 255, 255, 255, 255 };

	return a->len == 4 && memcmp(a->b, ones, 4) == 0;
}

static bool means_us(home_core *h, home_case *k)
{
	const ip_addr *a = &k->scan->request.home_agent;

	if (ip_is_any(a) || is_broadcast(a) || ip_equal(a, &k->d->local))
		return true;
	for (unsigned i = 0; i < h->conf->n_agents; i++)
		if (ip_equal(a, &h->conf->agents[i]))
			return true;
	return home_refuse(k, MIP_HA_UNKNOWN_AGENT, NOTIFY_NONE, 0);
}

static bool is_understood(home_core *h, home_case *k)
{
	(void)h;
	if (!k->scan->unknown_critical && reg_request_open(k->scan, &k->c->keys, &k->q))
		return true;
	return home_refuse(k, MIP_HA_BAD_REQUEST, NOTIFY_NONE, 0);
}

static bool is_who_it_says(home_core *h, home_case *k)
{
	(void)h;
	if (strcmp(k->q.nai, k->c->conf.nai) == 0)
		return true;
	return home_refuse(k, MIP_HA_MN_FAILED_AUTH, NOTIFY_NONE, 0);
}

static uint64_t unix_s(uint64_t ntp)
{
	return (ntp >> 32) - NTP_UNIX_OFFSET;
}

static bool account_runs(home_core *h, home_case *k)
{
	(void)h;
	uint64_t expires = k->c->conf.expires_unix_s;

	if (!expires || unix_s(k->now.ntp) < expires)
		return true;
	return home_refuse(k, MIP_HA_PROHIBITED, NOTIFY_EXPIRED, 0);
}

/* What was asked for is nothing, anything, or exactly what the client has. */
static bool settle_address(home_core *h, const ip_addr *asked, const ip_addr *configured,
			   const ip_prefix *network, uint64_t *cursor, ip_addr *lease)
{
	const ip_addr *has = configured->len ? configured : lease;

	if (asked->len && !ip_is_any(asked))
		return ip_equal(asked, has);
	if (asked->len == 0 || has->len || network->addr.len == 0)
		return true;
	return home_lease(h, network, cursor, lease);
}

static bool has_address(home_core *h, home_case *k)
{
	home_client_conf *c = &k->c->conf;
	home_client_state *n = &k->next;

	if (settle_address(h, &k->q.home4, &c->home4, &h->conf->network4, &h->lease_cursor4,
			   &n->lease4) &&
	    settle_address(h, &k->q.home6, &c->home6, &h->conf->network6, &h->lease_cursor6,
			   &n->lease6) &&
	    (c->home4.len || c->home6.len || n->lease4.len || n->lease6.len))
		return true;
	return home_refuse(k, MIP_HA_PROHIBITED, NOTIFY_NO_ADDRESS, 0);
}

/* "I am at home" is believed only where the home link itself brought it (row V5). */
static bool is_home_if_it_says(home_core *h, home_case *k)
{
	const home_conf *c = h->conf;
	const ip_addr *from = &k->d->from.addr;

	if (!k->q.home_link)
		return true;
	if (k->q.lifetime_s == 0 && c->lan_ifindex && k->d->ifindex == c->lan_ifindex &&
	    (prefix_contains(&c->network4, from) || prefix_contains(&c->network6, from)))
		return true;
	return home_refuse(k, MIP_HA_PROHIBITED, NOTIFY_NOT_HOME_LINK, 0);
}

static bool has_a_binding_left(home_core *h, home_case *k)
{
	home_client *c = k->c;

	(void)h;
	if (!(k->q.flags & MIP_S) || c->n_bindings < HOME_MAX_BINDINGS ||
	    home_bind_find(c, &k->q.care_of) || home_bind_from(c, k->d))
		return true;
	return home_refuse(k, MIP_HA_TOO_MANY_BINDINGS, NOTIFY_NONE, 0);
}

static bool table_has_room(home_core *h, home_case *k)
{
	if (k->c->n_bindings > 0 || h->n_registered < h->conf->max_clients)
		return true;
	return home_refuse(k, MIP_HA_RESOURCES, NOTIFY_NONE, 0);
}

static uint32_t at_most(uint32_t a, uint64_t b)
{
	return b < a ? (uint32_t)b : a;
}

/* Seconds that the association in use still has; its grace is not for giving away. */
uint32_t home_sa_left_s(const home_client *c, uint64_t now_ms)
{
	const home_sa *sa = home_sa_for_sending(c);
	uint64_t until = sa ? sa->ends_ms - HOME_SA_GRACE_MS : 0;

	return until > now_ms ? (uint32_t)((until - now_ms) / 1000) : 0;
}

/* Never past what carries it: the account and the association. */
static bool grant_lifetime(home_core *h, home_case *k)
{
	const home_conf *c = h->conf;
	uint32_t s = at_most(k->q.lifetime_s, c->lifetime_max_s);

	s = s < c->lifetime_min_s ? c->lifetime_min_s : s;
	if (k->c->conf.expires_unix_s)
		s = at_most(s, k->c->conf.expires_unix_s - unix_s(k->now.ntp));
	s = at_most(s, k->q.sa.present ? k->choice.lifetime_s : home_sa_left_s(k->c, k->now.ms));
	k->lifetime_s = at_most(s, UINT16_MAX - 1); /* 0xffff would mean for ever */
	return k->lifetime_s > 0 ? true : home_refuse(k, MIP_HA_UNSPECIFIED, NOTIFY_NONE, 0);
}

/* A path to keep ready: it must be a client that is there, and asks for nothing else. */
static bool stands_by(home_core *h, home_case *k)
{
	(void)h;
	if (k->q.lifetime_s == 0 || k->q.home_link || k->q.sa.present)
		return home_refuse(k, MIP_HA_BAD_REQUEST, NOTIFY_NONE, 0);
	return k->c->n_bindings > 0 ? true : home_refuse(k, MIP_HA_UNSPECIFIED, NOTIFY_NONE, 0);
}

static bool all(home_core *h, home_case *k, home_check *const *checks, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!checks[i](h, k))
			return false;
	return true;
}

bool home_decide(home_core *h, home_case *k)
{
	static home_check *const always[] = {
		home_relay_vouches, is_fresh,      is_not_too_often,
		means_us,           is_understood, is_who_it_says,
		account_runs,       has_address,   is_home_if_it_says
	};
	static home_check *const to_stand_by[] = { stands_by, grant_lifetime };
	static home_check *const to_register[] = { has_a_binding_left, table_has_room,
						   home_negotiate, grant_lifetime };

	if (!all(h, k, always, sizeof always / sizeof always[0]))
		return false;
	if (k->q.standby)
		return all(h, k, to_stand_by, sizeof to_stand_by / sizeof to_stand_by[0]);
	return k->q.lifetime_s == 0 ||
	       all(h, k, to_register, sizeof to_register / sizeof to_register[0]);
}
