/* SPDX-License-Identifier: MIT */
/* core.c - the machine's life, and its inputs. */
#include "core/client/private.h"
#include "core/client/advertised.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <stdlib.h>

/* --- life --- */

/* Each module has pointers to those below it. */
static void connect_modules(client_core *c)
{
	const client_host *host = &c->host;

	client_binding_init(&c->binding, host->conf);
	client_paths_init(&c->paths, host, &c->agents);
	client_links_init(&c->links, &c->paths, &c->agents);
	client_admission_init(&c->admission, &c->credential, &c->agents);
	client_exchange_init(&c->exchange, host, &c->credential);
	c->requests = (client_requests){ .host = host,
					 .credential = &c->credential,
					 .agents = &c->agents,
					 .associations = &c->associations,
					 .admission = &c->admission,
					 .binding = &c->binding,
					 .exchange = &c->exchange };
	c->echoes = (client_echoes){ .host = host,
				     .paths = &c->paths,
				     .associations = &c->associations };
	c->standby = (client_standby){ .paths = &c->paths,
				       .echoes = &c->echoes,
				       .requests = &c->requests,
				       .associations = &c->associations,
				       .admission = &c->admission };
	c->mtu = (client_mtu){ .host = host, .paths = &c->paths, .echoes = &c->echoes };
	c->liveness = (client_liveness){ .host = host,
					 .paths = &c->paths,
					 .echoes = &c->echoes,
					 .standby = &c->standby,
					 .mtu = &c->mtu };
	c->confirmation = (client_confirmation){ .host = host,
						 .paths = &c->paths,
						 .associations = &c->associations,
						 .echoes = &c->echoes,
						 .timer_ms = NEVER };
	client_choice_init(&c->choice, &c->agents, &c->paths);
	c->upgrade = (client_upgrade){ .agents = &c->agents,
				       .paths = &c->paths,
				       .associations = &c->associations,
				       .standby = &c->standby };
	c->carriers = (client_carriers){ .host = host,
					 .agents = &c->agents,
					 .paths = &c->paths,
					 .admission = &c->admission,
					 .networks = &c->networks,
					 .allowed = true };
	c->home_link = (client_home_link){
		.host = host, .paths = &c->paths, .requests = &c->requests, .binding = &c->binding
	};
	c->registration = (client_registration){ .host = host,
						 .credential = &c->credential,
						 .paths = &c->paths,
						 .associations = &c->associations,
						 .binding = &c->binding,
						 .exchange = &c->exchange,
						 .requests = &c->requests,
						 .standby = &c->standby,
						 .home_link = &c->home_link };
	client_registration_init(&c->registration);
	c->forward = (client_forward){ .host = host,
				       .associations = &c->associations,
				       .paths = &c->paths,
				       .mtu = &c->mtu,
				       .liveness = &c->liveness };
	client_handover_init(&c->handover);
}

client_core *client_core_new(const client_conf *conf, const client_saved *s, const client_env *env,
			     const logger *log, dgramq *tx, join *tun, err *e)
{
	client_core *c = calloc(1, sizeof *c);

	if (!c) {
		err_sys(e, ENOMEM, "client");
		return NULL;
	}
	c->host = (client_host){
		.conf = conf, .env = env, .log = log, .tx = tx, .tun = tun, .events = &c->events
	};
	c->slow_timer_ms = NEVER;
	connect_modules(c);
	client_agents_init(&c->agents, &c->host, s);
	client_networks_init(&c->networks, s);
	if (client_credential_init(&c->credential, &c->host, s) &&
	    client_associations_init(&c->associations, &c->host) &&
	    client_associations_select(&c->associations, &c->binding.home4, &c->binding.home6))
		return c;
	err_set(e, ERR_CRYPTO, "keys cannot be derived, or no memory for associations");
	client_core_free(c);
	return NULL;
}

