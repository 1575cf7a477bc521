/* SPDX-License-Identifier: MIT */
#include "core/mux/targets.h"

#include <errno.h>
#include <string.h>

enum { RETRY_MS = 1000 };

bool mux_error_means_down(int error)
{
	return error == ECONNREFUSED || error == ENETUNREACH || error == EHOSTUNREACH ||
	       error == ENETDOWN || error == EPERM || error == EACCES;
}

static int find(const mux_targets *t, const endpoint *at)
{
	for (unsigned i = 0; i < t->n_down; i++)
		if (endpoint_equal(&t->down[i].at, at))
			return (int)i;
	return -1;
}

bool mux_targets_is_down(const mux_targets *t, const endpoint *at, uint64_t now_ms)
{
	int i = find(t, at);

	return i >= 0 && now_ms < t->down[i].until_ms;
}

static mux_target_down *find_or_add(mux_targets *t, const endpoint *at)
{
	int i = find(t, at);

	if (i >= 0)
		return &t->down[i];
	if (t->n_down == MUX_TARGETS) /* some are targets that a reload has replaced */
		memmove(t->down, t->down + 1, --t->n_down * sizeof *t->down);
	t->down[t->n_down] = (mux_target_down){ .at = *at };
	return &t->down[t->n_down++];
}

/* One line until it answers again, however many tunnels find out. */
void mux_targets_note_down(mux_targets *t, const endpoint *at, uint64_t now_ms, int error)
{
	mux_target_down *d = find_or_add(t, at);
	char text[ENDPOINT_STRLEN];

	if (now_ms >= d->until_ms)
		t->count++;
	d->until_ms = now_ms + RETRY_MS;
	if (d->is_logged || !mux_report_may_log(t->report, now_ms))
		return;
	d->is_logged = true;
	log_warn(&t->report->log, "target %s is down: %s", endpoint_format(at, text),
		 strerror(error));
}

void mux_targets_note_up(mux_targets *t, const endpoint *at, uint64_t now_ms)
{
	int i = t->n_down ? find(t, at) : -1;
	char text[ENDPOINT_STRLEN];

	if (i < 0)
		return;
	if (t->down[i].is_logged && mux_report_may_log(t->report, now_ms))
		log_info(&t->report->log, "target %s answers again", endpoint_format(at, text));
	t->down[i] = t->down[--t->n_down];
}
