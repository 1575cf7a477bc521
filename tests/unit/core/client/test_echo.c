/* SPDX-License-Identifier: MIT */
#include "client_kit.h"

static ctl_msg seen;
static size_t seen_len;
static unsigned n_seen;

static void note(kit *k, core_time now, const client_path *p, const esp_opened *o, size_t n)
{
	wire_rd r = wire_reader(o->inner, o->len);

	(void)k, (void)now, (void)p;
	assert_true(o->next_header == ESP_NEXT_CTL && ctl_get(&r, &seen));
	seen_len = n;
	n_seen++;
}

static unsigned collect(kit *k)
{
	n_seen = 0;
	kit_collect(k, start_time, note);
	return n_seen;
}

/* A message as it comes inside ESP; true: it answers an echo of ours. */
static bool receive(kit *k, uint64_t ms, client_path *p, const ctl_msg *m, client_echo_answer *out)
{
	uint8_t msg[CTL_LEN];
	wire_wr w = wire_writer(msg, sizeof msg);

	ctl_put(&w, m, 0);
	return client_echo_receive(&k->c->echoes, after(ms), p, (wire_bytes){ msg, sizeof msg },
				   1234, out);
}

static ctl_msg answer_to(uint32_t id, uint64_t ms)
{
	return (ctl_msg){ .kind = CTL_ECHO_REPLY, .id = id, .stamp_us = client_time_us(after(ms)) };
}

TEST(an_echo_says_where_it_was_sent_when_and_what_is_known_to_pass)
{
	kit k;
	client_path *p = kit_up(&k);

	client_paths_set_mtu(p, 1400);
	uint32_t id = client_echo_send(&k.c->echoes, after(1000), p, CTL_STAY, 0);
	assert_int_equal(collect(&k), 1);
	assert_int_equal(seen.kind, CTL_ECHO);
	assert_int_equal(seen.flags, CTL_STAY);
	assert_int_equal(seen.path, p->name);
	assert_int_equal(seen.id, id);
	assert_int_equal(seen.stamp_us, client_time_us(after(1000)));
	assert_int_equal(seen.size, seen_len);
	assert_int_equal(seen.mtu, 1400);
	assert_int_equal(p->last_tx_ms, after(1000).ms);
	kit_end(&k);
}

TEST(an_echo_is_padded_to_the_size_that_is_asked_for)
{
	kit k;
	client_path *p = kit_up(&k);

	assert_int_not_equal(client_echo_send(&k.c->echoes, after(0), p, 0, 1400), 0);
	assert_int_equal(collect(&k), 1);
	assert_int_equal(seen.size, 1400);
	assert_in_range(seen_len, 1397, 1400); /* ESP ends on a word */
	assert_int_equal(client_echo_send(&k.c->echoes, after(0), p, 0, 40), 0);
	assert_int_equal(collect(&k), 0);
	kit_end(&k);
}

TEST(an_answer_brings_the_round_trip_and_what_the_echo_had)
{
	kit k;
	client_path *p = kit_up(&k);
	client_echo_answer a;

	client_paths_set_mtu(p, 1300);
	uint32_t id = client_echo_send(&k.c->echoes, after(0), p, 0, 1400);
	client_paths_set_mtu(p, 1200);
	const ctl_msg m = answer_to(id, 0);
	assert_true(receive(&k, 40, p, &m, &a));
	assert_int_equal(a.id, id);
	assert_int_equal(a.size, 1400);
	assert_int_equal(a.mtu, 1300);
	assert_in_range(a.rtt_us, 39999, 40001);
	assert_false(receive(&k, 41, p, &m, &a)); /* once */
	kit_end(&k);
}

