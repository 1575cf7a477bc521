/* SPDX-License-Identifier: MIT */
#include "core/client/private.h"

static bool is_admitted(const client_core *c, const client_path *p, core_time now)
{
	return client_admission_is_open(&c->admission, p, now.ms);
}

void client_roam_admitted(client_core *c, core_time now, client_path *p)
{
	if (p != c->paths.active || !is_admitted(c, p, now) ||
	    !client_associations_sending(&c->associations, now.ms))
		return;
	client_handover_outage_over(&c->handover);
	if (!client_mtu_is_on(&c->mtu, p))
		client_mtu_start(&c->mtu, now, p);
}

void client_roam_use(client_core *c, core_time now, client_path *p)
{
	char local[ADDR_STRLEN], to[ENDPOINT_STRLEN], name[ENDPOINT_STRLEN];
	bool can_send =
		is_admitted(c, p, now) && client_associations_sending(&c->associations, now.ms);

	log_info(c->host.log, "using %s %s to %s, %s %s", p->up.name,
		 ip_format(&p->up.local.addr, local),
		 client_agents_name(&c->agents, p->agent, name), client_path_kind_name(p->kind),
		 endpoint_format(&p->remote, to));
	if (p != c->paths.active)
		client_handover_begin(&c->handover, now);
	client_paths_set_active(&c->paths, p);
	client_choice_used(&c->choice, now);
	client_upgrade_cancel(&c->upgrade, p);
	client_standby_cancel(&c->standby, p);
	client_liveness_quiet(&c->liveness, p);
	client_liveness_proven(&c->liveness, p,
			       now.ms); /* from here on it has to be proven again */
	if (can_send) {
		client_handover_outage_over(&c->handover);
		/* Moves home's idea of our address now, not with the registration. */
		client_echo_send(&c->echoes, now, p, 0, 0);
	} else {
		client_handover_outage(&c->handover, now);
	}
	if (is_admitted(c, p, now) && !client_mtu_is_on(&c->mtu, p))
		client_mtu_start(&c->mtu, now, p);
	client_mtu_update(&c->mtu, now);
}

void client_roam_activate(client_core *c, core_time now, client_path *p)
{
	client_roam_use(c, now, p);
	client_registration_start(&c->registration, now, false);
}

static bool is_on_home_link(const client_core *c)
{
	return client_registration_is_at_home(&c->registration) &&
	       client_paths_by_name(&c->paths, c->registration.home_path);
}

void client_roam_choose(client_core *c, core_time now)
{
	const client_path *active = c->paths.active;

	if (client_registration_is_ending(&c->registration) || is_on_home_link(c) ||
	    (active && !active->failed)) {
		client_choice_rest(&c->choice);
		return;
	}
	client_path *p = client_choice_pick(&c->choice, now);
	if (p && p != active)
		client_roam_activate(c, now, p);
	else if (!p && client_registration_is_at_home(&c->registration))
		client_registration_start(&c->registration, now, false); /* away, but nowhere yet */
}

void client_roam_lost_active(client_core *c, core_time now)
{
	client_paths_set_active(&c->paths, NULL);
	client_handover_lost(&c->handover, now);
	client_roam_choose(c, now);
	client_upgrade_start(&c->upgrade, now);
}

void client_roam_check_home(client_core *c, core_time now)
{
	if (!is_on_home_link(c))
		client_home_link_check(&c->home_link, now);
}

static void begin_path(client_core *c, unsigned slot)
{
	client_admission_reset(&c->admission, slot);
	client_requests_reset(&c->requests, slot);
	client_standby_reset(&c->standby, slot);
	client_mtu_reset(&c->mtu, slot);
	client_liveness_reset(&c->liveness, slot);
	client_upgrade_reset(&c->upgrade, slot);
	client_carriers_reset(&c->carriers, slot);
	client_home_link_reset(&c->home_link, slot);
}

static void apply_changes(client_core *c, core_time now, const client_links_changes *ch)
{
	for (unsigned slot = 0; slot < CLIENT_PATHS; slot++)
		if (ch->opened & 1ull << slot)
			begin_path(c, slot);
	for (client_path *p = NULL; (p = client_paths_next(&c->paths, p));) {
		uint64_t bit = 1ull << p->slot;
		if (ch->elsewhere & bit)
			client_carriers_replan(&c->carriers, p);
		if ((ch->resized & bit) && client_mtu_is_on(&c->mtu, p))
			client_mtu_start(&c->mtu, now, p);
		if ((ch->routed & bit) && p == c->paths.active)
			client_roam_activate(c, now, p);
	}
}

void client_roam_sync(client_core *c, core_time now)
{
	bool had_active = c->paths.active != NULL;

	if (client_registration_is_ending(&c->registration))
		return;
	const client_links_changes ch = client_links_sync(&c->links);
	if (had_active && !c->paths.active)
		client_handover_lost(&c->handover, now);
	apply_changes(c, now, &ch);
	client_roam_check_home(c, now);
	client_roam_choose(c, now);
	client_upgrade_start(&c->upgrade, now);
	client_carriers_tick(&c->carriers, now);
}

bool client_roam_is_successor(const client_core *c, core_time now, const client_path *p)
{
	const client_path *active = c->paths.active;

	if (p == active || !active || !client_core_is_away(c) ||
	    client_registration_is_ending(&c->registration) ||
	    !client_associations_has_pair(&c->associations) || !client_paths_is_usable(p) ||
	    !is_admitted(c, p, now))
		return false;
	return active->failed || client_choice_is_active_silent(&c->choice, now) ||
	       (now.ms >= p->not_before_ms && client_upgrade_is_one(&c->upgrade, p));
}

void client_roam_heard(client_core *c, core_time now, client_path *p)
{
	bool news = client_paths_heard(p, now.ms), is_active = p == c->paths.active;

	client_liveness_quiet(&c->liveness, p);
	if (is_active) {
		client_handover_finish(&c->handover, now);
		client_agents_note_used(&c->agents, p->agent);
	}
	if (is_active && news && p->kind == PATH_DIRECT)
		client_agents_note_home(&c->agents, &p->remote);
	if (news || client_roam_is_successor(c, now, p))
		client_events_put(&c->events, (client_event){ .kind = CLIENT_EV_PATH_ANSWERED,
							      .path = p->name,
							      .flag = news });
}

void client_roam_forgotten(client_core *c, core_time now, client_path *p)
{
	char name[ENDPOINT_STRLEN];

	if (!p->by_relay || !client_admission_was_granted(&c->admission, p))
		return; /* it is known, and a request is under way */
	client_admission_forget(&c->admission, p);
	if (p != c->paths.active) {
		client_standby_lost(&c->standby, now, p);
		return;
	}
	log_warn(c->host.log, "relay %s has no entry for us any more (restarted?): registering",
		 client_agents_name(&c->agents, p->agent, name));
	client_handover_outage(&c->handover, now);
	client_registration_start(&c->registration, now, false);
}
