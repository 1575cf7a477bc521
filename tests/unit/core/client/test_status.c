/* SPDX-License-Identifier: MIT */
#include "client_kit.h"

static unsigned n_tunnels, n_states;
static client_tunnel last_tunnel;
static char last_reason[128];

static void note_tunnel(void *ctx, const client_tunnel *t)
{
	(void)ctx;
	n_tunnels++;
	last_tunnel = *t;
}

static void note_state(void *ctx, client_state s, const char *reason)
{
	n_states++;
	((kit *)ctx)->state = s;
	strcpy(last_reason, reason);
}

/* A path in use with an association. */
static client_path *start(kit *k)
{
	const uplink u = cafe();

	kit_prepare(k);
	k->env.tunnel = note_tunnel;
	k->env.state = note_state;
	kit_make(k);
	client_path *p = kit_plug(k, &u, 1);
	kit_associate(k, start_time, 0x1000, 3600);
	client_handover_up(&k->c->handover);
	client_status_notify(k->c);
	n_tunnels = n_states = 0;
	return p;
}

static unsigned notify(kit *k)
{
	n_tunnels = n_states = 0;
	client_status_notify(k->c);
	return n_tunnels;
}

TEST(the_shell_is_notified_of_whatever_changes_about_the_tunnel_and_of_nothing_else)
{
	kit k;

	start(&k);
	assert_true(last_tunnel.up && !last_tunnel.at_home);
	assert_int_equal(notify(&k), 0);
	client_binding *b = &k.c->binding;
	b->home4 = ip4(192, 168, 50, 102);
	assert_int_equal(notify(&k), 1);
	assert_true(ip_equal(&last_tunnel.home4, &b->home4));
	assert_true(ip_parse("2001:db8::65", &b->home6));
	assert_int_equal(notify(&k), 1);
	assert_true(ip_equal(&last_tunnel.home6, &b->home6));
	assert_true(prefix_parse("192.168.50.0/24", &b->network4));
	assert_int_equal(notify(&k), 1);
	assert_true(prefix_parse("2001:db8::/64", &b->network6));
	assert_int_equal(notify(&k), 1);
	b->network4.bits = 23;
	assert_int_equal(notify(&k), 1);
	assert_int_equal(last_tunnel.network4.bits, 23);
	b->network4.bits = 25;
	assert_int_equal(notify(&k), 1);
	b->network6.bits = 63;
	assert_int_equal(notify(&k), 1);
	b->network6.bits = 65;
	assert_int_equal(notify(&k), 1);
	assert_int_equal(last_tunnel.network6.bits, 65);
	k.c->mtu.inner = 1400;
	assert_int_equal(notify(&k), 1);
	k.c->mtu.inner = 1300;
	assert_int_equal(notify(&k), 1);
	assert_int_equal(last_tunnel.inner_mtu, 1300);
	b->lifetime_s++;
	assert_int_equal(notify(&k), 0);
	assert_int_equal(n_states, 0);
	kit_end(&k);
}

TEST(there_is_no_tunnel_before_the_first_association)
{
	kit k;
	const uplink u = cafe();

	n_tunnels = 0;
	kit_prepare(&k);
	k.env.tunnel = note_tunnel;
	kit_make(&k);
	kit_plug(&k, &u, 1);
	k.c->mtu.inner = 1300;
	assert_int_equal(notify(&k), 0);
	kit_end(&k);
}

TEST(at_home_the_tunnel_is_down_and_has_the_home_links_index)
{
	kit k;
	const client_path *p = start(&k);

	k.c->registration.state = CLIENT_REG_AT_HOME;
	k.c->registration.home_path = p->name;
	assert_int_equal(notify(&k), 1);
	assert_true(last_tunnel.at_home && !last_tunnel.up);
	assert_int_equal(last_tunnel.home_ifindex, p->up.ifindex);
	client_paths_close(&k.c->paths, k.c->paths.active); /* it is pulled */
	assert_int_equal(notify(&k), 1);
	assert_int_equal(last_tunnel.home_ifindex, 0);
	k.c->registration.state = CLIENT_REG_REQUESTING;
	assert_int_equal(notify(&k), 1);
	assert_true(last_tunnel.up && !last_tunnel.at_home);
	kit_end(&k);
}

TEST(a_stopped_client_has_no_tunnel)
{
	kit k;

	start(&k);
	k.c->registration.state = CLIENT_REG_GONE;
	assert_int_equal(notify(&k), 1);
	assert_false(last_tunnel.up || last_tunnel.at_home);
	assert_int_equal(k.state, CLIENT_STOPPED);
	assert_int_equal(notify(&k), 0);
	kit_end(&k);
}

TEST(the_state_follows_the_registration_the_path_and_the_association)
{
	kit k;
	client_path *p = start(&k);

	assert_int_equal(k.state, CLIENT_REGISTERED);
	client_paths_silent(p);
	notify(&k);
	assert_int_equal(k.state, CLIENT_REGISTERING);
	client_paths_recover(p);
	notify(&k);
	assert_int_equal(k.state, CLIENT_REGISTERED);
	client_associations_drop_all(&k.c->associations);
	notify(&k);
	assert_int_equal(k.state, CLIENT_REGISTERING);
	client_paths_set_active(&k.c->paths, NULL);
	notify(&k);
	assert_int_equal(k.state, CLIENT_SEARCHING);
	k.c->registration.state = CLIENT_REG_REFUSED;
	notify(&k);
	assert_int_equal(k.state, CLIENT_DENIED);
	k.c->registration.state = CLIENT_REG_AT_HOME;
	notify(&k);
	assert_int_equal(k.state, CLIENT_HOME);
	kit_end(&k);
}

