/* SPDX-License-Identifier: MIT */
#include "client_kit.h"

static unsigned n_echoes;

static void count_echoes(kit *k, core_time now, const client_path *p, const esp_opened *o, size_t n)
{
	wire_rd r = wire_reader(o->inner, o->len);
	ctl_msg m;

	(void)k, (void)now, (void)n;
	if (o->next_header != ESP_NEXT_CTL || !ctl_get(&r, &m))
		return;
	assert_true(p->by_relay && m.kind == CTL_ECHO && m.flags == CTL_STAY);
	n_echoes++;
}

static bool is_standby_request(const kit *k, const dgram_run *r)
{
	reg_request q;
	reg_scan s;

	if (dgram_classify(k->tx.bytes + r->at, r->seg) != DGRAM_REQUEST)
		return false;
	assert_true(reg_scan_message(k->tx.bytes + r->at, r->seg, &s));
	assert_true(reg_request_open(&s, &k->c->credential.keys, &q));
	assert_true(q.standby && !q.sa.present && q.lifetime_s > 0);
	return true;
}

/* What was sent since the last time. */
static unsigned collect_requests(kit *k)
{
	unsigned n = 0;

	n_echoes = 0;
	for (uint32_t i = 0; i < k->tx.n_runs; i++)
		if (is_standby_request(k, &k->tx.runs[i]))
			n += k->tx.runs[i].n_segs;
	kit_collect(k, start_time, count_echoes);
	return n;
}

/* A direct path in use, and one by a relay; returns that. */
static client_path *start(kit *k)
{
	const uplink u = cafe();
	client_path *p;

	kit_prepare(k);
	k->conf.relays[0].at = (endpoint){ .addr = ip4(203, 0, 113, 9), .port = 4500 };
	k->conf.n_relays = 1;
	kit_make(k);
	client_path *active = kit_plug(k, &u, 1);
	kit_associate(k, start_time, 0x1000, 3600);
	p = client_paths_next(&k->c->paths, active);
	assert_true(p->by_relay && !active->by_relay);
	client_standby_reset(&k->c->standby, p->slot);
	dgramq_clear(&k->tx);
	return p;
}

static void admit(kit *k, const client_path *p, uint64_t until_ms)
{
	client_admission_grant(&k->c->admission, p, after(until_ms).ms, &(reg_key3){ 0 });
}

static unsigned probe(kit *k, uint64_t ms, client_path *p)
{
	client_standby_probe(&k->c->standby, after(ms), p);
	return collect_requests(k);
}

static unsigned tick(kit *k, uint64_t ms)
{
	client_standby_tick(&k->c->standby, after(ms));
	return collect_requests(k);
}

static uint64_t timer(const kit *k)
{
	return client_standby_next_timer_ms(&k->c->standby);
}

TEST(where_packets_pass_a_path_is_probed_by_an_echo_that_leaves_the_binding_alone)
{
	kit k;
	client_path *p = start(&k);

	admit(&k, p, 1000);
	assert_int_equal(probe(&k, 0, p), 0);
	assert_int_equal(n_echoes, 1);
	kit_end(&k);
}

TEST(where_the_relay_has_not_admitted_us_a_path_is_probed_by_a_standby_registration)
{
	kit k;
	client_path *p = start(&k);

	assert_int_equal(probe(&k, 0, p), 1);
	assert_int_equal(n_echoes, 0);
	assert_true(timer(&k) == NEVER);
	kit_end(&k);
}

TEST(a_path_is_registered_every_300_ms_at_most)
{
	kit k;
	client_path *p = start(&k);

	assert_int_equal(probe(&k, 0, p), 1);
	assert_int_equal(probe(&k, 100, p), 0);
	assert_int_equal(timer(&k), after(300).ms);
	assert_int_equal(probe(&k, 299, p), 0);
	assert_int_equal(tick(&k, 299), 0);
	assert_int_equal(tick(&k, 300), 1);
	assert_true(timer(&k) == NEVER);
	assert_int_equal(probe(&k, 600, p), 1);
	client_standby_repeat(&k.c->standby, after(700), p);
	assert_int_equal(timer(&k), after(700).ms);
	assert_int_equal(tick(&k, 700), 0);
	assert_int_equal(tick(&k, 950), 1); /* a tick that comes late */
	kit_end(&k);
}

