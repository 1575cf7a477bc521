/* SPDX-License-Identifier: MIT */
#include "io/stream/tls_session.h"
#include <string.h>

/* Returns its place; TLS_SESSIONS: there is none. */
static unsigned find(const tls_sessions *t, const char *name)
{
	for (unsigned i = 0; i < TLS_SESSIONS; i++)
		if (t->saved[i].session && strcmp(t->saved[i].name, name) == 0)
			return i;
	return TLS_SESSIONS;
}

void tls_session_save(tls_sessions *t, const char *name, SSL_SESSION *s)
{
	unsigned i = find(t, name);

	if (i == TLS_SESSIONS)
		i = t->next++ % TLS_SESSIONS;
	SSL_SESSION_free(t->saved[i].session);
	t->saved[i].session = NULL;
	if (strlen(name) >= sizeof t->saved[i].name) {
		SSL_SESSION_free(s);
		return;
	}
	strcpy(t->saved[i].name, name);
	t->saved[i].session = s;
}

/* RFC 8446 C.4: a ticket is used once, or visits could be linked by it. TLS 1.2 gives no new one for a session
 * that is resumed. */
SSL_SESSION *tls_session_take(tls_sessions *t, const char *name)
{
	unsigned i = find(t, name);

	if (i == TLS_SESSIONS)
		return NULL;
	SSL_SESSION *s = t->saved[i].session;
	if (SSL_SESSION_get_protocol_version(s) >= TLS1_3_VERSION)
		t->saved[i].session = NULL;
	else
		SSL_SESSION_up_ref(s);
	return s;
}

void tls_sessions_free(tls_sessions *t)
{
	for (unsigned i = 0; i < TLS_SESSIONS; i++)
		SSL_SESSION_free(t->saved[i].session);
}
