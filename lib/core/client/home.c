/* SPDX-License-Identifier: MIT */
/* home.c - coming home. An uplink whose address lies in the home network may be the home
 * link, or a network that looks like it. The home server is asked at its address there, with
 * lifetime 0; only its authenticated consent makes the link home (RFC 5944 3.6.1.2, row V5). */
#include "core/client/priv.h"

enum { ASK_GAP_MS = 300, ASK_TIMES = 3, PATIENCE_MS = 1000 };

static bool looks_like_home(const client_core *c, const client_path *p)
{
	const ip_addr *a = &p->up.local.addr;
	return p->used && p->kind == PATH_DIRECT && c->home_lan.len == a->len &&
	       (prefix_contains(&c->network4, a) || prefix_contains(&c->network6, a));
}

bool client_home_asking(const client_core *c, const client_path *p)
{
	for (unsigned i = 0; i < CLIENT_PATHS; i++)
		if (c->paths[i].used && c->paths[i].check == CHECK_ASKING &&
		    c->paths[i].up.ifindex == p->up.ifindex)
			return true;
	return false;
}

static void ask(client_core *c, core_time now, client_path *p)
{
	endpoint to = { .addr = c->home_lan, .port = MIP_PORT };
	client_request_send(c, now, p, to, ASKED_HOME);
	p->check_n++;
	p->check_ms =
		now.ms +
		(p->check_n < ASK_TIMES ? ASK_GAP_MS : PATIENCE_MS - (ASK_TIMES - 1) * ASK_GAP_MS);
}

void client_home_look(client_core *c, core_time now)
{
	if (c->reg.state == REG_HOME && c->home_path)
		return;
	for (unsigned i = 0; i < CLIENT_PATHS; i++) {
		client_path *p = &c->paths[i];
		if (!looks_like_home(c, p) || p->check != CHECK_NONE)
			continue;
		p->check = CHECK_ASKING;
		p->check_n = 0;
		ask(c, now, p);
	}
}

static void foreign(client_core *c, core_time now, client_path *p, const char *why)
{
	log_info(c->log, "uplink %s looks like the home network, but %s", p->up.name, why);
	p->check = CHECK_FOREIGN;
	p->check_ms = NEVER;
	client_asked_forget(c, ASKED_HOME, p->name);
	if (p == c->active)
		client_reg_go(c, now, false);
}

void client_home_answer(client_core *c, core_time now, client_path *p, const reg_reply *r)
{
	if (p->check != CHECK_ASKING)
		return;
	if (r->code != MIP_ACCEPTED || r->lifetime_s != 0) {
		foreign(c, now, p,
			r->notify.reason ? mip_notify_text(r->notify.reason)
					 : mip_code_text(r->code));
		return;
	}
	client_asked_forget(c, ASKED_HOME, p->name);
	p->check = CHECK_NONE;
	p->check_ms = NEVER;
	log_info(c->log, "at home on %s", p->up.name);
	client_reg_event(c, now, EV_AT_HOME, &(reg_input){ .path = p });
}

void client_home_tick(client_core *c, core_time now)
{
	for (unsigned i = 0; i < CLIENT_PATHS; i++) {
		client_path *p = &c->paths[i];
		if (!p->used || p->check != CHECK_ASKING || now.ms < p->check_ms)
			continue;
		if (p->check_n < ASK_TIMES)
			ask(c, now, p);
		else
			foreign(c, now, p, "the home server does not answer there");
	}
}

uint64_t client_home_due(const client_core *c)
{
	uint64_t due = NEVER;
	for (unsigned i = 0; i < CLIENT_PATHS; i++)
		if (c->paths[i].used && c->paths[i].check == CHECK_ASKING)
			due = min_u64(due, c->paths[i].check_ms);
	return due;
}