void client_core_free(client_core *c)
{
	if (!c)
		return;
	client_paths_close_all(&c->paths);
	client_registration_wipe(&c->registration);
	client_associations_free(&c->associations);
	client_credential_wipe(&c->credential);
	OPENSSL_cleanse(c, sizeof *c);
	free(c);
}

/* --- timers --- */

/* The tunnel is in use, or could be: away, with an association. */
static bool is_tunnel_up(const client_core *c)
{
	return client_core_is_away(c) && client_associations_has_pair(&c->associations);
}

static uint64_t next_slow_timer_ms(const client_core *c)
{
	uint64_t next = min_u64(client_advertised_next_timer_ms(&c->agents),
				client_home_link_next_timer_ms(&c->home_link));

	next = min_u64(next, client_carriers_next_timer_ms(&c->carriers));
	next = min_u64(next, client_upgrade_next_timer_ms(&c->upgrade));
	if (client_core_is_away(c))
		next = min_u64(next, client_standby_next_timer_ms(&c->standby));
	return min_u64(next, client_choice_next_timer_ms(&c->choice));
}

/* After every input but packets, which change the timers of the active path alone. */
static void finish(client_core *c, core_time now)
{
	client_reactions_run(c, now);
	client_carriers_allow(&c->carriers,
			      client_core_is_away(c) &&
				      !client_registration_is_ending(&c->registration));
	client_status_notify(c);
	c->slow_timer_ms = next_slow_timer_ms(c);
}

uint64_t client_core_next_timer_ms(const client_core *c)
{
	uint64_t next =
		min_u64(c->slow_timer_ms, client_registration_next_timer_ms(&c->registration));

	next = min_u64(next, client_associations_next_timer_ms(&c->associations));
	next = min_u64(next, client_confirmation_next_timer_ms(&c->confirmation));
	if (!is_tunnel_up(c))
		return next;
	next = min_u64(next, client_liveness_next_timer_ms(&c->liveness));
	return min_u64(next, client_mtu_next_timer_ms(&c->mtu));
}

/* What one module found out is handled before the next one acts on it. */
void client_core_tick(client_core *c, core_time now)
{
	client_associations_tick(&c->associations, now.ms);
	client_confirmation_tick(&c->confirmation, now);
	client_reactions_run(c, now);
	client_advertised_tick(&c->agents, now);
	client_reactions_run(c, now);
	if (client_core_is_away(c) && !client_registration_is_ending(&c->registration))
		client_standby_tick(&c->standby, now);
	client_home_link_tick(&c->home_link, now);
	client_reactions_run(c, now);
	client_carriers_tick(&c->carriers, now);
	client_reactions_run(c, now);
	client_upgrade_tick(&c->upgrade, now);
	if (now.ms >= client_choice_next_timer_ms(&c->choice))
		client_roam_choose(c, now);
	if (is_tunnel_up(c))
		client_liveness_tick(&c->liveness, now);
	client_reactions_run(c, now);
	client_registration_tick(&c->registration, now);
	client_reactions_run(c, now);
	if (is_tunnel_up(c))
		client_mtu_tick(&c->mtu, now);
	finish(c, now);
}

/* --- packets --- */

void client_core_datagram(client_core *c, core_time now, const dgram_in *d)
{
	if (client_receive(c, now, d))
		finish(c, now);
}

void client_core_packet(client_core *c, core_time now, uint8_t *in, size_t n)
{
	client_forward_outbound(&c->forward, now, in, n, client_core_is_away(c));
}

bool client_core_wants_packets(const client_core *c, core_time now)
{
	return !client_core_is_away(c) || !client_handover_holds_packets(&c->handover, now.ms);
}

static bool is_path_gone(int e)
{
	return e == ENETUNREACH || e == EHOSTUNREACH || e == ENETDOWN || e == ENODEV ||
	       e == EADDRNOTAVAIL || e == EHOSTDOWN;
}

