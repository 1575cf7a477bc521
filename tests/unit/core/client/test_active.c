/* SPDX-License-Identifier: MIT */
/* What holds of the path in use, and what of another, wherever the two stand in the table. */
#include "client_kit.h"

typedef struct scene {
	kit k;
	client_path *active, *other;
} scene;

/* Two direct paths with an association; the one in that slot is in use, answers, and is granted. */
static bool start(scene *s, unsigned active)
{
	const uplink u[2] = { cafe(), uplink_at(3, "wan1", 2) };
	client_event e;

	kit_up(&s->k);
	client_core *c = s->k.c;
	client_core_uplinks(c, after(0), u, 2);
	s->active = &c->paths.slots[active];
	s->other = &c->paths.slots[!active];
	client_paths_set_active(&c->paths, s->active);
	client_paths_heard(s->active, after(0).ms);
	client_choice_used(&c->choice, after(0));
	client_handover_up(&c->handover);
	client_handover_cancel(&c->handover);
	c->registration.state = CLIENT_REG_GRANTED;
	while (client_events_take(&c->events, &e))
		;
	for (unsigned i = 0; i < 2; i++)
		client_upgrade_reset(&c->upgrade, i);
	dgramq_clear(&s->k.tx);
	return true;
}

#define FOR_EACH_PLACE(s)                                                                          \
	for (unsigned place = 0; place < 2 && start(&(s), place); place++, kit_end(&(s).k))

static void happens(scene *s, client_event_kind kind, const client_path *p)
{
	client_events_put_path(&s->k.c->events, kind, p->name);
	client_reactions_run(s->k.c, after(10));
}

static bool is_unmoved(const scene *s)
{
	return s->k.c->paths.active == s->active &&
	       s->k.c->registration.state == CLIENT_REG_GRANTED;
}

TEST(what_becomes_of_another_path_leaves_the_one_in_use_and_its_registration_alone)
{
	static const client_event_kind kinds[] = { CLIENT_EV_PATH_FAILED, CLIENT_EV_PATH_SILENT,
						   CLIENT_EV_PATH_REFUSED, CLIENT_EV_CARRIER_CLOSED,
						   CLIENT_EV_NOT_AT_HOME };
	scene s;

	for (size_t i = 0; i < COUNT(kinds); i++)
		FOR_EACH_PLACE(s)
		{
			happens(&s, kinds[i], s.other);
			assert_true(is_unmoved(&s));
		}
}

TEST(what_becomes_of_the_path_in_use_does_not)
{
	static const client_event_kind kinds[] = { CLIENT_EV_PATH_FAILED, CLIENT_EV_PATH_SILENT,
						   CLIENT_EV_PATH_REFUSED, CLIENT_EV_CARRIER_CLOSED,
						   CLIENT_EV_NOT_AT_HOME };
	scene s;

	for (size_t i = 0; i < COUNT(kinds); i++)
		FOR_EACH_PLACE(s)
		{
			client_paths_heard(s.other, after(5).ms);
			happens(&s, kinds[i], s.active);
			assert_false(is_unmoved(&s));
		}
}

TEST(a_grant_over_another_path_is_soon_asked_for_again_and_one_over_this_is_not)
{
	scene s;

	FOR_EACH_PLACE(s)
	{
		s.k.c->registration.timer_ms = after(100000).ms;
		happens(&s, CLIENT_EV_GRANTED, s.active);
		assert_int_equal(s.k.c->registration.timer_ms, after(100000).ms);
		happens(&s, CLIENT_EV_GRANTED, s.other);
		assert_int_equal(s.k.c->registration.timer_ms, after(310).ms);
		assert_ptr_equal(s.k.c->paths.active, s.active);
	}
}

TEST(only_on_the_path_in_use_does_a_hint_doubt_the_association)
{
	scene s;

	FOR_EACH_PLACE(s)
	{
		uint8_t msg[CTL_UNKNOWN_SPI_LEN];
		wire_wr w = wire_writer(msg, sizeof msg);
		ctl_unknown_spi_put(&w, 0x1001);
		dgram_in d = { .from = s.other->remote, .p = msg, .n = sizeof msg };
		d.sock = s.other->sock;
		client_core_datagram(s.k.c, after(10), &d);
		assert_true(is_unmoved(&s) && !s.k.c->associations.doubted);
		d.sock = s.active->sock;
		client_core_datagram(s.k.c, after(20), &d);
		assert_true(s.k.c->associations.doubted);
	}
}

TEST(what_is_heard_or_admitted_on_another_path_ends_no_outage_and_no_move)
{
	scene s;

	FOR_EACH_PLACE(s)
	{
		client_handover_lost(&s.k.c->handover, after(1));
		client_roam_admitted(s.k.c, after(2), s.other);
		client_roam_heard(s.k.c, after(2), s.other);
		assert_int_equal(s.k.c->handover.outage_ms, after(1).ms);
		assert_int_equal(s.k.c->handover.moving_ms, after(1).ms);
		client_roam_admitted(s.k.c, after(3), s.active);
		client_roam_heard(s.k.c, after(3), s.active);
		assert_true(s.k.c->handover.outage_ms == NEVER);
		assert_true(s.k.c->handover.moving_ms == NEVER);
	}
}

static uint8_t answer_flags;

