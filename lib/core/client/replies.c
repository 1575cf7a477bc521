/* SPDX-License-Identifier: MIT */
/* replies.c - a reply is matched to its request, authenticated, understood, and only then acted on. */
#include "core/client/private.h"

#include <openssl/crypto.h>

static void refuse_path(client_core *c, const client_path *p, unsigned code)
{
	char name[ENDPOINT_STRLEN];

	log_warn(c->host.log, "relay %s: %s", client_agents_name(&c->agents, p->agent, name),
		 mip_code_text(code));
	client_admission_forget(&c->admission, p);
	client_standby_cancel(&c->standby, p);
	client_events_put_path(&c->events, CLIENT_EV_PATH_REFUSED, p->name);
}

static void admit(client_core *c, core_time now, const client_reg_input *in)
{
	const reg_reply *r = in->reply;

	if (!in->path->by_relay)
		return;
	client_admission_grant(&c->admission, in->path, now.ms + r->lifetime_s * 1000ull, &r->key3);
	client_requests_reset(&c->requests,
			      in->path->slot); /* the next are asked as this one was */
	client_standby_granted(&c->standby, now, in->path, r->lifetime_s);
}

static void resync(client_core *c, core_time now, const client_reg_input *in, uint64_t reply_id)
{
	client_credential_set_clock(&c->credential, now, reply_id);
	if (client_home_watch_is_on(&c->home_watch, in->path))
		client_home_watch_repeat(&c->home_watch, now);
	else if (in->request->purpose == CLIENT_FOR_HOME_LINK)
		client_home_link_repeat(&c->home_link, now, in->path);
	else if (in->request->purpose == CLIENT_FOR_STANDBY)
		client_standby_repeat(&c->standby, now, in->path);
	else
		client_registration_event(&c->registration, now, CLIENT_REG_RESYNC, in);
}

/* --- home's --- */

static void accepted(client_core *c, core_time now, const client_reg_input *in)
{
	if (!client_registration_event(&c->registration, now, CLIENT_REG_ACCEPTED, in) ||
	    client_registration_is_ending(&c->registration))
		return;
	admit(c, now, in);
	client_agents_learn(&c->agents, in->reply);
}

static void standby_answered(client_core *c, core_time now, const client_reg_input *in)
{
	const reg_reply *r = in->reply;
	client_path *p = in->path;

	if (r->code == MIP_HA_UNSPECIFIED)
		return; /* home holds no association: the path in use will find out */
	if (r->code != MIP_ACCEPTED) {
		refuse_path(c, p, r->code);
		return;
	}
	admit(c, now, in);
	client_roam_admitted(c, now, p);
	client_roam_heard(c, now, p);
	if (p != c->paths.active) /* for its round trip */
		client_echo_send(&c->echoes, now, p, CTL_STAY, 0);
	client_agents_learn(&c->agents, r);
}

static void home_link_answered(client_core *c, core_time now, const client_reg_input *in)
{
	if (client_home_watch_is_on(&c->home_watch, in->path))
		client_home_watch_answered(&c->home_watch, now, in->request, in->reply);
	else
		client_home_link_answered(&c->home_link, now, in->path, in->request, in->reply);
}

static void understood(client_core *c, core_time now, const client_reg_input *in)
{
	const reg_reply *r = in->reply;
	client_registration *reg = &c->registration;

	client_credential_set_pseudonym(&c->credential, in->request->offer.request_id,
					r->next_pseudonym);
	if (in->request->purpose == CLIENT_FOR_HOME_LINK)
		home_link_answered(c, now, in);
	else if (in->request->purpose == CLIENT_FOR_STANDBY)
		standby_answered(c, now, in);
	else if (r->code == MIP_HA_FA_FAILED_AUTH && in->path->by_relay)
		refuse_path(c, in->path, r->code); /* home doesn't know that relay */
	else if (r->code == MIP_ACCEPTED || r->code == MIP_ACCEPTED_NO_SIMULTANEOUS)
		accepted(c, now, in);
	else if (r->notify.reason == NOTIFY_WRONG_GROUP)
		client_registration_event(reg, now, CLIENT_REG_WRONG_GROUP, in);
	else
		client_registration_event(reg, now, CLIENT_REG_REFUSAL, in);
}