TEST(a_probe_does_not_put_off_what_is_planned_earlier)
{
	kit k;
	client_path *p = start(&k);

	assert_int_equal(probe(&k, 0, p), 1);
	client_standby_repeat(&k.c->standby, after(200), p);
	assert_int_equal(probe(&k, 150, p), 0);
	assert_int_equal(timer(&k), after(200).ms);
	kit_end(&k);
}

TEST(without_an_association_no_path_is_probed_nor_registered)
{
	kit k;
	client_path *p = start(&k);

	client_associations_drop_all(&k.c->associations);
	assert_int_equal(probe(&k, 0, p), 0);
	client_standby_repeat(&k.c->standby, after(10), p);
	assert_int_equal(tick(&k, 10), 0);
	assert_true(timer(&k) == NEVER);
	kit_end(&k);
}

TEST(an_admission_is_renewed_after_70_percent_of_its_time_and_every_half_minute_until_answered)
{
	kit k;
	client_path *p = start(&k);

	admit(&k, p, 100000);
	client_standby_granted(&k.c->standby, after(0), p, 100);
	assert_int_equal(timer(&k), after(70000).ms);
	assert_int_equal(tick(&k, 69999), 0);
	assert_int_equal(tick(&k, 70000), 1);
	assert_int_equal(timer(&k), after(100000).ms);
	assert_int_equal(tick(&k, 100000), 1);
	assert_true(timer(&k) == NEVER); /* it is over: the path is probed when it is needed */
	kit_end(&k);
}

TEST(the_path_in_use_is_not_renewed_by_standby_registrations)
{
	kit k;
	client_path *p = start(&k);

	client_standby_granted(&k.c->standby, after(0), k.c->paths.active, 100);
	assert_true(timer(&k) == NEVER);
	client_standby_granted(&k.c->standby, after(0), p, 100);
	client_paths_set_active(&k.c->paths, p);
	assert_int_equal(tick(&k, 70000), 0);
	assert_true(timer(&k) == NEVER);
	kit_end(&k);
}

TEST(a_path_that_cannot_be_used_is_not_renewed)
{
	kit k;
	client_path *p = start(&k);

	client_standby_granted(&k.c->standby, after(0), p, 100);
	p->up.has_default = false;
	assert_int_equal(tick(&k, 70000), 0);
	assert_true(timer(&k) == NEVER);
	kit_end(&k);
}

TEST(an_admission_that_the_relay_lost_is_asked_for_again_a_second_after_the_last_request)
{
	kit k;
	client_path *p = start(&k);

	assert_int_equal(probe(&k, 0, p), 1);
	client_standby_lost(&k.c->standby, after(400), p);
	assert_int_equal(timer(&k), after(1000).ms);
	client_standby_lost(&k.c->standby, after(5000), p);
	assert_int_equal(timer(&k), after(5000).ms);
	kit_end(&k);
}

TEST(what_is_planned_can_be_cancelled_and_a_new_path_begins_without_pause)
{
	kit k;
	client_path *p = start(&k);

	assert_int_equal(probe(&k, 0, p), 1);
	client_standby_repeat(&k.c->standby, after(10), p);
	client_standby_cancel(&k.c->standby, p);
	assert_true(timer(&k) == NEVER);
	client_standby_repeat(&k.c->standby, after(10), p);
	client_standby_reset(&k.c->standby, p->slot);
	assert_true(timer(&k) == NEVER);
	assert_int_equal(probe(&k, 20, p), 1);
	kit_end(&k);
}

RUN(T(where_packets_pass_a_path_is_probed_by_an_echo_that_leaves_the_binding_alone),
    T(where_the_relay_has_not_admitted_us_a_path_is_probed_by_a_standby_registration),
    T(a_path_is_registered_every_300_ms_at_most),
    T(a_probe_does_not_put_off_what_is_planned_earlier),
    T(without_an_association_no_path_is_probed_nor_registered),
    T(an_admission_is_renewed_after_70_percent_of_its_time_and_every_half_minute_until_answered),
    T(the_path_in_use_is_not_renewed_by_standby_registrations),
    T(a_path_that_cannot_be_used_is_not_renewed),
    T(an_admission_that_the_relay_lost_is_asked_for_again_a_second_after_the_last_request),
    T(what_is_planned_can_be_cancelled_and_a_new_path_begins_without_pause))