void client_core_send_failed(client_core *c, core_time now, uint32_t sock, int errno_value)
{
	client_path *p = client_paths_by_sock(&c->paths, sock);

	if (!p)
		return;
	if (errno_value == EMSGSIZE)
		client_mtu_refused(&c->mtu, now, p);
	else if (is_path_gone(errno_value) && !p->failed)
		client_events_put_path(&c->events, CLIENT_EV_PATH_FAILED, p->name);
	finish(c, now);
}

/* --- surroundings --- */

void client_core_uplinks(client_core *c, core_time now, const uplink *u, size_t n)
{
	client_links_set(&c->links, u, n);
	if (!c->handover.was_up && !client_registration_is_ending(&c->registration))
		client_handover_outage(&c->handover, now); /* until the first association */
	client_roam_sync(c, now);
	finish(c, now);
}

void client_core_roam(client_core *c, core_time now)
{
	for (client_path *p = NULL; (p = client_paths_next(&c->paths, p));)
		client_paths_forgive(p);
	client_home_link_restart(&c->home_link);
	client_carriers_restart(&c->carriers);
	client_links_solicit(&c->links);
	client_roam_check_home(c, now);
	client_roam_choose(c, now);
	client_upgrade_start(&c->upgrade, now);
	if (client_core_is_away(c))
		client_registration_start(&c->registration, now,
					  !client_associations_has_pair(&c->associations));
	finish(c, now);
}

void client_core_homes(client_core *c, core_time now, const endpoint *homes, unsigned n)
{
	n = n < CLIENT_HOMES ? n : CLIENT_HOMES;
	if (n == 0 || client_agents_has_homes(&c->agents, homes, n))
		return;
	client_agents_set_homes(&c->agents, homes, n);
	client_roam_sync(c, now); /* paths of a family that had no address */
	client_core_roam(c, now);
}

void client_core_relays(client_core *c, core_time now, const reg_relay *relays, unsigned n)
{
	client_agents_set_relays(&c->agents, relays, n);
	finish(c, now);
}

void client_core_agent(client_core *c, core_time now, uint32_t ifindex, const ip_addr *from,
		       const agent_adv *a)
{
	client_advertised_take(&c->agents, now, ifindex, from, a);
	finish(c, now);
}

void client_core_stop(client_core *c, core_time now)
{
	client_registration_event(&c->registration, now, CLIENT_REG_STOP, &(client_reg_input){ 0 });
	finish(c, now);
}

/* --- carriers --- */

void client_core_carrier_hint(client_core *c, uint32_t sock, const char *hint)
{
	const client_path *p = client_paths_by_sock(&c->paths, sock);

	if (p)
		client_carriers_set_hint(&c->carriers, p, hint);
}

const char *client_core_known_hint(const client_core *c, const uplink *u, unsigned mux)
{
	return client_carriers_hint(&c->carriers, u, mux);
}

void client_core_carrier_up(client_core *c, core_time now, uint32_t sock, const endpoint *remote)
{
	client_path *p = client_paths_by_sock(&c->paths, sock);
	const client_path *active = c->paths.active;

	if (!p || p->link != CLIENT_LINK_OPENING)
		return;
	client_paths_carrier_up(p, remote);
	if (!(active && active->answering && !active->failed) &&
	    client_carriers_is_wanted(&c->carriers, p))
		client_roam_activate(c, now, p);
	else
		client_standby_probe(&c->standby, now, p);
	client_upgrade_start(&c->upgrade, now);
	client_carriers_tick(&c->carriers, now);
	finish(c, now);
}

void client_core_carrier_down(client_core *c, core_time now, uint32_t sock, bool portal)
{
	client_path *p = client_paths_by_sock(&c->paths, sock);

	if (!p || !client_paths_by_carrier(p))
		return;
	client_carriers_lost(&c->carriers, now, p, portal);
	client_reactions_run(c, now);
	client_carriers_tick(&c->carriers, now);
	finish(c, now);
}
