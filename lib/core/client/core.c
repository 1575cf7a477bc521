/* SPDX-License-Identifier: MIT */
/* core.c - the machine's life, its timers, and packets. What else is reported to it: surroundings.c. */
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
	c->home_watch = (client_home_watch){
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

	next = min_u64(next, client_home_watch_next_timer_ms(&c->home_watch));
	next = min_u64(next, client_carriers_next_timer_ms(&c->carriers));
	next = min_u64(next, client_upgrade_next_timer_ms(&c->upgrade));
	if (client_core_is_away(c))
		next = min_u64(next, client_standby_next_timer_ms(&c->standby));
	return min_u64(next, client_choice_next_timer_ms(&c->choice));
}

void client_core_finish(client_core *c, core_time now)
{
	client_reactions_run(c, now);
	if (client_core_is_away(c))
		client_home_watch_end(&c->home_watch);
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
	client_home_watch_tick(&c->home_watch, now);
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
	client_core_finish(c, now);
}

/* --- packets --- */

void client_core_datagram(client_core *c, core_time now, const dgram_in *d)
{
	if (client_receive(c, now, d))
		client_core_finish(c, now);
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
	client_core_finish(c, now);
}
