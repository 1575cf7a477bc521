/* SPDX-License-Identifier: MIT */
#include "core/home/clients.h"

/* Without a reply: they were decided under what no longer holds. */
static void cancel_registrations(const home_clients *c, home_peer *p)
{
	while (p->txns.first)
		home_txn_end(c->txns, p->txns.first);
	home_peer_release(c->peers, p);
}

static home_peer *add(const home_clients *c, const home_client_conf *conf,
		      const home_client_state *s, err *e)
{
	home_peer *p = home_peers_add(c->peers, conf, s, e);

	if (!p)
		return NULL;
	if (!home_presence_add(c->presence, p)) {
		home_peer_remove(c->peers, p);
		err_set(e, ERR_LIMIT, "no memory for client %s", conf->nai);
		return NULL;
	}
	home_links_client_changed(c->links, &p->change);
	return p;
}

static home_peer *update(const home_clients *c, home_peer *p, const home_client_conf *conf, err *e)
{
	if (home_peer_is_of(p, conf))
		return p;
	cancel_registrations(c, p);
	if (!home_peer_keeps_agreement(p, conf))
		home_presence_unbind(c->presence, p, NULL);
	if (!home_peer_update(c->peers, p, conf, e))
		return NULL;
	home_links_client_changed(c->links, &p->change);
	return p;
}

home_peer *home_clients_put(const home_clients *c, const home_client_conf *conf,
			    const home_client_state *s, err *e)
{
	home_peer *there = home_peers_find(c->peers, conf->id);

	return there ? update(c, there, conf, e) : add(c, conf, s, e);
}

void home_clients_remove(const home_clients *c, home_peer *p)
{
	cancel_registrations(c, p);
	home_presence_remove(c->presence, p);
	home_links_client_removed(c->links, &p->change);
	home_peer_remove(c->peers, p);
}
