/* SPDX-License-Identifier: MIT */
#include "core/client/registration_actions.h"

#include <openssl/crypto.h>
#include <stdio.h>

enum {
	GAP_MIN_MS = 300,
	GAP_MAX_MS = 30000,
	REFUSED_GAP_MS = 30000,
	LEAVE_GAP_MS = 300,
	LEAVE_ROUNDS = 3,
	AT_ONCE_MAX = 4,     /* repetitions that don't wait, in one attempt */
	BARE_MAX = 3,        /* unauthenticated refusals after which the state is "denied" */
	SILENT_ROUNDS = 3,   /* requests without any answer after which a path counts as dead */
	TIME_ROUND = 3,      /* each third request without an answer asks for home's time instead */
	NO_ANSWER_MS = 3000, /* from nowhere, after which it is said */
	LOST_ROUNDS = 6, /* the same, after about half a minute: home may have lost the pseudonym */
	LATE_MS = 30000,
	STILL_UNDER_WAY_MS = 5000, /* packets for us when we come home */
};

/* --- sending --- */

static bool has_answered(const client_registration *r, const client_path *p)
{
	return p->last_rx_ms >= r->began_ms;
}

/* The path in use is asked, and all if nothing else is known to work; the others are probed when the one in use
 * stays silent. Not over what may be the home link: there the question is first whether it is. Home is silent, too,
 * where our identifications look used to it: now and then it is asked for its time. */
void client_reg_send_round(client_registration *r, core_time now)
{
	const client_path *active = r->paths->active;
	bool has_pair = client_associations_sending(r->associations, now.ms) != NULL;
	bool all = r->everywhere || !active || (r->round > 0 && !has_pair);
	bool silent = r->round > 0 && active && !has_answered(r, active);
	client_purpose purpose =
		(r->round + 1) % TIME_ROUND ? CLIENT_FOR_REGISTRATION : CLIENT_FOR_TIME;

	for (client_path *p = NULL; (p = client_paths_next(r->paths, p));) {
		if (client_home_link_is_checking(r->home_link, p) ||
		    (p != active && !client_paths_is_usable(p)))
			continue;
		if (p == active || all)
			client_requests_send(r->requests, now, p, purpose);
		else if (silent)
			client_standby_probe(r->standby, now, p);
	}
}

static void set_timer(client_registration *r, core_time now, uint32_t gap_ms)
{
	r->gap_ms = gap_ms < GAP_MAX_MS ? gap_ms : GAP_MAX_MS;
	r->timer_ms = now.ms + client_time_jitter(r->gap_ms);
}

void client_reg_end_attempt(client_registration *r)
{
	client_exchange_end(r->exchange);
	client_requests_forget(r->requests, CLIENT_FOR_REGISTRATION, 0);
	r->late_ms = NEVER;
}

bool client_reg_begin(client_registration *r, core_time now, const client_reg_input *in)
{
	const client_path *active = r->paths->active;
	uint32_t gap = active ? 2 * client_paths_rtt_ms(r->paths, active) : 0;

	(void)in;
	if (r->late_ms != NEVER)
		client_reg_end_attempt(r); /* the one before was answered: new keys */
	r->began_ms = now.ms;
	r->round = r->at_once = r->bare = 0;
	client_requests_restart(r->requests);
	client_reg_send_round(r, now);
	r->round = 1;
	set_timer(r, now, max_u32(gap, GAP_MIN_MS));
	return true;
}

bool client_reg_renew(client_registration *r, core_time now, const client_reg_input *in)
{
	r->everywhere = false;
	return client_reg_begin(r, now, in);
}

static bool has_any_answered(const client_registration *r)
{
	for (const client_path *p = NULL; (p = client_paths_next(r->paths, p));)
		if (has_answered(r, p))
			return true;
	return false;
}

/* Home is silent to who does not prove a key that it knows: from here, that looks the same as a network that passes
 * nothing. */
static void note_silence(client_registration *r, core_time now)
{
	if (has_any_answered(r))
		return;
	if (now.ms >= r->began_ms + NO_ANSWER_MS)
		snprintf(r->reason, sizeof r->reason,
			 "no answer: home is not reachable, or does not know this key");
	if (r->round == LOST_ROUNDS)
		client_credential_leave_pseudonym(r->credential);
}

/* A path that stays silent is left first, if there is another; who handles the event then begins again there, or
 * repeats. */
bool client_reg_repeat(client_registration *r, core_time now, const client_reg_input *in)
{
	const client_path *p = r->paths->active;

	(void)in;
	r->round++;
	note_silence(r, now);
	set_timer(r, now, r->gap_ms * 2);
	if (r->round > SILENT_ROUNDS && p && !p->failed && !has_answered(r, p))
		client_events_put_path(r->host->events, CLIENT_EV_PATH_SILENT, p->name);
	else
		client_reg_send_round(r, now);
	return true;
}

bool client_reg_send_again(client_registration *r, core_time now, const client_reg_input *in)
{
	client_purpose purpose = in->request->purpose == CLIENT_FOR_TIME ? CLIENT_FOR_REGISTRATION
									 : in->request->purpose;

	return r->at_once++ < AT_ONCE_MAX &&
	       client_requests_send_to(r->requests, now, in->path, &in->request->to, purpose);
}

/* False: the timer goes on. */
bool client_reg_repeat_at_once(client_registration *r, core_time now, const client_reg_input *in)
{
	r->bare = 0;
	return client_reg_send_again(r, now, in);
}

