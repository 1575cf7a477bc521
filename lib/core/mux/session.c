/* SPDX-License-Identifier: MIT */
#include "core/mux/session.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

enum { SESSION_MS = 60000, KEY_LEN = 16 };

struct mux_session {
	mux_timer timer; /* first: its address is the session's. Set while it has no members */
	mux_sessions *all;
	mux_session *prev, *next;
	map_key key;
	mux_tunnel *tunnel;
	mux_member *members, *reader;
};

/* Of a digest, so that neither the time of a comparison nor the table's order depends on names. */
static bool make_key(const mux_request *q, map_key *out)
{
	char text[CONF_NAME_MAX + MUX_SESSION_MAX + 2];
	uint8_t digest[EVP_MAX_MD_SIZE];
	int n = snprintf(text, sizeof text, "%s/%s", q->target->name, q->session);

	if (EVP_Digest(text, (size_t)n, digest, NULL, EVP_sha256(), NULL) != 1)
		return false;
	*out = map_key_bytes(digest, KEY_LEN);
	return true;
}

static void set_timer_in(mux_session *s, uint64_t ms)
{
	mux_timer_in(&s->all->cx->timers, &s->timer, ms);
}

static void end_reader(mux_session *s)
{
	if (s->reader)
		mux_timer_in(&s->all->cx->timers, &s->reader->timer, 0);
}

static void session_free(mux_session *s)
{
	end_reader(s);
	for (mux_member *m = s->members; m; m = m->next)
		m->session = NULL;
	map_del(s->all->by_name, s->key);
	mux_timer_set(&s->all->cx->timers, &s->timer, UINT64_MAX);
	mux_tunnel_free(s->tunnel);
	if (s->next)
		s->next->prev = s->prev;
	*(s->prev ? &s->prev->next : &s->all->first) = s->next;
	free(s);
}

void mux_session_end(mux_session *s, const char *why)
{
	log_debug(&s->all->cx->report.log, "a session ends: %s", why);
	session_free(s);
}

mux_session *mux_session_of_timer(mux_timer *timer)
{
	return (mux_session *)timer;
}

void mux_session_expire(mux_session *s)
{
	mux_report_timeout(&s->all->cx->report);
	mux_session_end(s, "no requests");
}

static mux_session *session_new(mux_sessions *all, map_key key, const mux_request *q,
				const mux_client *client, unsigned *status)
{
	mux_session *s = calloc(1, sizeof *s);

	if (!s || !map_put(all->by_name, key, s)) {
		free(s);
		return NULL;
	}
	*s = (mux_session){ .timer.kind = MUX_TIMER_SESSION, .all = all, .key = key };
	s->tunnel =
		mux_tunnel_new(all->tunnels, MUX_TUNNEL_PLAIN, q->target, client, s, NULL, status);
	if (!s->tunnel) {
		map_del(all->by_name, key);
		free(s);
		return NULL;
	}
	s->next = all->first;
	if (s->next)
		s->next->prev = s;
	all->first = s;
	return s;
}

mux_session *mux_session_get(mux_sessions *all, const mux_request *q, const mux_client *client,
			     unsigned *status)
{
	map_key key;

	*status = 503; /* no memory */
	if (!make_key(q, &key))
		return NULL;
	mux_session *s = map_get(all->by_name, key);
	if (!s)
		return session_new(all, key, q, client, status);
	*status = 0;
	return s;
}

void mux_session_join(mux_session *s, mux_member *m)
{
	m->session = s;
	m->next = s->members;
	if (m->next)
		m->next->prev = m;
	s->members = m;
	mux_timer_set(&s->all->cx->timers, &s->timer, UINT64_MAX);
}

void mux_session_leave(mux_member *m)
{
	mux_session *s = m->session;

	if (!s)
		return;
	if (m->next)
		m->next->prev = m->prev;
	*(m->prev ? &m->prev->next : &s->members) = m->next;
	if (s->reader == m) {
		s->reader = NULL;
		mux_tunnel_set_outlet(s->tunnel, NULL);
	}
	if (!s->members)
		set_timer_in(s, SESSION_MS);
}

void mux_session_set_reader(mux_session *s, mux_member *m, mux_outlet *o)
{
	end_reader(s);
	s->reader = m;
	mux_tunnel_set_outlet(s->tunnel, o);
}

mux_member *mux_session_reader(const mux_session *s)
{
	return s->reader;
}

mux_tunnel *mux_session_tunnel(const mux_session *s)
{
	return s->tunnel;
}

bool mux_sessions_init(mux_sessions *all, mux_context *cx, mux_tunnels *t, uint64_t seed)
{
	*all = (mux_sessions){ .cx = cx, .tunnels = t, .by_name = map_new(seed) };
	return all->by_name != NULL;
}

void mux_sessions_close(mux_sessions *all)
{
	for (mux_session *s = all->first, *next; s; s = next) {
		next = s->next;
		session_free(s);
	}
}

void mux_sessions_free(mux_sessions *all)
{
	map_free(all->by_name);
}
