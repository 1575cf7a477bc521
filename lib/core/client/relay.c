/* SPDX-License-Identifier: MIT */
/* relay.c - what differs on a path by a relay: it has to be admitted there first, requests show
 * the relay that they are ours (RFC 5944 3.5.3), and the relay has words of its own. */
#include "core/client/priv.h"

#include <openssl/crypto.h>

enum {
	STANDBY_GAP_MS = 300,     /* between two standby registrations of a path, at least */
	STANDBY_RETRY_MS = 30000, /* renewing one that works */
	FORGOTTEN_GAP_MS = 1000,  /* a standby that the relay says it does not know */
	AGAIN_MAX = 4,            /* requests at once, in one attempt */
};

bool client_by_relay(const client_path *p)
{
	return p->by_relay;
}

bool client_path_admitted(const client_path *p, core_time now)
{
	return !client_by_relay(p) || now.ms < p->admitted_ms;
}

void client_path_admit(client_core *c, core_time now, client_path *p, uint32_t lifetime_s,
		       const reg_key3 *k)
{
	if (!client_by_relay(p))
		return;
	p->admitted_ms = now.ms + lifetime_s * 1000ull;
	p->standby_ms = p == c->active ? NEVER : now.ms + lifetime_s * 700ull;
	if (k->spi)
		p->key3 = *k;
	if (p != c->active || !c->cur)
		return;
	c->lost_ms = NEVER;
	if (!p->mtu_on)
		client_mtu_start(c, now, p);
}

static void forget(client_path *p)
{
	p->admitted_ms = 0;
	OPENSSL_cleanse(&p->key3, sizeof p->key3);
}

static void ask_standby(client_core *c, core_time now, client_path *p)
{
	if (p->standby_sent_ms && now.ms < p->standby_sent_ms + STANDBY_GAP_MS) {
		p->standby_ms = min_u64(p->standby_ms, p->standby_sent_ms + STANDBY_GAP_MS);
		return;
	}
	p->standby_sent_ms = now.ms;
	p->standby_ms = p->admitted_ms > now.ms ? now.ms + STANDBY_RETRY_MS : NEVER;
	client_request_send(c, now, p, client_request_to(c, p), ASKED_STANDBY);
}

void client_path_probe(client_core *c, core_time now, client_path *p)
{
	if (!c->cur)
		return;
	if (client_path_admitted(p, now))
		client_echo_send(c, now, p, c->cur, CTL_STAY, 0);
	else
		ask_standby(c, now, p);
}

/* The first time KEY3 follows from KEY0 and the relay's name; without a name the relay refuses, and
 * tells it. */
static bool pick_key3(client_core *c, const client_path *p, uint32_t pseudonym, reg_key3 *out)
{
	const char *name = c->agents[p->agent].relay.name;
	*out = p->key3;
	if (out->spi)
		return true;
	out->spi = *name ? pseudonym : 0;
	return !*name || reg_derive_key3(c->keys.key0, name, out->key);
}

size_t client_relay_sign(client_core *c, client_path *p, uint32_t pseudonym, uint8_t *msg, size_t n,
			 client_asked *a)
{
	if (!pick_key3(c, p, pseudonym, &a->key3))
		return 0;
	return a->key3.spi ? reg_auth_add(msg, n, MIP_MAX_MESSAGE, MIP_EXT_MOBILE_FOREIGN,
					  a->key3.spi, a->key3.key)
			   : n;
}

static bool signed_with(const reg_scan *s, const reg_key3 *k)
{
	return k->spi && s->mobile_foreign.present && s->mobile_foreign.spi == k->spi &&
	       reg_verify_mobile_foreign(s, k->key);
}

bool client_relay_vouches(const reg_scan *s, const client_asked *a, const reg_reply *r)
{
	return signed_with(s, r->key3.spi ? &r->key3 : &a->key3);
}

void client_relay_refused(client_core *c, core_time now, client_path *p, unsigned code)
{
	char name[ENDPOINT_STRLEN];
	log_warn(c->log, "relay %s: %s", client_agent_name(c, p->agent, name), mip_code_text(code));
	forget(p);
	p->standby_ms = NEVER;
	client_path_fail(c, now, p);
}

