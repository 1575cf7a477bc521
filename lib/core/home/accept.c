/* SPDX-License-Identifier: MIT */
/* accept.c - a granted registration takes effect: durable first, then in memory, then the answer.
 * What fails before it is durable leaves everything as it was (code 130). */
#include "core/home/priv.h"

/* The pseudonym to use next. A request under the one before was sent before our last answer arrived:
 * it gets the same successor again, so that whichever answer arrives names one we know. */
static bool rotate_pseudonym(home_core *h, home_case *k)
{
	uint32_t used = k->scan->mobile_home.spi;

	if (used == k->next.spi_before && k->next.spi_now)
		return true;
	k->next.spi_before = used;
	k->next.spi_now = home_pick_pseudonym(h);
	return k->next.spi_now != 0;
}

static bool make_durable(home_core *h, home_case *k)
{
	home_client *c = k->c;
	const home_client_state before = c->state;

	k->next.last_id = k->q.identification;
	if (!rotate_pseudonym(h, k) || !home_client_adopt(h, c, &k->next))
		return false;
	if (h->env.save(h->env.ctx, c->conf.id, &k->next)) {
		home_changed(h, c);
		return true;
	}
	home_client_adopt(h, c, &before);
	return false;
}

static home_binding binding_of(const home_case *k)
{
	const dgram_in *d = k->d;

	return (home_binding){
		.care_of = k->q.care_of,
		.route = dgram_back(d),
		.nat = !ip_is_any(&k->q.care_of) && !ip_equal(&k->q.care_of, &d->from.addr),
		.expires_ms = k->now.ms + (uint64_t)k->lifetime_s * 1000,
		.heard_ms = k->now.ms,
		.carrier = k->q.carrier,
	};
}

static void log_granted(home_core *h, const home_case *k, bool renewal)
{
	const home_client *c = k->c;
	const ip_addr *address = home_address4(c)->len ? home_address4(c) : home_address6(c);
	const home_sa *sa = c->sas;
	const char *relay = home_relay_name(h, k->d->sock);
	char home[ADDR_STRLEN], at[ENDPOINT_STRLEN];

	log_line(h->log, renewal ? LOG_DEBUG : LOG_INFO, "%s %s: %s at %s%s%s for %u s, %s",
		 c->conf.nai, renewal ? "renewed" : "registered", ip_format(address, home),
		 endpoint_format(&k->d->from, at),
		 relay                ? " by relay "
		 : c->bindings[0].nat ? " behind a NAT"
				      : "",
		 relay ? relay : "", k->lifetime_s,
		 sa ? esp_cipher_name(sa->cipher) : "no association");
}

static void log_standby(home_core *h, const home_case *k)
{
	char at[ENDPOINT_STRLEN];

	log_debug(h->log, "%s stands by at %s", k->c->conf.nai, endpoint_format(&k->d->from, at));
}

static bool install(home_core *h, home_case *k)
{
	const home_binding b = binding_of(k);
	bool renewal = k->c->n_bindings > 0;

	if (k->sa && !home_sa_install(h, k->sa))
		return home_refuse(k, MIP_HA_RESOURCES, NOTIFY_NONE, 0);
	home_bind_set(h, k->c, &b, k->q.flags & MIP_S);
	home_bind_schedule(h, k->c);
	log_granted(h, k, renewal);
	return true;
}

static bool is_own_address(const home_client *c, const ip_addr *a)
{
	return a->len && (ip_equal(a, home_address4(c)) || ip_equal(a, home_address6(c)));
}

/* The client announces itself on the link (RFC 5944 4.6). A gratuitous ARP of ours in its name would carry
 * its hardware address as the source: switches would look for the client behind our port, and keep the
 * reply from it. */
static void came_home(home_core *h, home_client *c)
{
	home_bind_came_home(h, c);
	log_info(h->log, "%s is at home", c->conf.nai);
}

static void unbind(home_core *h, home_case *k)
{
	const ip_addr *at = &k->q.care_of;

	if (k->q.home_link) {
		came_home(h, k->c);
		return;
	}
	k->c->at_home = false;
	home_bind_drop(h, k->c, is_own_address(k->c, at) ? NULL : at);
	log_info(h->log, "%s deregistered", k->c->conf.nai);
}

static void answer_sa(home_case *k)
{
	reg_sa *out = &k->r.sa;

	out->present = true;
	sa_make_answer(&k->choice, k->sa->spi_in, &out->sa);
	out->ke_group = k->choice.group;
	out->ke_value = dh_public(k->dh);
	memcpy(out->nonce, k->home_nonce, NONCE_LEN);
}

static void fill_reply(home_core *h, home_case *k)
{
	const home_conf *c = h->conf;
	reg_reply *r = &k->r;

	r->code = MIP_ACCEPTED;
	r->lifetime_s = (uint16_t)k->lifetime_s;
	r->next_pseudonym = k->next.spi_now;
	r->home4 = *home_address4(k->c);
	r->home6 = *home_address6(k->c);
	r->network4 = c->network4;
	r->network6 = c->network6;
	r->home_lan = c->home_lan4.len ? c->home_lan4 : c->home_lan6;
	r->observed = k->d->from;
	r->udp_tunnel = k->q.udp_tunnel;
	r->keepalive_s = binding_of(k).nat ? c->keepalive_s : 0;
	home_tell_relays(h, r);
	if (k->sa)
		answer_sa(k);
}

bool home_accept(home_core *h, home_case *k)
{
	if ((k->q.lifetime_s > 0 && !home_make_key3(h, k)) || !make_durable(h, k))
		return home_refuse(k, MIP_HA_RESOURCES, NOTIFY_NONE, 0);
	fill_reply(h, k);
	if (k->q.standby)
		log_standby(h, k);
	else if (k->q.lifetime_s == 0)
		unbind(h, k);
	else if (!install(h, k))
		return false;
	k->sa = NULL; /* installed: the client's now */
	h->count.accepted++;
	return true;
}
