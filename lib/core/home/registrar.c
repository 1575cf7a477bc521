/* SPDX-License-Identifier: MIT */
#include "core/home/registrar.h"

#include "core/home/foreign.h"
#include "core/reg/ident.h"
#include <openssl/crypto.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum { LOG_PER_S = 2, LOG_BURST = 20 };

bool home_registrar_open(home_registrar *r, home_presence *presence)
{
	r->clients = (home_clients){
		.peers = r->peers, .presence = presence, .links = r->links, .txns = &r->txns
	};
	r->checks = (home_checks){ .conf = r->conf,
				   .peers = r->peers,
				   .presence = presence,
				   .links = r->links,
				   .clients = &r->clients };
	r->commits = (home_commits){ .conf = r->conf,
				     .log = r->log,
				     .peers = r->peers,
				     .presence = presence,
				     .links = r->links };
	r->log_limit = (rate_limit){ .per_s = LOG_PER_S, .burst = LOG_BURST };
	return home_txns_open(&r->txns);
}

void home_registrar_close(home_registrar *r)
{
	home_txns_close(&r->txns);
}

/* --- replies --- */

static ip_addr agent_address(const home_conf *c, const dgram_in *d)
{
	if (d->local.len == 4)
		return d->local;
	for (unsigned i = 0; i < c->n_agents; i++)
		if (c->agents[i].len == 4)
			return c->agents[i];
	return ip4(0, 0, 0, 0);
}

static void start_reply(const home_registrar *r, const home_arrival *in, reg_reply *out)
{
	memset(out, 0, offsetof(reg_reply, sa)); /* the association is the most of it by far */
	out->sa.present = false;
	out->home_agent = agent_address(r->conf, in->d);
	out->identification = in->scan->request.identification;
	out->pseudonym = in->scan->mobile_home.spi;
}

static void send_reply(home_registrar *r, const home_peer *p, const home_arrival *in,
		       const reg_reply *reply)
{
	const key2_set *relay = home_links_key2(r->links, in->d->sock);
	const dgram_route back = dgram_route_back(in->d);
	uint8_t out[MIP_MAX_MESSAGE];

	size_t n = home_credential_build_reply(&p->credential, reply, out);
	if (n && relay)
		n = home_foreign_sign(relay, in->scan, &reply->key3, out, n);
	if (n)
		dgramq_put(r->tx, &back, out, n);
}

static void count_refusal(home_register_counters *count, uint8_t code)
{
	if (code == MIP_HA_IDENT_MISMATCH)
		count->denied_replay++;
	else if (code == MIP_HA_BAD_REQUEST)
		count->denied_malformed++;
	else if (code == MIP_HA_MN_FAILED_AUTH || code == MIP_HA_FA_FAILED_AUTH)
		count->denied_auth++;
	else
		count->denied_policy++;
}

static void log_refusal(home_registrar *r, const home_peer *p, const home_arrival *in,
			core_time now, const home_verdict *v)
{
	char from[ENDPOINT_STRLEN], why[80] = "";

	if (!rate_take(&r->log_limit, now.ms))
		return;
	if (v->notify.reason)
		snprintf(why, sizeof why, ": %s", mip_notify_text(v->notify.reason));
	log_warn(r->log, "%s refused from %s with code %u, %s%s", p ? p->nai : "a stranger",
		 endpoint_format(&in->d->from, from), v->code, mip_code_text(v->code), why);
}

/* RFC 5944 5.7.1. False: it gets no answer, since it is or may be a recording. */
static bool state_time(home_registrar *r, home_peer *p, const home_arrival *in, core_time now,
		       reg_reply *out)
{
	uint64_t last = home_txn_last_id(&p->txns, p->credential.last_id);
	uint64_t id = in->scan->request.identification;

	if ((!in->scan->asks_time && ident_check(id, last, now.ntp) == IDENT_USED) ||
	    !home_resyncs_take(&r->resyncs, &p->credential, in->scan->mobile_home.spi, id, now.ms))
		return false;
	out->code = MIP_HA_IDENT_MISMATCH;
	out->identification = ident_resync(id, last, now.ntp);
	return true;
}

void home_registrar_state_time(home_registrar *r, home_peer *p, const home_arrival *in)
{
	reg_reply reply;

	if (!home_check_relay(r->links, in))
		return;
	start_reply(r, in, &reply);
	if (state_time(r, p, in, in->at, &reply))
		send_reply(r, p, in, &reply);
}

/* Whoever recorded a request can send it again; its owner has gone on (docs/protocol.md, section 16). */
static bool is_recording(const home_peer *p, const home_arrival *in)
{
	return in->scan->request.identification <= p->credential.last_id;
}

