/* SPDX-License-Identifier: MIT */
#include "core/client/home_link.h"

enum { GAP_MS = 300, REQUESTS_MAX = 3, PATIENCE_MS = 1000 };

void client_home_link_reset(client_home_link *h, unsigned slot)
{
	h->of[slot].check = CLIENT_HOME_UNCHECKED;
	h->of[slot].timer_ms = NEVER;
}

void client_home_link_restart(client_home_link *h)
{
	for (unsigned i = 0; i < CLIENT_PATHS; i++)
		client_home_link_reset(h, i);
}

static bool looks_like_home(const client_home_link *h, const client_path *p)
{
	const client_binding *b = h->binding;
	const ip_addr *a = &p->up.local.addr;

	return p->kind == PATH_DIRECT && b->home_lan.len == a->len &&
	       (prefix_contains(&b->network4, a) || prefix_contains(&b->network6, a));
}

bool client_home_link_is_checking(const client_home_link *h, const client_path *p)
{
	for (const client_path *q = NULL; (q = client_paths_next(h->paths, q));)
		if (h->of[q->slot].check == CLIENT_HOME_CHECKING && q->up.ifindex == p->up.ifindex)
			return true;
	return false;
}

static void send_request(client_home_link *h, core_time now, client_path *p)
{
	const endpoint to = { .addr = h->binding->home_lan, .port = MIP_PORT };
	unsigned gap = GAP_MS;

	client_requests_send_to(h->requests, now, p, &to, CLIENT_FOR_HOME_LINK);
	if (++h->of[p->slot].n >= REQUESTS_MAX)
		gap = PATIENCE_MS - (REQUESTS_MAX - 1) * GAP_MS;
	h->of[p->slot].timer_ms = now.ms + gap;
}

void client_home_link_check(client_home_link *h, core_time now)
{
	for (client_path *p = NULL; (p = client_paths_next(h->paths, p));) {
		if (!looks_like_home(h, p) || h->of[p->slot].check != CLIENT_HOME_UNCHECKED)
			continue;
		h->of[p->slot].check = CLIENT_HOME_CHECKING;
		h->of[p->slot].n = 0;
		send_request(h, now, p);
	}
}

static void conclude(client_home_link *h, const client_path *p, client_home_check check)
{
	h->of[p->slot].check = check;
	h->of[p->slot].timer_ms = NEVER;
	client_requests_forget(h->requests, CLIENT_FOR_HOME_LINK, p->name);
}

static void conclude_foreign(client_home_link *h, const client_path *p, const char *why)
{
	log_info(h->host->log, "uplink %s looks like the home network, but %s", p->up.name, why);
	conclude(h, p, CLIENT_HOME_FOREIGN);
	client_events_put_path(h->host->events, CLIENT_EV_NOT_AT_HOME, p->name);
}

void client_home_link_answered(client_home_link *h, const client_path *p, const reg_reply *r)
{
	if (h->of[p->slot].check != CLIENT_HOME_CHECKING)
		return;
	if (r->code != MIP_ACCEPTED || r->lifetime_s != 0) {
		conclude_foreign(h, p,
				 r->notify.reason ? mip_notify_text(r->notify.reason)
						  : mip_code_text(r->code));
		return;
	}
	log_info(h->host->log, "at home on %s", p->up.name);
	conclude(h, p, CLIENT_HOME_UNCHECKED);
	client_events_put_path(h->host->events, CLIENT_EV_AT_HOME, p->name);
}

void client_home_link_repeat(client_home_link *h, core_time now, const client_path *p)
{
	h->of[p->slot].timer_ms = now.ms;
}

void client_home_link_tick(client_home_link *h, core_time now)
{
	for (client_path *p = NULL; (p = client_paths_next(h->paths, p));) {
		if (now.ms < h->of[p->slot].timer_ms)
			continue;
		if (h->of[p->slot].n < REQUESTS_MAX)
			send_request(h, now, p);
		else
			conclude_foreign(h, p, "the home server does not answer there");
	}
}

uint64_t client_home_link_next_timer_ms(const client_home_link *h)
{
	uint64_t next = NEVER;

	for (const client_path *p = NULL; (p = client_paths_next(h->paths, p));)
		next = min_u64(next, h->of[p->slot].timer_ms);
	return next;
}
