/* SPDX-License-Identifier: MIT */
#include "carrier_kit.h"

enum { BULK = 600, LENGTH = 1400, KEYSTROKE = 1u << 30 };

static bool got_all(scene *s)
{
	return s->server.heard + carrier_dropped(s->c) > BULK;
}

/* Returns how many datagrams had come with the keystroke; 0: the machine was so busy that some were dropped, as what
 * has waited for too long is. */
static unsigned transfer(void)
{
	scene s;

	set_up(&s, &(server_script){ .connect_udp = true });
	s.server.awaited = KEYSTROKE;
	open_it(&s);
	assert_true(await(&s, is_up));
	pause_server(&s, true);
	for (uint32_t i = 0; i < BULK; i++)
		send_one(&s, 1, i, LENGTH);
	send_one(&s, 2, KEYSTROKE, 80);
	carrier_flush(s.c);
	bool in_time = carrier_dropped(s.c) == 0;
	pause_server(&s, false);
	assert_true(await(&s, got_all));
	assert_true(s.server.awaited_at > 0 || carrier_dropped(s.c) > 0);
	unsigned at = in_time ? s.server.awaited_at : 0;
	tear_down(&s);
	return at;
}

/* What TCP has taken can't be overtaken; that has to be little. */
TEST(a_keystroke_overtakes_a_bulk_transfer_that_waits_for_the_connection)
{
	unsigned at = 0;

	NEED_NETNS();
	for (unsigned i = 0; i < 100 && at == 0; i++)
		at = transfer();
	assert_in_range(at, 1, BULK / 2);
}

RUN(T(a_keystroke_overtakes_a_bulk_transfer_that_waits_for_the_connection))