static void refuse(home_registrar *r, home_peer *p, const home_arrival *in, core_time now,
		   home_verdict v)
{
	reg_reply reply;

	count_refusal(&r->count, v.code);
	log_refusal(r, p, in, now, &v);
	if (!p) {
		home_refusals_send(r->refusals, now.ms, in->d, &in->scan->request, v.code);
		return;
	}
	if (is_recording(p, in))
		return;
	start_reply(r, in, &reply);
	reply.code = v.code;
	reply.notify = v.notify;
	if (v.code == MIP_HA_IDENT_MISMATCH && !state_time(r, p, in, now, &reply))
		return;
	send_reply(r, p, in, &reply);
}

static void grant(home_registrar *r, home_txn *t, core_time now)
{
	reg_reply reply;

	start_reply(r, &t->in, &reply);
	const home_verdict v = home_commit(&r->commits, t, now, &reply);
	if (v.outcome == HOME_PASS) {
		r->count.accepted++;
		send_reply(r, t->peer, &t->in, &reply);
	} else {
		refuse(r, t->peer, &t->in, now, v);
	}
	OPENSSL_cleanse(&reply.key3, sizeof reply.key3);
}

/* --- transactions --- */

static void wait(home_registrar *r, home_txn *t, home_wait what)
{
	const uint64_t number = home_txn_wait(&r->txns, t, what);
	home_request q = { .kind = what };

	if (what == HOME_WAIT_TURN)
		return;
	if (what == HOME_WAIT_AUTHORITY) {
		q.question = (wire_bytes){ t->question.octets, t->question.n };
	} else {
		q.client = t->peer->id;
		q.state = &t->decision.next;
	}
	r->env->request(r->env->ctx, number, &q);
}

/* Once its time is over whoever asked may have given up, and its relay have given its port to another client. */
static home_verdict decide(home_registrar *r, home_txn *t, core_time now, const home_answer *a)
{
	const home_wait waited_for = home_txn_resume(t);

	t->answer = a;
	if (now.ms >= t->deadline_ms)
		return home_refuse(home_wait_refusal(waited_for));
	return home_checks_run(&r->checks, t, now);
}

/* True: it is decided. */
static bool advance(home_registrar *r, home_txn *t, core_time now, const home_answer *a)
{
	const home_verdict v = decide(r, t, now, a);

	switch (v.outcome) {
	case HOME_MUST_WAIT:
		wait(r, t, v.wait);
		return false;
	case HOME_REFUSE:
		refuse(r, t->peer, &t->in, now, v);
		return true;
	default:
		grant(r, t, now);
		return true;
	}
}

/* Returns the one whose turn it is then; NULL: none. */
static home_txn *end(home_registrar *r, home_txn *t)
{
	home_peer *p = t->peer;
	bool had_turn = p && home_txn_has_turn(t);

	home_txn_end(&r->txns, t);
	if (!had_turn)
		return NULL;
	home_peer_release(r->peers, p); /* nothing where it was granted */
	return p->txns.first;
}

/* Those behind it follow as far as they can. */
static void advance_all(home_registrar *r, home_txn *t, core_time now, const home_answer *a)
{
	while (t && advance(r, t, now, a)) {
		t = end(r, t);
		a = NULL;
	}
}

void home_registrar_begin(home_registrar *r, home_peer *p, const home_arrival *in)
{
	home_txn *t =
		p ? home_txn_new(&r->txns, &p->txns, p, in) : home_txn_new_stranger(&r->txns, in);

	if (t)
		advance_all(r, t, in->at, NULL);
	else
		refuse(r, p, in, in->at, home_refuse(MIP_HA_RESOURCES));
}

void home_registrar_complete(home_registrar *r, core_time now, uint64_t number,
			     const home_answer *a)
{
	home_txn *t = home_txns_find(&r->txns, number, a->kind);

	if (t)
		advance_all(r, t, now, a);
}

static home_txn *find_relayed(const home_txn_queue *q)
{
	home_txn *t = q->first;

	while (t && !home_txn_is_by_relay(t))
		t = t->next;
	return t;
}

void home_registrar_cancel_relayed(home_registrar *r)
{
	home_txn *t, *next;

	while ((t = find_relayed(&r->txns.strangers)))
		end(r, t);
	for (home_peer *p = r->peers->first; p; p = p->next)
		while ((t = find_relayed(&p->txns)))
			if ((next = end(r, t)))
				home_txn_resume_later(&r->txns, next);
}

void home_registrar_tick(home_registrar *r, core_time now)
{
	home_txn *t;

	while ((t = home_txns_pop(&r->txns, now.ms)))
		advance_all(r, t, now, NULL);
}

uint64_t home_registrar_next_timer_ms(const home_registrar *r)
{
	return home_txns_next_timer_ms(&r->txns);
}