/* --- granted --- */

/* Before a quarter of the lifetime is left, and when the association is to be renewed. */
static uint64_t renewal_ms(const client_registration *r, core_time now)
{
	uint64_t at = client_time_renewal(now.ms, r->binding->lifetime_s * 1000ull);
	uint64_t sa = client_associations_renewal_ms(r->associations, now.ms);

	return min_u64(at, max_u64(sa, now.ms + GAP_MIN_MS));
}

static bool install(client_registration *r, core_time now, const client_reg_input *in)
{
	const client_offer *o = &in->request->offer;
	sa_keys keys;
	sa_choice choice;

	bool ok = client_exchange_finish(r->exchange, o, in->reply, &keys, &choice) &&
		  client_associations_install(r->associations, now, &keys, &choice, o->spi);
	OPENSSL_cleanse(&keys, sizeof keys);
	return ok;
}

bool client_reg_take_grant(client_registration *r, core_time now, const client_reg_input *in)
{
	const client_request *q = in->request;
	const reg_reply *reply = in->reply;
	bool first = !client_associations_sending(r->associations, now.ms);

	if (q->offer.request_id <= r->accepted_id || reply->lifetime_s == 0)
		return false;
	if (reply->sa.present ? !install(r, now, in) : first)
		return false;
	r->accepted_id = q->offer.request_id;
	r->bare = 0;
	r->everywhere = false;
	r->reason[0] = 0;
	r->late_ms = now.ms + LATE_MS;
	client_binding_grant(r->binding, now, reply);
	client_associations_select(r->associations, &r->binding->home4, &r->binding->home6);
	client_paths_registered(in->path, &q->to, reply);
	client_paths_measured_roughly(r->paths, in->path,
				      client_time_since_us(now, q->sent_ms, q->sent_us));
	r->timer_ms = renewal_ms(r, now);
	client_events_put_path(r->host->events, CLIENT_EV_GRANTED, in->path->name);
	if (reply->sa.present)
		client_events_put(
			r->host->events,
			(client_event){ .kind = CLIENT_EV_ASSOCIATION_NEW, .flag = first });
	return true;
}

/* --- refused --- */

bool client_reg_deny(client_registration *r, core_time now, const client_reg_input *in)
{
	const reg_reply *reply = in->reply;

	snprintf(r->reason, sizeof r->reason, "%s%s%s", mip_code_text(reply->code),
		 reply->notify.reason ? ": " : "",
		 reply->notify.reason ? mip_notify_text(reply->notify.reason) : "");
	set_timer(r, now, REFUSED_GAP_MS);
	return true;
}

bool client_reg_change_group(client_registration *r, core_time now, const client_reg_input *in)
{
	if (!client_exchange_set_group(r->exchange, in->reply->notify.data))
		return false;
	client_reg_end_attempt(r);
	return client_reg_send_again(r, now, in);
}

/* Home may have lost the association that a mere move relies on: the next request has a key exchange. */
bool client_reg_request_keys(client_registration *r, core_time now, const client_reg_input *in)
{
	if (in->request->offer.spi || in->reply->code != MIP_HA_UNSPECIFIED)
		return false;
	client_associations_doubt(r->associations);
	return client_reg_repeat_at_once(r, now, in);
}

/* Anybody on the way can send this, so it is no more than a hint that home does not know the pseudonym; the
 * profile's own SPI is always good. */
bool client_reg_take_bare_refusal(client_registration *r, core_time now, const client_reg_input *in)
{
	r->bare++;
	if (client_credential_leave_pseudonym(r->credential))
		client_reg_send_again(r, now, in);
	if (r->bare < BARE_MAX || client_associations_sending(r->associations, now.ms))
		return false;
	snprintf(r->reason, sizeof r->reason, "%s; is the key of the profile right?",
		 mip_code_text(in->code));
	return true;
}

/* --- the end --- */

bool client_reg_arrive_home(client_registration *r, core_time now, const client_reg_input *in)
{
	r->home_path = in->path->name;
	r->timer_ms = NEVER;
	r->reason[0] = 0;
	client_binding_end(r->binding);
	client_associations_retire_all(r->associations, now.ms + STILL_UNDER_WAY_MS);
	client_reg_end_attempt(r);
	return true;
}

bool client_reg_leave(client_registration *r, core_time now, const client_reg_input *in)
{
	client_path *p = r->paths->active;

	(void)in;
	if (!p || r->round >= LEAVE_ROUNDS ||
	    (!client_associations_sending(r->associations, now.ms) &&
	     !client_binding_exists(r->binding)))
		return false;
	r->round++;
	client_requests_send_to(r->requests, now, p, &p->remote, CLIENT_FOR_DEREGISTRATION);
	set_timer(r, now, LEAVE_GAP_MS);
	return true;
}

bool client_reg_begin_to_leave(client_registration *r, core_time now, const client_reg_input *in)
{
	r->round = 0;
	return client_reg_leave(r, now, in);
}

bool client_reg_end(client_registration *r, core_time now, const client_reg_input *in)
{
	(void)now, (void)in;
	r->timer_ms = NEVER;
	client_binding_end(r->binding);
	client_associations_drop_all(r->associations);
	client_reg_end_attempt(r);
	client_events_put(r->host->events, (client_event){ .kind = CLIENT_EV_STOPPED });
	return true;
}