static bool learn_name(client_core *c, const client_path *p, const reg_scan *s)
{
	reg_relay *r = &c->agents[p->agent].relay;
	if (*r->name || !s->has_relay_name || s->relay_name.n == 0 ||
	    s->relay_name.n > RELAY_NAME_MAX || memchr(s->relay_name.p, 0, s->relay_name.n))
		return false;
	memcpy(r->name, s->relay_name.p, s->relay_name.n);
	return true;
}

/* The key of a registration that the relay has forgotten: the one that follows from KEY0 is good always. */
static bool was_session_key(client_path *p, const client_asked *a)
{
	if (!p->key3.spi || p->key3.spi != a->key3.spi)
		return false;
	OPENSSL_cleanse(&p->key3, sizeof p->key3);
	return true;
}

static void ask_again(client_core *c, core_time now, const reg_input *in)
{
	if (c->reg.at_once++ < AGAIN_MAX)
		client_request_send(c, now, in->path, in->asked->to, in->asked->kind);
}

/* Nobody vouches for it: a hint what to try next. */
static void hinted(client_core *c, core_time now, const reg_scan *s, const reg_input *in)
{
	if (s->reply.code != MIP_FA_MN_FAILED_AUTH) {
		if (!client_path_admitted(in->path, now))
			client_relay_refused(c, now, in->path, s->reply.code);
	} else if (learn_name(c, in->path, s) || was_session_key(in->path, in->asked)) {
		ask_again(c, now, in);
	} else if (in->asked->kind != ASKED_STANDBY) {
		client_reg_event(c, now, EV_DOUBT, in);
	}
}

void client_relay_says(client_core *c, core_time now, const reg_scan *s, const reg_input *in)
{
	if (s->reply.code < MIP_FA_UNSPECIFIED)
		return; /* only home accepts */
	if (!signed_with(s, &in->asked->key3))
		hinted(c, now, s, in);
	else if (s->reply.code == MIP_HA_IDENT_MISMATCH)
		client_resync(c, now, in, s->reply.identification);
	else
		client_relay_refused(c, now, in->path, s->reply.code);
}

void client_relay_standby(client_core *c, core_time now, const reg_input *in)
{
	const reg_reply *r = in->reply;
	client_path *p = in->path;
	if (r->code == MIP_HA_UNSPECIFIED)
		return; /* home holds no association: the path in use will find out */
	if (r->code != MIP_ACCEPTED) {
		client_relay_refused(c, now, p, r->code);
		return;
	}
	client_path_admit(c, now, p, r->lifetime_s, &r->key3);
	client_path_heard(c, now, p);
	if (p != c->active && c->cur)
		client_echo_send(c, now, p, c->cur, CTL_STAY, 0); /* its round trip */
	client_agents_learn(c, now, r);                           /* last: it may close paths */
}

void client_relay_forgot(client_core *c, core_time now, client_path *p)
{
	char name[ENDPOINT_STRLEN];
	if (!p->admitted_ms)
		return; /* we know, and have asked */
	forget(p);
	if (p != c->active) {
		uint64_t next = p->standby_sent_ms + FORGOTTEN_GAP_MS;
		p->standby_ms = next > now.ms ? next : now.ms;
		return;
	}
	log_warn(c->log, "relay %s does not know us any more (restarted?): registering",
		 client_agent_name(c, p->agent, name));
	c->lost_ms = now.ms;
	client_reg_go(c, now, false);
}

static bool keep_ready(const client_core *c, const client_path *p)
{
	return c->cur && p->used && p != c->active && client_path_usable(p) &&
	       c->reg.state != REG_HOME && c->reg.state != REG_LEAVING;
}

void client_relay_tick(client_core *c, core_time now)
{
	for (unsigned i = 0; i < CLIENT_PATHS; i++) {
		client_path *p = &c->paths[i];
		if (!p->used || now.ms < p->standby_ms)
			continue;
		p->standby_ms = NEVER;
		if (keep_ready(c, p))
			ask_standby(c, now, p);
	}
}

uint64_t client_relay_due(const client_core *c)
{
	uint64_t due = NEVER;
	for (unsigned i = 0; i < CLIENT_PATHS; i++)
		if (c->paths[i].used)
			due = min_u64(due, c->paths[i].standby_ms);
	return due;
}
