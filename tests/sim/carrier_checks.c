/* SPDX-License-Identifier: MIT */
/* carrier_checks.c - what tests ask of a trial. */
#include "carrier_trial.h"

void trial_hang_up(trial *t)
{
	for (unsigned i = 0; i < CARRIER_CONNECTIONS; i++)
		if (t->connections[i].open)
			trial_close_to_client(t, i, "cut off");
}

bool trial_saw(const trial *t, const char *text)
{
	return strstr(t->log, text) != NULL;
}

unsigned trial_count(const trial *t, const char *text)
{
	unsigned n = 0;

	for (const char *at = t->log; (at = strstr(at, text)); at++)
		n++;
	return n;
}

unsigned trial_open_connections(const trial *t)
{
	unsigned n = 0;

	for (unsigned i = 0; i < CARRIER_CONNECTIONS; i++)
		n += t->connections[i].open || t->connections[i].opening;
	return n;
}

void trial_send_one(trial *t, uint32_t flow, uint32_t number, size_t len)
{
	uint8_t p[FRAMING_DATAGRAM_MAX + 1];

	memcpy(p, &number, 4);
	for (size_t i = 4; i < len; i++)
		p[i] = (uint8_t)(number + i);
	carrier_core_send(t->core, t->now_ms, flow, p, len);
}

void trial_send(trial *t, uint32_t from, uint32_t n, size_t len)
{
	for (uint32_t k = from; k < from + n; k++)
		trial_send_one(t, k, k, len);
	carrier_core_flush(t->core, t->now_ms);
}

void trial_assert_carries(trial *t, carrier_method m)
{
	if (!trial_run_until_settled(t))
		fail_msg("not up: %s\n%s", t->why, t->log);
	assert_int_equal(t->method, m);
	assert_true(carrier_core_is_up(t->core));
	trial_send(t, 0, 10, 1400);
	trial_run(t, 400);
	assert_int_equal(t->got, 10);
	trial_send(t, 10, 20, 60);
	trial_run(t, 400);
	assert_int_equal(t->got, 30);
	assert_true(t->in_order);
	assert_int_equal(carrier_core_dropped(t->core), 0);
	assert_false(t->down);
}
