/* SPDX-License-Identifier: MIT */
#include "core/client/home_watch.h"

enum {
	INTERVAL_MS = 5000, /* an answer holds so long */
	PATIENCE_MS = 300,  /* and three round trips, for an answer */
	REQUESTS = 4,       /* in that time, evenly */
	LATE_MS = 50,       /* of a tick: the process was kept from running */
	DOUBT_GAP_MS = 300, /* between two doubts: anybody on the link can cause them */
};

static client_path *home_path(const client_home_watch *w)
{
	return client_paths_by_name(w->paths, w->path);
}

static void report_link(const client_home_watch *w, const client_path *p)
{
	const client_env *env = w->host->env;

	if (env->home_link)
		env->home_link(env->ctx, p ? &p->up : NULL, &w->binding->home_lan);
}

static void rest(client_home_watch *w, uint64_t until_ms)
{
	w->state = CLIENT_WATCH_RESTING;
	w->timer_ms = until_ms;
}

void client_home_watch_begin(client_home_watch *w, core_time now, const client_path *p,
			     uint32_t rtt_us)
{
	w->path = p->name;
	w->rtt_us = rtt_us;
	w->asked_ms = now.ms;
	w->is_doubted = false;
	rest(w, now.ms + INTERVAL_MS);
	report_link(w, p);
}

void client_home_watch_end(client_home_watch *w)
{
	if (w->state == CLIENT_WATCH_OFF)
		return;
	client_requests_forget(w->requests, CLIENT_FOR_HOME_LINK, w->path);
	w->state = CLIENT_WATCH_OFF;
	w->path = 0;
	report_link(w, NULL);
}

bool client_home_watch_is_on(const client_home_watch *w, const client_path *p)
{
	return w->state != CLIENT_WATCH_OFF && w->path == p->name;
}

static uint32_t patience_ms(const client_home_watch *w)
{
	return 3 * max_u32(w->rtt_us / 1000, 1) + PATIENCE_MS;
}

static void send_request(client_home_watch *w, core_time now, client_path *p)
{
	const endpoint to = { .addr = w->binding->home_lan, .port = MIP_PORT };

	client_requests_send_to(w->requests, now, p, &to, CLIENT_FOR_HOME_LINK);
	w->timer_ms = now.ms + patience_ms(w) / REQUESTS + 1;
}

static void ask(client_home_watch *w, core_time now)
{
	client_path *p = home_path(w);

	w->timer_ms = NEVER;
	if (!p)
		return; /* the uplink is gone, and being at home ends by that */
	w->state = CLIENT_WATCH_ASKING;
	w->is_doubted = false;
	w->asked_ms = now.ms;
	w->until_ms = now.ms + patience_ms(w);
	send_request(w, now, p);
}

static void wait_for_packet(client_home_watch *w, core_time now)
{
	const client_env *env = w->host->env;
	const client_path *p = home_path(w);

	w->state = CLIENT_WATCH_WAITING;
	w->timer_ms = NEVER;
	if (p && !(env->next_packet && env->next_packet(env->ctx, p->up.ifindex)))
		ask(w, now); /* there may be traffic */
}

void client_home_watch_packet(client_home_watch *w, core_time now)
{
	if (w->state == CLIENT_WATCH_WAITING)
		ask(w, now);
}

/* A request under way may have been answered before the link moved, so its answer does not do. */
void client_home_watch_doubt(client_home_watch *w, core_time now)
{
	if (w->state == CLIENT_WATCH_OFF)
		return;
	w->is_doubted = true;
	if (w->state != CLIENT_WATCH_ASKING)
		rest(w, max_u64(now.ms, w->asked_ms + DOUBT_GAP_MS));
}

static void lose(client_home_watch *w, const char *why)
{
	const client_path *p = home_path(w);

	w->timer_ms = w->until_ms = NEVER;
	if (p)
		log_warn(w->host->log, "uplink %s is not the home link any more: %s", p->up.name,
			 why);
	client_events_put_path(w->host->events, CLIENT_EV_HOME_LOST, w->path);
}

static const char *refusal(const reg_reply *r)
{
	return r->notify.reason ? mip_notify_text(r->notify.reason) : mip_code_text(r->code);
}

/* RFC 6298 2 */
static void measure(client_home_watch *w, core_time now, const client_request *q)
{
	uint32_t us = client_time_since_us(now, q->sent_ms, q->sent_us);

	w->rtt_us = (uint32_t)(((uint64_t)w->rtt_us * 7 + us) / 8);
}

void client_home_watch_answered(client_home_watch *w, core_time now, const client_request *q,
				const reg_reply *r)
{
	if (w->state != CLIENT_WATCH_ASKING)
		return;
	if (r->code != MIP_ACCEPTED || r->lifetime_s != 0) {
		lose(w, refusal(r));
		return;
	}
	measure(w, now, q);
	client_requests_forget(w->requests, CLIENT_FOR_HOME_LINK, w->path);
	rest(w, w->is_doubted ? max_u64(now.ms, w->asked_ms + DOUBT_GAP_MS) : now.ms + INTERVAL_MS);
}

void client_home_watch_repeat(client_home_watch *w, core_time now)
{
	if (w->state == CLIENT_WATCH_ASKING)
		w->timer_ms = now.ms;
}

/* Timers come before what waits in the sockets: after a standstill the answer may be there. */
static void give_up(client_home_watch *w, core_time now)
{
	if (now.ms >= w->until_ms + LATE_MS)
		w->until_ms = now.ms + LATE_MS;
	else
		lose(w, "the home server does not answer there");
}

void client_home_watch_tick(client_home_watch *w, core_time now)
{
	client_path *p = home_path(w);

	if (w->state == CLIENT_WATCH_ASKING && now.ms >= w->until_ms)
		give_up(w, now);
	if (now.ms < client_home_watch_next_timer_ms(w))
		return;
	if (w->state == CLIENT_WATCH_ASKING && p)
		send_request(w, now, p);
	else if (w->state == CLIENT_WATCH_RESTING && w->is_doubted)
		ask(w, now);
	else if (w->state == CLIENT_WATCH_RESTING)
		wait_for_packet(w, now);
}

uint64_t client_home_watch_next_timer_ms(const client_home_watch *w)
{
	if (w->state == CLIENT_WATCH_ASKING)
		return min_u64(w->timer_ms, w->until_ms);
	return w->state == CLIENT_WATCH_RESTING ? w->timer_ms : NEVER;
}