/* By a relay, the relay's own authentication must be good as well (RFC 5944 3.6.2.1). */
static void handle_authentic(client_core *c, core_time now, const reg_scan *s,
			     const client_reg_input *in, reg_reply *r)
{
	bool opened = client_credential_opens(&c->credential, s, r);
	const reg_key3 *key3 = r->key3.spi ? &r->key3 : &in->request->key3;

	if (in->path->by_relay && (in->request->path != in->path->name || !opened ||
				   !client_admission_is_signed(s, key3)))
		return;
	if (s->reply.code == MIP_HA_IDENT_MISMATCH)
		resync(c, now, in, s->reply.identification);
	else if (opened && !in->request->asks_time &&
		 s->reply.identification == in->request->offer.request_id)
		understood(c, now, in);
}

static void handle_bare(client_core *c, core_time now, const client_reg_input *in)
{
	if (in->code >= MIP_FA_UNSPECIFIED && in->request->purpose != CLIENT_FOR_HOME_LINK)
		client_registration_event(&c->registration, now, CLIENT_REG_BARE_REFUSAL, in);
}

/* --- a relay's own --- */

/* That nobody authenticated: a hint what to attempt next, no more. */
static void handle_bare_of_relay(client_core *c, core_time now, const reg_scan *s,
				 const client_reg_input *in)
{
	client_path *p = in->path;

	if (s->reply.code != MIP_FA_MN_FAILED_AUTH) {
		if (!client_admission_is_open(&c->admission, p, now.ms))
			refuse_path(c, p, s->reply.code);
		return;
	}
	/* It has to be addressed by its name, or has lost the key: with another key it may admit us. */
	if ((s->has_relay_name && client_agents_set_name(&c->agents, p->agent, s->relay_name)) ||
	    client_admission_drop_key(&c->admission, p, &in->request->key3))
		client_registration_repeat_one(&c->registration, now, in);
	else if (in->request->purpose != CLIENT_FOR_STANDBY)
		client_registration_event(&c->registration, now, CLIENT_REG_BARE_REFUSAL, in);
}

static void handle_relays_own(client_core *c, core_time now, const reg_scan *s,
			      const client_reg_input *in)
{
	if (s->reply.code < MIP_FA_UNSPECIFIED)
		return; /* only home accepts */
	/* Home does not answer what another path's request has overtaken. */
	if (in->request->offer.request_id < c->registration.accepted_id)
		return;
	if (!client_admission_is_signed(s, &in->request->key3))
		handle_bare_of_relay(c, now, s, in);
	else if (s->reply.code != MIP_HA_IDENT_MISMATCH) /* the time is home's to state */
		refuse_path(c, in->path, s->reply.code);
}

void client_replies_receive(client_core *c, core_time now, client_path *p, const dgram_in *d)
{
	reg_scan s;

	if (!reg_scan_message(d->p, d->n, &s) || !s.is_reply)
		return;
	const client_request *found = client_requests_find(&c->requests, s.reply.identification);
	if (!found)
		return;
	reg_reply r = { 0 };
	client_request q = *found; /* the list may change meanwhile */
	client_reg_input in = { .path = p, .request = &q, .reply = &r, .code = s.reply.code };
	if (!s.mobile_home.present && p->by_relay && q.path == p->name)
		handle_relays_own(c, now, &s, &in);
	else if (s.unknown_critical || !s.mobile_home.present ||
		 !client_credential_verifies(&c->credential, &s))
		handle_bare(c, now, &in);
	else
		handle_authentic(c, now, &s, &in, &r);
	OPENSSL_cleanse(&q, sizeof q);
	OPENSSL_cleanse(&r.key3, sizeof r.key3);
}
