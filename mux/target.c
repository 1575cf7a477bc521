/* SPDX-License-Identifier: MIT */
/* target.c - targets that are down: the system said so of what a tunnel sent. For a moment nobody else is sent
 * there to find out; they are told at once. A target that merely does not answer is not down: a router's
 * word that it finds no way to a host is a hint (RFC 1122 3.2.2.1) that passes with a reboot or a changed
 * route, and not asked for. */
#include "mux.h"

#include <errno.h>
#include <string.h>

enum { DOWN_MS_AFTER = 1000 };

static target_down *find(mux *m, const endpoint *at)
{
	for (unsigned i = 0; i < m->n_down; i++)
		if (endpoint_equal(&m->down[i].at, at))
			return &m->down[i];
	return NULL;
}

bool target_is_down(mux *m, const endpoint *at, uint64_t now_ms)
{
	const target_down *d = find(m, at);

	return d && now_ms < d->until_ms;
}

bool target_says_down(int why)
{
	return why == ECONNREFUSED || why == ENETUNREACH || why == EHOSTUNREACH ||
	       why == ENETDOWN || why == EPERM || why == EACCES;
}

static target_down *add(mux *m, const endpoint *at)
{
	if (m->n_down == MUX_DOWN) /* some are targets that a reload has replaced */
		memmove(m->down, m->down + 1, --m->n_down * sizeof *m->down);
	target_down *d = &m->down[m->n_down++];
	*d = (target_down){ .at = *at };
	return d;
}

/* One line until it answers again, however many tunnels find out. */
void target_note_down(mux *m, const endpoint *at, uint64_t now_ms, int why)
{
	target_down *d = find(m, at);
	char text[ENDPOINT_STRLEN];

	if (!d)
		d = add(m, at);
	if (now_ms >= d->until_ms)
		m->counts.target_down++;
	d->until_ms = now_ms + DOWN_MS_AFTER;
	if (d->told || !rate_take(&m->trouble, now_ms))
		return;
	d->told = true;
	log_warn(&m->log, "target %s is down: %s", endpoint_format(at, text), strerror(why));
}

void target_note_up(mux *m, const endpoint *at, uint64_t now_ms)
{
	target_down *d = m->n_down ? find(m, at) : NULL;
	char text[ENDPOINT_STRLEN];

	if (!d)
		return;
	if (d->told && rate_take(&m->trouble, now_ms))
		log_info(&m->log, "target %s answers again", endpoint_format(at, text));
	*d = m->down[--m->n_down];
}