TEST(another_reason_is_notified_in_the_same_state)
{
	kit k;

	start(&k);
	k.c->registration.state = CLIENT_REG_REFUSED;
	strcpy(k.c->registration.reason, "administratively prohibited");
	notify(&k);
	assert_int_equal(n_states, 1);
	assert_string_equal(last_reason, "administratively prohibited");
	notify(&k);
	assert_int_equal(n_states, 0);
	strcpy(k.c->registration.reason, "insufficient resources");
	notify(&k);
	assert_int_equal(n_states, 1);
	assert_string_equal(last_reason, "insufficient resources");
	kit_end(&k);
}

TEST(status_shows_what_remains_of_the_lifetime_in_seconds_rounded_up)
{
	static const struct {
		uint64_t left_ms;
		uint32_t s;
	} cases[] = { { 1, 1 }, { 999, 1 }, { 1000, 1 }, { 1001, 2 }, { 600000, 600 }, { 0, 0 } };
	client_status s;
	kit k;

	start(&k);
	client_core_status(k.c, after(0), &s);
	assert_int_equal(s.lifetime_s, 0); /* no binding */
	for (size_t i = 0; i < COUNT(cases); i++) {
		k.c->binding.until_ms = after(cases[i].left_ms).ms;
		client_core_status(k.c, after(0), &s);
		assert_int_equal(s.lifetime_s, cases[i].s);
	}
	client_core_status(k.c, after(1), &s);
	assert_int_equal(s.lifetime_s, 0);
	kit_end(&k);
}

TEST(status_shows_the_association_that_is_sent_on)
{
	client_status s;
	kit k;

	start(&k);
	client_core_status(k.c, after(5999), &s);
	assert_true(s.has_sa);
	assert_int_equal(s.spi_in, 0x1000);
	assert_int_equal(s.spi_out, 0x1001);
	assert_int_equal(s.cipher, ESP_AES_128_GCM);
	assert_int_equal(s.sa_age_s, 5);
	client_associations_drop_all(&k.c->associations);
	client_core_status(k.c, after(6000), &s);
	assert_false(s.has_sa);
	kit_end(&k);
}

TEST(status_shows_the_counters_and_the_last_move)
{
	client_status s;
	kit k;

	start(&k);
	client_forward *f = &k.c->forward;
	f->tx_bytes = 1, f->rx_bytes = 2, f->tx_packets = 3, f->rx_packets = 4;
	f->drop_replay = 5, f->drop_auth = 6, f->drop_too_big = 7, f->drop_no_path = 8;
	f->drop_source = 9;
	k.c->mtu.inner = 1300;
	k.c->handover.n = 10;
	k.c->handover.last_ms = 11;
	strcpy(k.c->registration.reason, "why");
	client_core_status(k.c, after(0), &s);
	assert_int_equal(s.tx_bytes, 1);
	assert_int_equal(s.rx_bytes, 2);
	assert_int_equal(s.tx_packets, 3);
	assert_int_equal(s.rx_packets, 4);
	assert_int_equal(s.drop_replay, 5);
	assert_int_equal(s.drop_auth, 6);
	assert_int_equal(s.drop_too_big, 7);
	assert_int_equal(s.drop_no_path, 8);
	assert_int_equal(s.drop_source, 9);
	assert_int_equal(s.inner_mtu, 1300);
	assert_int_equal(s.handovers, 10);
	assert_true(s.last_handover_ms > 10.9 && s.last_handover_ms < 11.1);
	assert_string_equal(s.reason, "why");
	assert_true(ip_equal(&s.home4, &k.c->binding.home4));
	kit_end(&k);
}

TEST(paths_are_shown_as_far_as_there_is_room_for_them)
{
	const uplink u[2] = { cafe(), uplink_at(3, "wan1", 2) };
	client_path_status s[4];
	kit k;
	client_path *p = start(&k);

	client_core_uplinks(k.c, after(0), u, 2);
	p->rtt_us = 40500;
	p->mtu = 1472;
	p->nat = true;
	client_paths_heard(p, after(0).ms);
	assert_int_equal(client_core_paths(k.c, after(0), s, 4), 2);
	assert_string_equal(s[0].uplink, "wan0");
	assert_string_equal(s[0].agent, "home");
	assert_true(s[0].active && s[0].answering && s[0].nat);
	assert_int_equal(s[0].sock, p->sock);
	assert_int_equal(s[0].mtu, 1472);
	assert_true(s[0].rtt_ms > 40.4 && s[0].rtt_ms < 40.6);
	assert_true(ip_equal(&s[0].local, &u[0].local.addr));
	assert_true(endpoint_equal(&s[0].remote, &p->remote));
	assert_string_equal(s[1].uplink, "wan1");
	assert_false(s[1].active || s[1].answering || s[1].nat);
	assert_true(s[1].rtt_ms < 0);
	client_paths_silent(p);
	assert_int_equal(client_core_paths(k.c, after(0), s, 1), 1);
	assert_false(s[0].answering);
	kit_end(&k);
}

RUN(T(the_shell_is_notified_of_whatever_changes_about_the_tunnel_and_of_nothing_else),
    T(there_is_no_tunnel_before_the_first_association),
    T(at_home_the_tunnel_is_down_and_has_the_home_links_index), T(a_stopped_client_has_no_tunnel),
    T(the_state_follows_the_registration_the_path_and_the_association),
    T(another_reason_is_notified_in_the_same_state),
    T(status_shows_what_remains_of_the_lifetime_in_seconds_rounded_up),
    T(status_shows_the_association_that_is_sent_on), T(status_shows_the_counters_and_the_last_move),
    T(paths_are_shown_as_far_as_there_is_room_for_them))
