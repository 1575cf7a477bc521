/* SPDX-License-Identifier: MIT */
/* session.c - a tunnel of plain requests has a name that its client made up, of 128 random bits at least:
 * who knows it is the client. It lives while requests name it, and SESSION_MS longer. */
#include "mux.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SESSION_MS = 60000 };

struct session {
	mux *m;
	session *prev, *next;
	map_key key;
	tunnel *t;
	exchange *exchanges, *down; /* all; the one that gets the datagrams */
	due idle;
};

/* Of a digest, so that neither the time of a comparison nor the table's order says anything of names. */
static bool key_of(const request *q, map_key *out)
{
	char text[CONF_NAME_MAX + SESSION_MAX + 2];
	uint8_t digest[EVP_MAX_MD_SIZE];
	int n = snprintf(text, sizeof text, "%s/%s", q->target->name, q->session);

	if (EVP_Digest(text, (size_t)n, digest, NULL, EVP_sha256(), NULL) != 1)
		return false;
	*out = map_key_bytes(digest, 16);
	return true;
}

static bool full(void *ctx)
{
	const session *s = ctx;

	return !s->down || s->down->ops->full(s->down);
}

static void write_down(void *ctx, uint8_t *p, size_t n)
{
	const session *s = ctx;

	plain_write(s->down, p, n);
}

static void session_free(session *s)
{
	mux *m = s->m;

	if (map_get(m->sessions, s->key) == s)
		map_del(m->sessions, s->key);
	while (s->exchanges) {
		exchange *x = s->exchanges;
		session_leave(x);
		plain_lost(x);
	}
	due_set(m, &s->idle, UINT64_MAX);
	tunnel_free(s->t);
	if (s->next)
		s->next->prev = s->prev;
	*(s->prev ? &s->prev->next : &m->session_list) = s->next;
	free(s);
}

static void lost(void *ctx, const char *why)
{
	session *s = ctx;

	log_debug(&s->m->log, "a session ends: %s", why);
	session_free(s);
}

static void on_idle(void *ctx)
{
	session *s = ctx;

	s->m->counts.timeouts++;
	lost(s, "no requests");
}

static session *session_new(mux *m, map_key key, const request *q, const mux_client *who,
			    unsigned *status)
{
	session *s = calloc(1, sizeof *s);
	const tunnel_owner o = { .ctx = s, .full = full, .write = write_down, .lost = lost };

	*status = 503;
	if (!s)
		return NULL;
	*s = (session){ .m = m, .key = key, .idle = { .fire = on_idle, .ctx = s } };
	s->t = tunnel_new(m, TUNNEL_PLAIN, q->target, who, &o, status);
	if (s->t && map_put(m->sessions, key, s)) {
		s->next = m->session_list;
		if (s->next)
			s->next->prev = s;
		m->session_list = s;
		due_in(m, &s->idle, SESSION_MS);
		return s;
	}
	tunnel_free(s->t);
	free(s);
	return NULL;
}

session *session_get(mux *m, const request *q, const mux_client *who, unsigned *status)
{
	map_key key;

	*status = 503;
	if (!key_of(q, &key))
		return NULL;
	session *s = map_get(m->sessions, key);
	if (!s)
		return session_new(m, key, q, who, status);
	*status = 0;
	return s;
}

void session_join(session *s, exchange *x)
{
	x->s = s;
	x->prev = NULL;
	x->next = s->exchanges;
	if (x->next)
		x->next->prev = x;
	s->exchanges = x;
	due_set(s->m, &s->idle, UINT64_MAX);
}

void session_leave(exchange *x)
{
	session *s = x->s;

	if (!s)
		return;
	if (x->next)
		x->next->prev = x->prev;
	*(x->prev ? &x->prev->next : &s->exchanges) = x->next;
	x->s = NULL;
	if (s->down == x) {
		s->down = NULL;
		tunnel_watch_reader(s->t, false);
	}
	if (!s->exchanges)
		due_in(s->m, &s->idle, SESSION_MS);
}

exchange *session_set_down(session *s, exchange *x)
{
	exchange *before = s->down;

	s->down = x;
	tunnel_watch_reader(s->t, true);
	return before;
}

tunnel *session_tunnel(session *s)
{
	return s->t;
}

void sessions_close(mux *m)
{
	for (session *s = m->session_list, *next; s; s = next) {
		next = s->next;
		session_free(s);
	}
}
