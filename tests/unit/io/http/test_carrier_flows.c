/* SPDX-License-Identifier: MIT */
#include "carrier_kit.h"

enum { BULK = 600, LENGTH = 1400, KEYSTROKE = 1u << 30 };

static bool got_the_keystroke(scene *s)
{
	return s->server.awaited_at > 0;
}

static bool got_all(scene *s)
{
	return s->server.heard + carrier_dropped(s->c) > BULK;
}

/* What TCP has taken can't be overtaken; that has to be little. */
TEST(a_keystroke_overtakes_a_bulk_transfer_that_waits_for_the_connection)
{
	scene s;

	NEED_NETNS();
	set_up(&s, &(server_script){ .connect_udp = true });
	s.server.awaited = KEYSTROKE;
	open_it(&s);
	assert_true(await(&s, is_up));
	pause_server(&s, true);
	for (uint32_t i = 0; i < BULK; i++)
		send_one(&s, 1, i, LENGTH);
	send_one(&s, 2, KEYSTROKE, 80);
	carrier_flush(s.c);
	assert_int_equal(carrier_dropped(s.c), 0);
	pause_server(&s, false);
	assert_true(await(&s, got_the_keystroke));
	assert_in_range(s.server.awaited_at, 1, BULK / 2);
	assert_true(await(&s, got_all));
	tear_down(&s);
}

RUN(T(a_keystroke_overtakes_a_bulk_transfer_that_waits_for_the_connection))
