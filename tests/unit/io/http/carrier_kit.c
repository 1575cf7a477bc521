/* SPDX-License-Identifier: MIT */
#include "carrier_kit.h"
#include "base/clock.h"

/* ---- events ---- */

static void on_up(void *ctx, const carrier_info *i)
{
	scene *s = ctx;

	s->up = true;
	s->info = *i;
	snprintf(s->proxy, sizeof s->proxy, "%s", i->proxy ? i->proxy : "");
	snprintf(s->unverified, sizeof s->unverified, "%s", i->unverified ? i->unverified : "");
	if (s->close_at_up) {
		carrier_close(s->c);
		s->c = NULL;
	}
}

static void on_down(void *ctx, const char *why)
{
	scene *s = ctx;

	assert_false(s->down);
	s->down = true;
	snprintf(s->why, sizeof s->why, "%s", why);
	if (s->close_at_down) {
		carrier_close(s->c);
		s->c = NULL;
	}
}

static void on_datagram(void *ctx, uint8_t *p, size_t n)
{
	scene *s = ctx;
	uint32_t number;

	assert_non_null(s->c); /* nothing comes after the close */
	assert_true(n >= 4);
	memcpy(&number, p, 4);
	for (size_t i = 4; i < n; i++)
		assert_int_equal(p[i], (uint8_t)(number + i));
	s->in_order = s->in_order && number == s->got;
	s->got++;
	s->len = n;
	s->number = number;
	if (s->close_at_datagram) {
		carrier_close(s->c);
		s->c = NULL;
	}
}

static void on_batch_end(void *ctx)
{
	scene *s = ctx;

	s->batches++;
}

static void on_tick(void *ctx)
{
	scene *s = ctx;

	s->timed_out = clock_mono_ms() >= s->deadline_ms;
	if (s->done(s) || s->timed_out)
		io_loop_stop(s->l);
	else
		io_timer_at(s->tick, clock_mono_ms() + 2);
}

bool await(scene *s, bool (*done)(scene *s))
{
	s->done = done;
	s->deadline_ms = clock_mono_ms() + PATIENCE_MS;
	io_timer_at(s->tick, clock_mono_ms());
	io_loop_run(s->l);
	return done(s);
}

bool is_up(scene *s)
{
	return s->up;
}

bool is_down(scene *s)
{
	return s->down;
}

bool is_settled(scene *s)
{
	return s->up || s->down;
}

/* ---- a scene ---- */

void set_up(scene *s, const server_script *script)
{
	err e;

	memset(s, 0, sizeof *s);
	s->in_order = true;
	s->log = log_to_stderr(LOG_ERROR);
	s->l = io_loop_new(&e);
	s->tick = io_timer_new(s->l, on_tick, s, &e);
	assert_non_null(s->tick);
	assert_true(server_open(&s->server, s->l, script, 1, 0));
	s->mux = (carrier_mux){ .host = "mux.test",
				.port = s->server.at.port,
				.target = "home",
				.addresses = { s->server.at },
				.n_addresses = 1 };
	s->conf = (carrier_conf){ .mux = &s->mux, .direct = true };
	s->conf.up = (uplink){ .name = "lo", .ifindex = 1 };
	s->conf.up.local = (ip_prefix){ ip4(127, 0, 0, 1), 8 };
}

void open_it(scene *s)
{
	const carrier_events ev = { .ctx = s,
				    .log = &s->log,
				    .up = on_up,
				    .down = on_down,
				    .datagram = on_datagram,
				    .batch_end = on_batch_end };
	err e;

	s->c = carrier_open(s->l, &s->conf, s->tls, &ev, &e);
	assert_non_null(s->c);
}

void tear_down(scene *s)
{
	carrier_close(s->c);
	server_close(&s->server);
	if (s->other.watch)
		server_close(&s->other);
	io_timer_free(s->tick);
	io_loop_free(s->l);
	assert_false(s->timed_out);
}

void through(scene *s, proxy_kind kind, const char *user, const char *password)
{
	carrier_proxy *p = &s->conf.proxies[0];

	s->conf.direct = false;
	s->conf.n_proxies = 1;
	*p = (carrier_proxy){ .kind = kind, .at = s->server.at, .name = "proxy.test:3128" };
	snprintf(p->user, sizeof p->user, "%s", user);
	snprintf(p->password, sizeof p->password, "%s", password);
	s->mux.addresses[0].addr = ip4(198, 51, 100, 7); /* only the proxy gets there */
}

void pause_server(scene *s, bool paused)
{
	for (unsigned i = 0; i < s->server.n_peers; i++)
		if (s->server.peers[i].stream)
			stream_pause(s->server.peers[i].stream, paused);
}

void send_one(scene *s, uint32_t flow, uint32_t number, size_t len)
{
	uint8_t p[FRAMING_DATAGRAM_MAX];

	memcpy(p, &number, 4);
	for (size_t i = 4; i < len; i++)
		p[i] = (uint8_t)(number + i);
	carrier_send(s->c, flow, p, len);
}

void send_some(scene *s, uint32_t from, uint32_t n, size_t len)
{
	for (uint32_t k = from; k < from + n; k++)
		send_one(s, k, k, len);
	carrier_flush(s->c);
}

bool got_10(scene *s)
{
	return s->got >= 10;
}

bool got_30(scene *s)
{
	return s->got >= 30;
}

void assert_carries(scene *s, carrier_method m)
{
	if (!await(s, is_settled) || !s->up)
		fail_msg("not up: %s", s->why);
	assert_int_equal(s->info.method, m);
	assert_true(carrier_is_up(s->c));
	send_some(s, 0, 10, 1400);
	assert_true(await(s, got_10));
	send_some(s, 10, 20, 60);
	assert_true(await(s, got_30));
	assert_true(s->in_order);
	assert_int_equal(s->len, 60);
	assert_int_equal(carrier_dropped(s->c), 0);
	assert_true(s->batches > 0 && s->batches <= 30);
}

void check_why(scene *s, const char *why)
{
	open_it(s);
	await(s, is_settled);
	assert_false(s->up);
	assert_string_equal(s->why, why);
	assert_false(carrier_is_up(s->c));
	tear_down(s);
}