TEST(an_answer_over_another_path_or_to_no_echo_is_none)
{
	kit k;
	client_path *p = kit_up(&k), other = *p;
	client_echo_answer a;

	other.name++;
	uint32_t id = client_echo_send(&k.c->echoes, after(0), p, 0, 0);
	ctl_msg m = answer_to(id, 0);
	assert_false(receive(&k, 40, &other, &m, &a));
	m.id = id + 1;
	assert_false(receive(&k, 40, p, &m, &a));
	m.id = id + CLIENT_ECHOES;
	assert_false(receive(&k, 40, p, &m, &a));
	m.id = 0;
	assert_false(receive(&k, 40, p, &m, &a));
	m.id = id;
	assert_true(receive(&k, 40, p, &m, &a));
	kit_end(&k);
}

TEST(the_last_sixty_four_echoes_can_be_answered)
{
	kit k;
	client_path *p = kit_up(&k);
	client_echo_answer a;

	uint32_t first = client_echo_send(&k.c->echoes, after(0), p, 0, 0);
	for (unsigned i = 1; i < CLIENT_ECHOES; i++)
		client_echo_send(&k.c->echoes, after(0), p, 0, 0);
	ctl_msg m = answer_to(first, 0);
	assert_true(receive(&k, 40, p, &m, &a));
	client_echo_send(&k.c->echoes, after(0), p, 0, 0);
	client_echo_send(&k.c->echoes, after(0), p, 0, 0);
	m.id = first + 1;
	assert_false(receive(&k, 40, p, &m, &a));
	m.id = first + 2;
	assert_true(receive(&k, 40, p, &m, &a));
	kit_end(&k);
}

TEST(numbers_of_echoes_leave_zero_out)
{
	kit k;
	client_path *p = kit_up(&k);

	k.c->echoes.last_id = UINT32_MAX;
	assert_int_equal(client_echo_send(&k.c->echoes, after(0), p, 0, 0), 1);
	kit_end(&k);
}

TEST(homes_echo_is_answered_and_moves_the_binding_on_the_active_path_alone)
{
	kit k;
	client_path *p = kit_up(&k);
	const ctl_msg m = { .kind = CTL_ECHO, .flags = 0x80, .path = 77, .id = 88, .stamp_us = 99 };
	client_echo_answer a;

	client_paths_set_mtu(p, 1400);
	assert_false(receive(&k, 10, p, &m, &a));
	assert_int_equal(collect(&k), 1);
	assert_int_equal(seen.kind, CTL_ECHO_REPLY);
	assert_int_equal(seen.flags, 0);
	assert_true(seen.path == 77 && seen.id == 88 && seen.stamp_us == 99);
	assert_int_equal(seen.size, 1234);
	assert_int_equal(seen.mtu, 1400);
	client_paths_set_active(&k.c->paths, NULL);
	assert_false(receive(&k, 10, p, &m, &a));
	assert_int_equal(collect(&k), 1);
	assert_int_equal(seen.flags, CTL_STAY);
	kit_end(&k);
}

TEST(without_an_association_nothing_is_sent)
{
	kit k;
	client_path *p = kit_up(&k);
	const ctl_msg m = { .kind = CTL_ECHO };
	client_echo_answer a;

	client_associations_drop_all(&k.c->associations);
	assert_int_equal(client_echo_send(&k.c->echoes, after(0), p, 0, 0), 0);
	assert_false(receive(&k, 10, p, &m, &a));
	assert_int_equal(k.tx.n_runs, 0);
	kit_end(&k);
}

RUN(T(an_echo_says_where_it_was_sent_when_and_what_is_known_to_pass),
    T(an_echo_is_padded_to_the_size_that_is_asked_for),
    T(an_answer_brings_the_round_trip_and_what_the_echo_had),
    T(an_answer_over_another_path_or_to_no_echo_is_none),
    T(the_last_sixty_four_echoes_can_be_answered), T(numbers_of_echoes_leave_zero_out),
    T(homes_echo_is_answered_and_moves_the_binding_on_the_active_path_alone),
    T(without_an_association_nothing_is_sent))
