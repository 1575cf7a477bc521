/* SPDX-License-Identifier: MIT */
/* reactions.c - what the machine does about events. */
#include "core/client/private.h"

#include <assert.h>

typedef void reaction(client_core *c, core_time now, const client_event *e);

static client_path *path_of(const client_core *c, const client_event *e)
{
	return client_paths_by_name(&c->paths, e->path);
}

/* --- paths --- */

static void path_answered(client_core *c, core_time now, const client_event *e)
{
	client_path *p = path_of(c, e);

	if (p && e->flag)
		client_carriers_remember(&c->carriers, p);
	if (p && client_roam_is_successor(c, now, p))
		client_roam_activate(c, now, p);
}

/* There is no other path. It may be as good as ever: home, or the relay, was restarted and does not know us any more,
 * which neither of them says to who cannot prove a key. So all is asked for anew, in one round trip. */
static void lost_all(client_core *c, core_time now, const client_path *p)
{
	client_associations_doubt(&c->associations);
	client_admission_forget_key(&c->admission, p);
	client_registration_start(&c->registration, now, true);
}

static void path_failed(client_core *c, core_time now, const client_event *e)
{
	char local[ADDR_STRLEN], name[ENDPOINT_STRLEN];
	client_path *p = path_of(c, e);

	if (!p)
		return;
	if (p == c->paths.active || p->answering)
		log_warn(c->host.log, "uplink %s %s: %s does not answer", p->up.name,
			 ip_format(&p->up.local.addr, local),
			 client_agents_name(&c->agents, p->agent, name));
	client_paths_failed(p, now.ms);
	if (p != c->paths.active || !client_core_is_away(c))
		return;
	client_roam_choose(c, now);
	if (p == c->paths.active)
		lost_all(c, now, p);
	else
		client_admission_forget(&c->admission, p); /* its relay may have been restarted */
	client_upgrade_start(&c->upgrade, now);
}

/* Packets are sent on a path that is known to be dead: a registration is what brings it back, if it comes back. */
static void path_still_failed(client_core *c, core_time now, const client_event *e)
{
	const client_path *p = path_of(c, e);

	if (p && p == c->paths.active)
		client_registration_repeat_soon(&c->registration, now);
}

/* Requests go unanswered: another path, if there is one, and all of them from the next round on. */
static void path_silent(client_core *c, core_time now, const client_event *e)
{
	client_path *p = path_of(c, e);

	if (!p || p != c->paths.active)
		return;
	client_paths_silent(p);
	client_roam_choose(c, now);
	client_registration_widen(&c->registration);
	if (p == c->paths.active)
		client_registration_repeat(&c->registration, now);
}

/* It may refuse at once: it isn't asked again before others. */
static void path_refused(client_core *c, core_time now, const client_event *e)
{
	client_path *p = path_of(c, e), *other;

	if (!p)
		return;
	client_paths_failed(p, now.ms);
	client_registration_widen(&c->registration);
	if (p != c->paths.active || !client_core_is_away(c))
		return;
	other = client_choice_best(&c->choice);
	if (other && other != p && !other->failed)
		client_roam_activate(c, now, other);
	client_upgrade_start(&c->upgrade, now);
}

/* The next tunnel will come to the relay from another port. */
static void carrier_closed(client_core *c, core_time now, const client_event *e)
{
	client_path *p = path_of(c, e);

	if (!p)
		return;
	client_admission_close(&c->admission, p);
	client_standby_cancel(&c->standby, p);
	client_upgrade_cancel(&c->upgrade, p);
	client_mtu_stop(&c->mtu, p);
	client_liveness_quiet(&c->liveness, p);
	if (p == c->paths.active)
		client_roam_lost_active(c, now);
}

/* --- associations --- */

static void association_new(client_core *c, core_time now, const client_event *e)
{
	client_confirmation_start(&c->confirmation, now);
	client_confirmation_tick(&c->confirmation, now);
	if (e->flag) /* now others can be probed */
		client_upgrade_start(&c->upgrade, now);
	client_handover_up(&c->handover);
}

static void association_worn(client_core *c, core_time now, const client_event *e)
{
	(void)e;
	client_registration_renew(&c->registration, now);
}

static void association_unconfirmed(client_core *c, core_time now, const client_event *e)
{
	(void)e;
	client_registration_start(&c->registration, now, false);
}

static void nothing_to_send_on(client_core *c, core_time now, const client_event *e)
{
	(void)e;
	client_handover_outage(&c->handover, now);
}

/* --- agents and the home link --- */