static void note_answer(kit *k, core_time now, const client_path *p, const esp_opened *o, size_t n)
{
	wire_rd r = wire_reader(o->inner, o->len);
	ctl_msg m;

	(void)k, (void)now, (void)p, (void)n;
	if (ctl_get(&r, &m) && m.kind == CTL_ECHO_REPLY)
		answer_flags = m.flags;
}

/* Else the answer would move home's binding there. */
TEST(an_echo_of_home_on_another_path_is_answered_with_a_request_to_stay)
{
	scene s;

	FOR_EACH_PLACE(s)
	{
		client_path *const on[] = { s.active, s.other };
		for (unsigned i = 0; i < 2; i++) {
			uint8_t b[CTL_LEN];
			wire_wr w = wire_writer(b, sizeof b);
			ctl_put(&w, &(ctl_msg){ .kind = CTL_ECHO, .id = 9 }, 0);
			answer_flags = 0xff;
			dgramq_clear(&s.k.tx);
			kit_deliver(&s.k, after(10), on[i], ESP_NEXT_CTL, b, sizeof b);
			kit_collect(&s.k, after(10), note_answer);
			assert_int_equal(answer_flags, i == 0 ? 0 : CTL_STAY);
		}
	}
}

TEST(a_standby_is_renewed_and_the_path_in_use_is_none)
{
	scene s;

	FOR_EACH_PLACE(s)
	{
		client_standby *b = &s.k.c->standby;
		client_standby_granted(b, after(0), s.active, 600);
		assert_true(b->of[s.active->slot].next_ms == NEVER);
		client_standby_granted(b, after(0), s.other, 600);
		assert_int_equal(b->of[s.other->slot].next_ms, after(420000).ms);
		client_standby_repeat(b, after(10), s.active);
		client_standby_repeat(b, after(10), s.other);
		dgramq_clear(&s.k.tx);
		client_standby_tick(b, after(10));
		assert_int_equal(s.k.tx.n_runs, 1);
		assert_int_equal(s.k.tx.runs[0].route.sock, s.other->sock);
	}
}

TEST(when_the_path_in_use_is_silent_the_other_is_probed_and_doubted_with_it)
{
	scene s;

	FOR_EACH_PLACE(s)
	{
		client_paths_heard(s.other, after(0).ms);
		client_liveness_proven(&s.k.c->liveness, s.active, after(1000).ms);
		client_liveness_sent(&s.k.c->liveness, after(1000), s.active);
		dgramq_clear(&s.k.tx);
		client_liveness_tick(&s.k.c->liveness, after(1200));
		bool probed = false;
		for (uint32_t i = 0; i < s.k.tx.n_runs; i++)
			probed |= s.k.tx.runs[i].route.sock == s.other->sock;
		assert_true(probed);
		client_liveness_tick(&s.k.c->liveness, after(2900));
		assert_false(s.other->answering);
		assert_true(s.active->answering); /* until the event says otherwise */
	}
}

TEST(another_path_can_be_an_improvement_and_the_one_in_use_is_none_of_itself)
{
	scene s;

	FOR_EACH_PLACE(s)
	{
		s.active->up.metric = 100;
		s.other->up.metric = 50;
		assert_true(client_upgrade_is_one(&s.k.c->upgrade, s.other));
		assert_false(client_upgrade_is_one(&s.k.c->upgrade, s.active));
		assert_true(client_roam_is_successor(s.k.c, after(10), s.other));
		client_paths_silent(s.active);
		assert_false(client_roam_is_successor(s.k.c, after(10), s.active));
	}
}

TEST(the_path_that_is_reported_as_active_is_the_one_in_use)
{
	scene s;

	FOR_EACH_PLACE(s)
	{
		client_path_status out[4];
		assert_int_equal(client_core_paths(s.k.c, after(0), out, COUNT(out)), 2);
		assert_true(out[place].active);
		assert_false(out[!place].active);
	}
}

TEST(a_route_that_comes_on_another_path_does_not_begin_again_there)
{
	scene s;

	FOR_EACH_PLACE(s)
	{
		uplink u[2] = { s.k.c->paths.slots[0].up, s.k.c->paths.slots[1].up };
		u[!place].has_default = false;
		client_core_uplinks(s.k.c, after(10), u, 2);
		u[!place].has_default = true;
		client_core_uplinks(s.k.c, after(20), u, 2);
		assert_true(is_unmoved(&s));
		u[place].has_default = false;
		client_core_uplinks(s.k.c, after(30), u, 2);
		u[place].has_default = true;
		client_core_uplinks(s.k.c, after(40), u, 2);
		assert_false(is_unmoved(&s));
	}
}

RUN(T(what_becomes_of_another_path_leaves_the_one_in_use_and_its_registration_alone),
    T(what_becomes_of_the_path_in_use_does_not),
    T(a_grant_over_another_path_is_soon_asked_for_again_and_one_over_this_is_not),
    T(only_on_the_path_in_use_does_a_hint_doubt_the_association),
    T(what_is_heard_or_admitted_on_another_path_ends_no_outage_and_no_move),
    T(an_echo_of_home_on_another_path_is_answered_with_a_request_to_stay),
    T(a_standby_is_renewed_and_the_path_in_use_is_none),
    T(when_the_path_in_use_is_silent_the_other_is_probed_and_doubted_with_it),
    T(another_path_can_be_an_improvement_and_the_one_in_use_is_none_of_itself),
    T(the_path_that_is_reported_as_active_is_the_one_in_use),
    T(a_route_that_comes_on_another_path_does_not_begin_again_there))
