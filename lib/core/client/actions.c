/* SPDX-License-Identifier: MIT */
/* actions.c - what the rows of the registration's table do. An action that returns false
 * has changed nothing that the state depends on. */
#include "core/client/actions.h"

#include <stdio.h>

enum {
	GAP_MIN_MS = 300,
	GAP_MAX_MS = 30000,
	REFUSED_GAP_MS = 30000,
	LEAVE_GAP_MS = 300,
	LEAVE_ROUNDS = 3,
	AT_ONCE_MAX = 4,   /* resends that don't wait, in one attempt */
	DOUBTS_MAX = 3,    /* unauthenticated refusals that make us say "denied" */
	SILENT_ROUNDS = 3, /* requests without any answer after which a path counts as dead */
	LATE_MS = 30000,   /* replies of a finished attempt */
};

static bool everywhere(const client_core *c)
{
	return c->reg.everywhere || !c->active || (c->reg.round > 0 && !c->cur);
}

/* The path in use is asked, and all if nothing else is known to work; the others are looked at when the
 * one in use stays silent. Not over what may be the home link: there it is asked first whether it is. */
static void ask_paths(client_core *c, core_time now)
{
	bool all = everywhere(c);
	bool silent = c->reg.round > 0 && c->active && c->active->last_rx_ms < c->reg.began_ms;
	for (unsigned i = 0; i < CLIENT_PATHS; i++) {
		client_path *p = &c->paths[i];
		if (!p->used || client_home_asking(c, p) ||
		    (p != c->active && !client_path_usable(p)))
			continue;
		if (p == c->active || all)
			client_request_send(c, now, p, client_request_to(c, p), ASKED_REGISTER);
		else if (silent && c->cur)
			client_path_probe(c, now, p);
	}
}

static void set_timer(client_core *c, core_time now, uint32_t gap_ms)
{
	c->reg.gap_ms = gap_ms < GAP_MAX_MS ? gap_ms : GAP_MAX_MS;
	c->reg.timer_ms = now.ms + client_jitter(c->reg.gap_ms);
}

static uint32_t first_gap(const client_core *c)
{
	return c->active ? max_u32(2 * client_path_rtt_ms(c, c->active), GAP_MIN_MS) : GAP_MIN_MS;
}

static bool ask_first(client_core *c, core_time now, const reg_input *in)
{
	(void)in;
	if (c->reg.dh_until_ms != NEVER)
		client_attempt_end(c); /* the one before was answered: new keys */
	c->reg.began_ms = now.ms;
	c->reg.round = c->reg.at_once = c->reg.doubts = 0;
	for (unsigned i = 0; i < CLIENT_PATHS; i++)
		c->paths[i].tries = 0;
	ask_paths(c, now);
	c->reg.round = 1;
	set_timer(c, now, first_gap(c));
	return true;
}

/* True: another path is the active one now, and asked on already. */
static bool left_silent_path(client_core *c, core_time now)
{
	client_path *p = c->active;
	if (c->reg.round <= SILENT_ROUNDS || !p || p->failed || p->last_rx_ms >= c->reg.began_ms)
		return false;
	p->failed = true;
	p->answering = false;
	client_paths_choose(c, now);
	c->reg.everywhere = true;
	return c->active != p;
}

bool reg_ask_again(client_core *c, core_time now, const reg_input *in)
{
	(void)in;
	c->reg.round++;
	if (left_silent_path(c, now))
		return true;
	ask_paths(c, now);
	set_timer(c, now, c->reg.gap_ms * 2);
	return true;
}

bool reg_ask_at_once(client_core *c, core_time now, const reg_input *in)
{
	if (c->reg.at_once++ >= AT_ONCE_MAX)
		return false; /* the timer goes on */
	c->reg.doubts = 0;
	return client_request_send(c, now, in->path, in->asked->to, ASKED_REGISTER);
}

bool reg_renew(client_core *c, core_time now, const reg_input *in)
{
	c->reg.everywhere = false;
	return ask_first(c, now, in);
}

bool reg_go(client_core *c, core_time now, const reg_input *in)
{
	return ask_first(c, now, in);
}