static void agents_changed(client_core *c, core_time now, const client_event *e)
{
	(void)e;
	client_roam_sync(c, now);
}

static void agent_restarted(client_core *c, core_time now, const client_event *e)
{
	for (client_path *p = NULL; (p = client_paths_next(&c->paths, p));)
		if (p->agent == e->agent)
			client_roam_forgotten(c, now, p);
}

static void at_home(client_core *c, core_time now, const client_event *e)
{
	client_path *p = path_of(c, e);
	const client_reg_input in = { .path = p };

	if (!p || !client_registration_event(&c->registration, now, CLIENT_REG_HOME, &in))
		return;
	client_paths_set_active(&c->paths, p);
	client_handover_cancel(&c->handover);
	client_handover_up(&c->handover); /* from here on there is something to fall back to */
	client_choice_rest(&c->choice);
	client_liveness_quiet(&c->liveness, p);
	client_home_watch_begin(&c->home_watch, now, p, c->home_link.of[p->slot].rtt_us);
}

static void not_at_home(client_core *c, core_time now, const client_event *e)
{
	const client_path *p = path_of(c, e);

	if (p && p == c->paths.active)
		client_registration_start(&c->registration, now, false);
}

/* From here on nothing leaves in the clear. The link may lead to home all the same, or another one does. */
static void home_lost(client_core *c, core_time now, const client_event *e)
{
	client_path *p = path_of(c, e);

	if (!p || client_core_is_away(c))
		return;
	client_home_link_lost(&c->home_link, now, p);
	client_registration_lose_home(&c->registration);
	client_handover_outage(&c->handover, now);
	client_paths_silent(p);
	client_roam_choose(c, now);
	if (p == c->paths.active)
		client_registration_start(&c->registration, now, true);
	client_upgrade_start(&c->upgrade, now);
}

/* --- the registration --- */

static void granted(client_core *c, core_time now, const client_event *e)
{
	client_path *p = path_of(c, e);
	const client_path *active = c->paths.active;

	if (!p)
		return;
	if (p->kind == PATH_DIRECT)
		client_agents_note_home(&c->agents, &p->remote);
	if (p != active && (!active || active->failed || !c->handover.was_up))
		client_roam_use(c, now, p);
	client_roam_admitted(c, now, p);
	client_roam_heard(c, now, p);
	if (p != c->paths.active) /* granted for where we were: soon once more */
		client_registration_hasten(&c->registration, now);
}

static void stopped(client_core *c, core_time now, const client_event *e)
{
	(void)now, (void)e;
	client_paths_close_all(&c->paths);
}

static void save(client_core *c, core_time now, const client_event *e)
{
	client_saved s = { 0 };

	(void)now, (void)e;
	client_credential_save(&c->credential, &s);
	client_agents_save(&c->agents, &s);
	client_networks_save(&c->networks, &s);
	c->host.env->save(c->host.env->ctx, &s);
}

static reaction *const reactions[] = {
	[CLIENT_EV_PATH_ANSWERED] = path_answered,
	[CLIENT_EV_PATH_FAILED] = path_failed,
	[CLIENT_EV_PATH_STILL_FAILED] = path_still_failed,
	[CLIENT_EV_PATH_SILENT] = path_silent,
	[CLIENT_EV_PATH_REFUSED] = path_refused,
	[CLIENT_EV_CARRIER_CLOSED] = carrier_closed,
	[CLIENT_EV_ASSOCIATION_NEW] = association_new,
	[CLIENT_EV_ASSOCIATION_WORN] = association_worn,
	[CLIENT_EV_ASSOCIATION_UNCONFIRMED] = association_unconfirmed,
	[CLIENT_EV_ASSOCIATIONS_LOST] = nothing_to_send_on,
	[CLIENT_EV_AGENTS_CHANGED] = agents_changed,
	[CLIENT_EV_AGENT_RESTARTED] = agent_restarted,
	[CLIENT_EV_AT_HOME] = at_home,
	[CLIENT_EV_NOT_AT_HOME] = not_at_home,
	[CLIENT_EV_HOME_LOST] = home_lost,
	[CLIENT_EV_GRANTED] = granted,
	[CLIENT_EV_EXPIRED] = nothing_to_send_on,
	[CLIENT_EV_STOPPED] = stopped,
	[CLIENT_EV_SAVE] = save,
};
static_assert(CLIENT_COUNT(reactions) == CLIENT_EV_N, "a reaction to every client_event_kind");

void client_reactions_run(client_core *c, core_time now)
{
	client_event e;

	while (client_events_take(&c->events, &e))
		reactions[e.kind](c, now, &e);
}
