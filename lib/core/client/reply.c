/* SPDX-License-Identifier: MIT */
/* reply.c - a reply is matched to what was asked, authenticated, understood, and only then
 * an event of the registration. */
#include "core/client/priv.h"

#include <openssl/crypto.h>

static void keep_offset(client_core *c)
{
	if (c->saved.clock_offset_s != c->ident.offset_s)
		log_info(c->log, "home's clock differs from ours by %lld s",
			 (long long)c->ident.offset_s);
	c->saved.clock_offset_s = c->ident.offset_s;
	c->env->save(c->env->ctx, &c->saved);
}

/* Whatever was granted: the SPI to come with next time, so that two visits can't be linked. */
static void keep_pseudonym(client_core *c, const reg_input *in)
{
	if (!in->reply->next_pseudonym || in->asked->id <= c->reg.pseudonym_id)
		return;
	c->reg.pseudonym_id = in->asked->id;
	c->reg.plain_spi = false;
	c->saved.pseudonym = in->reply->next_pseudonym;
	c->env->save(c->env->ctx, &c->saved);
}

void client_resync(client_core *c, core_time now, const reg_input *in, uint64_t id)
{
	ident_learn(&c->ident, id, now.ntp);
	keep_offset(c);
	if (in->asked->kind == ASKED_HOME)
		in->path->check_ms = now.ms; /* ask again */
	else if (in->asked->kind == ASKED_STANDBY)
		in->path->standby_ms = now.ms;
	else
		client_reg_event(c, now, EV_RESYNC, in);
}

static void understood(client_core *c, core_time now, const reg_input *in)
{
	const reg_reply *r = in->reply;
	bool accepted = r->code == MIP_ACCEPTED || r->code == MIP_ACCEPTED_NO_SIMULTANEOUS;
	keep_pseudonym(c, in);
	if (in->asked->kind == ASKED_HOME)
		client_home_answer(c, now, in->path, r);
	else if (in->asked->kind == ASKED_STANDBY)
		client_relay_standby(c, now, in);
	else if (r->code == MIP_HA_FA_FAILED_AUTH && client_by_relay(in->path))
		client_relay_refused(c, now, in->path, r->code); /* home doesn't know that relay */
	else if (accepted)
		client_reg_event(c, now, EV_ACCEPTED, in);
	else if (r->notify.reason == NOTIFY_WRONG_GROUP)
		client_reg_event(c, now, EV_GROUP, in);
	else
		client_reg_event(c, now, EV_REFUSED, in);
}

static void not_authentic(client_core *c, core_time now, const reg_input *in)
{
	if (in->code >= MIP_FA_UNSPECIFIED && in->asked->kind != ASKED_HOME)
		client_reg_event(c, now, EV_DOUBT, in);
}

/* By a relay, the relay's own authentication must be good as well (RFC 5944 3.6.2.1). */
static void authentic(client_core *c, core_time now, const reg_scan *s, const reg_input *in,
		      reg_reply *r)
{
	bool opened = reg_reply_open(s, &c->keys, r);
	if (client_by_relay(in->path) && (in->asked->path != in->path->name || !opened ||
					  !client_relay_vouches(s, in->asked, r)))
		return;
	if (s->reply.code == MIP_HA_IDENT_MISMATCH)
		client_resync(c, now, in, s->reply.identification);
	else if (opened && s->reply.identification == in->asked->id)
		understood(c, now, in);
}

void client_reply(client_core *c, core_time now, client_path *p, const dgram_in *d)
{
	reg_scan s;
	if (!reg_scan_message(d->p, d->n, &s) || !s.is_reply)
		return;
	const client_asked *a = client_asked_find(c, s.reply.identification);
	if (!a)
		return;
	reg_reply r = { 0 };
	client_asked asked = *a; /* the list may change while the event is worked on */
	reg_input in = { .path = p, .asked = &asked, .reply = &r, .code = s.reply.code };
	if (!s.mobile_home.present && client_by_relay(p) && asked.path == p->name)
		client_relay_says(c, now, &s, &in);
	else if (s.unknown_critical || !s.mobile_home.present ||
		 !reg_verify_mobile_home(&s, &c->keys))
		not_authentic(c, now, &in);
	else
		authentic(c, now, &s, &in, &r);
	OPENSSL_cleanse(&asked, sizeof asked);
	OPENSSL_cleanse(&r.key3, sizeof r.key3);
}