bool reg_change_group(client_core *c, core_time now, const reg_input *in)
{
	uint32_t group = in->reply->notify.data;
	bool ours = false;
	for (unsigned i = 0; i < c->conf->policy.n_groups; i++)
		ours |= c->conf->policy.groups[i] == group;
	if (!ours || group == c->reg.group)
		return false;
	endpoint to = in->asked->to;
	client_attempt_end(c);
	c->reg.group = (uint16_t)group;
	return c->reg.at_once++ < AT_ONCE_MAX &&
	       client_request_send(c, now, in->path, to, ASKED_REGISTER);
}

/* Before a quarter of the lifetime is left, and when the association is due. */
static uint64_t renew_at(const client_core *c, core_time now)
{
	uint64_t at =
		now.ms + (uint64_t)c->reg.lifetime_s * 1000 * (70 + client_random() % 6) / 100;
	const client_sa *sa = c->next ? c->next : c->cur;
	if (sa && sa->renew_ms < at)
		at = sa->renew_ms > now.ms + GAP_MIN_MS ? sa->renew_ms : now.ms + GAP_MIN_MS;
	return at;
}

bool reg_take_grant(client_core *c, core_time now, const reg_input *in)
{
	if (!client_grant_take(c, now, in))
		return false;
	c->reg.doubts = 0;
	c->reg.everywhere = false;
	c->reg.reason[0] = 0;
	c->reg.dh_until_ms = now.ms + LATE_MS;
	c->reg.timer_ms = renew_at(c, now);
	if (in->path != c->active) /* granted for where we were: soon once more */
		c->reg.timer_ms = min_u64(c->reg.timer_ms, now.ms + GAP_MIN_MS);
	return true;
}

bool reg_deny(client_core *c, core_time now, const reg_input *in)
{
	const reg_reply *r = in->reply;
	snprintf(c->reg.reason, sizeof c->reg.reason, "%s%s%s", mip_code_text(r->code),
		 r->notify.reason ? ": " : "",
		 r->notify.reason ? mip_notify_text(r->notify.reason) : "");
	set_timer(c, now, REFUSED_GAP_MS);
	return true;
}

/* Home could have lost the association that a mere move relies on: ask with a key exchange. */
bool reg_ask_for_keys(client_core *c, core_time now, const reg_input *in)
{
	if (in->asked->spi || in->reply->code != MIP_HA_UNSPECIFIED)
		return false;
	c->doubted = true;
	return reg_ask_at_once(c, now, in);
}

/* Anybody on the way can send this: it is never more than a hint. The profile's own SPI is always
 * good. */
bool reg_doubt(client_core *c, core_time now, const reg_input *in)
{
	c->reg.doubts++;
	if (c->saved.pseudonym && !c->reg.plain_spi) {
		c->reg.plain_spi = true;
		if (c->reg.at_once++ < AT_ONCE_MAX)
			client_request_send(c, now, in->path, in->asked->to, ASKED_REGISTER);
	}
	if (c->reg.doubts < DOUBTS_MAX || c->cur)
		return false;
	snprintf(c->reg.reason, sizeof c->reg.reason, "%s; is the key of the profile right?",
		 mip_code_text(in->code));
	return true;
}

bool reg_arrive_home(client_core *c, core_time now, const reg_input *in)
{
	enum { STILL_UNDER_WAY_MS = 5000 };
	c->home_path = c->active = in->path;
	c->reg.timer_ms = c->reg.until_ms = NEVER;
	c->reg.reason[0] = 0;
	c->lost_ms = c->moving_ms = c->spare_ms = NEVER;
	client_live_quiet(in->path);
	client_sa_retire_all(c, now.ms + STILL_UNDER_WAY_MS);
	client_attempt_end(c);
	return true;
}

bool reg_ask_leave(client_core *c, core_time now, const reg_input *in)
{
	(void)in;
	client_path *p = c->active;
	if (!p || (!c->cur && c->reg.until_ms == NEVER) || c->reg.round >= LEAVE_ROUNDS)
		return false;
	c->reg.round++;
	client_request_send(c, now, p, p->remote, ASKED_LEAVE);
	set_timer(c, now, LEAVE_GAP_MS);
	return true;
}

bool reg_stop(client_core *c, core_time now, const reg_input *in)
{
	c->reg.round = 0;
	return reg_ask_leave(c, now, in);
}

bool reg_gone(client_core *c, core_time now, const reg_input *in)
{
	(void)now, (void)in;
	c->reg.timer_ms = c->reg.until_ms = NEVER;
	client_sa_drop_all(c);
	client_paths_close(c);
	client_attempt_end(c);
	return true;
}
