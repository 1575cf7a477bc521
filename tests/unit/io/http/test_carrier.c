/* SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "carrier_kit.h"
#include "tls_kit.h"

static void check(const server_script *script, carrier_method m)
{
	scene s;

	set_up(&s, script);
	open_it(&s);
	assert_carries(&s, m);
	assert_int_equal(s.info.remote.port, s.server.at.port);
	assert_true(ip_equal(&s.info.local.addr, &s.conf.up.local.addr));
	assert_string_equal(s.proxy, "");
	tear_down(&s);
}

/* ---- methods ---- */

TEST(connect_udp_comes_first)
{
	NEED_NETNS();
	check(&(server_script){ .connect_udp = true, .websocket = true, .plain = true },
	      CARRIER_CONNECT_UDP);
}

TEST(websocket_follows_where_connect_udp_is_refused)
{
	NEED_NETNS();
	check(&(server_script){ .websocket = true, .plain = true }, CARRIER_WEBSOCKET);
}

TEST(plain_requests_follow_where_all_upgrades_are_refused)
{
	NEED_NETNS();
	check(&(server_script){ .plain = true }, CARRIER_PLAIN);
	check(&(server_script){ .plain = true, .close_upgrade = true }, CARRIER_PLAIN);
}

TEST(websocket_answer_to_another_key_is_not_believed)
{
	NEED_NETNS();
	check(&(server_script){ .websocket = true, .wrong_accept = true, .plain = true },
	      CARRIER_PLAIN);
}

TEST(plain_requests_survive_connections_that_are_not_kept)
{
	scene s;

	NEED_NETNS();
	set_up(&s, &(server_script){ .plain = true, .close_posts = true });
	open_it(&s);
	assert_carries(&s, CARRIER_PLAIN);
	assert_true(s.server.posts >= 2);
	tear_down(&s);
}

TEST(a_get_that_ends_is_asked_again)
{
	scene s;

	NEED_NETNS();
	set_up(&s, &(server_script){ .plain = true, .end_after = 14000 });
	open_it(&s);
	assert_true(await(&s, is_settled) && s.up);
	send_some(&s, 0, 10, 1400);
	assert_true(await(&s, got_10));
	for (int i = 0; s.server.gets < 2 && i < 100; i++)
		assert_true(await(&s, got_10));
	assert_int_equal(s.server.gets, 2);
	send_some(&s, 10, 20, 60);
	assert_true(await(&s, got_30));
	tear_down(&s);
}

/* ---- answers that are none ---- */

TEST(garbage_is_no_multiplexer)
{
	scene s;

	NEED_NETNS();
	set_up(&s, &(server_script){ .raw = "\1\2\3 no HTTP at all \r\n\r\n" });
	open_it(&s);
	assert_true(await(&s, is_down));
	assert_non_null(strstr(s.why, "not HTTP"));
	assert_int_equal(s.server.n_peers, 1); /* not asked in other ways */
	tear_down(&s);
}

TEST(captive_portal_is_named)
{
	scene s;

	NEED_NETNS();
	set_up(&s, &(server_script){ .raw = "HTTP/1.1 302 Found\r\nContent-Length: 0\r\n"
					    "Location: http://portal.test/login\r\n\r\n" });
	check_why(&s, "captive portal at http://portal.test/login");
	set_up(&s, &(server_script){ .raw = "HTTP/1.1 511 x\r\nContent-Length: 0\r\n\r\n" });
	check_why(&s, "captive portal: network authentication required (511)");
}

/* It ends up on a terminal: no octet of it may be more than a character there. */
TEST(what_a_stranger_says_is_printable)
{
	scene s;

	NEED_NETNS();
	set_up(&s, &(server_script){ .raw = "HTTP/1.1 302 Found\r\nContent-Length: 0\r\n"
					    "Location: http://a/\xc2\x9b"
					    "31m\xff\r\n\r\n" });
	check_why(&s, "captive portal at http://a/??31m?");
	set_up(&s, &(server_script){ .raw = "HTTP/1.1 403 \xe2\x80\xae\xc2\x9b"
					    "2J\r\n"
					    "Content-Length: 0\r\n\r\n" });
	check_why(&s, "the multiplexer's answer is 403 ?????2J");
}

TEST(foreign_server_is_named)
{
	scene s;

	NEED_NETNS();
	set_up(&s, &(server_script){ .raw = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
					    "Content-Length: 0\r\n\r\n" });
	check_why(&s, "a web server that is not a multiplexer answers");
	set_up(&s, &(server_script){ 0 });
	check_why(&s, "404 Not Found: no multiplexer there, or it has no such target");
}

TEST(closed_port_is_reported_with_its_address)
{
	scene s;
	char why[128];

	NEED_NETNS();
	set_up(&s, &(server_script){ 0 });
	s.mux.port = 9;
	s.mux.addresses[0].port = 9;
	snprintf(why, sizeof why, "127.0.0.1:9: Connection refused");
	check_why(&s, why);
}

/* Bound to a link, the system would take every address for a neighbour. */
TEST(an_uplink_without_a_route_to_the_multiplexer_is_an_error)
{
	const carrier_events ev = { 0 };
	scene s;
	err e = { 0 };

	NEED_NETNS();
	set_up(&s, &(server_script){ 0 });
	s.conf.up.local.bits = 32;
	s.mux.port = 9;
	s.mux.addresses[0] = (endpoint){ .addr = ip4(127, 0, 0, 2), .port = 9 };
	assert_null(carrier_open(s.l, &s.conf, NULL, &ev, &e));
	assert_string_equal(e.text, "uplink lo reaches neither mux.test nor a proxy");
	s.conf.up.has_default = true;
	check_why(&s, "127.0.0.2:9: Connection refused");
}

TEST(lost_connection_is_reported_once)
{
	scene s;

	NEED_NETNS();
	set_up(&s, &(server_script){ .connect_udp = true });
	open_it(&s);
	assert_true(await(&s, is_up));
	server_hang_up(&s.server);
	assert_true(await(&s, is_down));
	assert_false(carrier_is_up(s.c));
	send_some(&s, 0, 3, 100);
	assert_int_equal(carrier_dropped(s.c), 3);
	tear_down(&s);
}

/* ---- TLS ---- */

typedef struct tls_scene {
	scene s;
	tls_kit kit;
	tls_ctx *server, *client;
} tls_scene;

static void set_up_tls(tls_scene *t, server_script *script, bool carrier_only, bool other_ca)
{
	err e;
	char warning[128];

	assert_true(tls_kit_make(&t->kit));
	const tls_server_conf sc = { .certificate = t->kit.cert, .key = t->kit.key };
	const tls_client_conf cc = { .ca = other_ca ? t->kit.other_ca : t->kit.ca,
				     .carrier = carrier_only };
	script->tls = t->server = tls_server_new(&sc, warning, &e);
	t->client = tls_client_new(&cc, &e);
	assert_non_null(t->server);
	assert_non_null(t->client);
	set_up(&t->s, script);
	t->s.mux.https = true;
	t->s.tls = t->client;
}

static void tear_down_tls(tls_scene *t)
{
	tls_ctx_free(t->server);
	tls_ctx_free(t->client);
	tls_kit_remove(&t->kit);
}

TEST(https_carries)
{
	static tls_scene t;

	NEED_NETNS();
	for (int i = 0; i < 3; i++) {
		server_script x = { .connect_udp = i == 0, .websocket = i == 1, .plain = true };
		set_up_tls(&t, &x, false, false);
		open_it(&t.s);
		assert_carries(&t.s, (carrier_method)i);
		assert_string_equal(t.s.unverified, "");
		tear_down(&t.s);
		tear_down_tls(&t);
	}
}

TEST(certificate_of_a_stranger_is_refused_but_for_a_mere_carrier)
{
	static tls_scene t;
	server_script x = { .connect_udp = true };

	NEED_NETNS();
	set_up_tls(&t, &x, false, true);
	open_it(&t.s);
	assert_true(await(&t.s, is_down));
	assert_non_null(strstr(t.s.why, "certificate"));
	tear_down(&t.s);
	tear_down_tls(&t);
	set_up_tls(&t, &x, true, true);
	open_it(&t.s);
	assert_carries(&t.s, CARRIER_CONNECT_UDP);
	assert_string_not_equal(t.s.unverified, "");
	tear_down(&t.s);
	tear_down_tls(&t);
}

/* ---- life and load ---- */

static bool is_closed(scene *s)
{
	return s->c == NULL;
}

TEST(carrier_may_be_closed_by_each_of_its_events)
{
	static const server_script scripts[] = { { .connect_udp = true },
						 { .websocket = true },
						 { .plain = true } };

	NEED_NETNS();
	for (unsigned i = 0; i < 9; i++) {
		scene s;
		set_up(&s, &scripts[i % 3]);
		s.close_at_up = i / 3 == 0;
		s.close_at_datagram = i / 3 == 1;
		s.close_at_down = i / 3 == 2;
		if (s.close_at_down)
			s.mux.port = 9;
		open_it(&s);
		if (s.close_at_datagram) {
			assert_true(await(&s, is_up));
			send_some(&s, 0, 5, 100);
		}
		assert_true(await(&s, is_closed));
		assert_int_equal(s.got, s.close_at_datagram);
		tear_down(&s);
	}
}

/* On a busy machine it may wait for so long that it is dropped: then another is sent. */
static bool got_the_last(scene *s)
{
	if (s->number != 1u << 30)
		send_some(s, 1u << 30, 1, 100);
	return s->number == 1u << 30;
}

static bool a_while(scene *s)
{
	return clock_mono_ms() + PATIENCE_MS - 150 >= s->deadline_ms;
}

static void check_stall(const server_script *script)
{
	scene s;

	set_up(&s, script);
	open_it(&s);
	assert_true(await(&s, is_up));
	pause_server(&s, true);
	for (unsigned i = 0; i < 200; i++)
		send_some(&s, i * 100, 100, 1400); /* 28 MB */
	assert_true(carrier_dropped(s.c) > 1000);
	assert_true(await(&s, a_while));
	pause_server(&s, false);
	assert_true(await(&s, a_while)); /* what is stale is dropped, the rest goes */
	assert_true(await(&s, got_the_last));
	assert_true(carrier_is_up(s.c));
	tear_down(&s);
}

TEST(mux_that_does_not_read_costs_datagrams_not_memory)
{
	NEED_NETNS();
	check_stall(&(server_script){ .connect_udp = true });
	check_stall(&(server_script){ .plain = true });
}

RUN(T(connect_udp_comes_first), T(websocket_follows_where_connect_udp_is_refused),
    T(plain_requests_follow_where_all_upgrades_are_refused),
    T(websocket_answer_to_another_key_is_not_believed),
    T(plain_requests_survive_connections_that_are_not_kept), T(a_get_that_ends_is_asked_again),
    T(garbage_is_no_multiplexer), T(captive_portal_is_named), T(what_a_stranger_says_is_printable),
    T(foreign_server_is_named), T(closed_port_is_reported_with_its_address),
    T(an_uplink_without_a_route_to_the_multiplexer_is_an_error),
    T(lost_connection_is_reported_once), T(https_carries),
    T(certificate_of_a_stranger_is_refused_but_for_a_mere_carrier),
    T(carrier_may_be_closed_by_each_of_its_events),
    T(mux_that_does_not_read_costs_datagrams_not_memory))
