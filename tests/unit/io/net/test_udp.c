/* SPDX-License-Identifier: MIT */
#include "io/net/udp.h"
#include "io/net/udp_sock.h"
#include "base/clock.h"
#include "netns.h"
#include <errno.h>
#include <poll.h>

enum { TX = 7, RX = 9, MAX_SEEN = 256 };

typedef struct scene {
	udp_sock *tx, *rx;
	udp_rx *bufs;
	dgramq q;
	unsigned n;        /* datagrams that came */
	unsigned messages; /* in so many messages */
	uint8_t number[MAX_SEEN];
	size_t len[MAX_SEEN];
	dgram_in last;
} scene;

static udp_sock *open_any(ip_addr a, err *e)
{
	udp_options o = { .local = { .addr = a } };

	return udp_open(&o, e);
}

static ip_addr addr(const char *text)
{
	ip_addr a;

	assert_true(ip_parse(text, &a));
	return a;
}

static void set_up(scene *s, const char *tx, const char *rx)
{
	err e;

	memset(s, 0, sizeof(*s));
	assert_true(dgramq_init(&s->q));
	s->bufs = udp_rx_new(&e);
	s->tx = open_any(addr(tx), &e);
	s->rx = open_any(addr(rx), &e);
	assert_non_null(s->bufs);
	assert_non_null(s->tx);
	assert_non_null(s->rx);
}

static void tear_down(scene *s)
{
	udp_close(s->tx);
	udp_close(s->rx);
	udp_rx_free(s->bufs);
	dgramq_free(&s->q);
}

static dgram_route to(const scene *s, const char *where)
{
	dgram_route r = { .sock = TX,
			  .to = { .addr = addr(where), .port = udp_local(s->rx).port } };

	return r;
}

static void queue(scene *s, const dgram_route *r, unsigned number, size_t n)
{
	uint8_t *p = dgramq_reserve(&s->q, n);

	assert_non_null(p);
	memset(p, (int)number, n);
	dgramq_commit(&s->q, r, n);
}

static void queue_many(scene *s, const dgram_route *r, unsigned n, size_t len)
{
	for (unsigned i = 0; i < n; i++)
		queue(s, r, i, len);
}

static void seen(void *ctx, const dgram_in *d)
{
	scene *s = ctx;

	assert_true(s->n < MAX_SEEN);
	assert_int_equal(d->sock, RX);
	for (size_t i = 1; i < d->n; i++)
		assert_int_equal(d->p[i], d->p[0]);
	s->number[s->n] = d->n ? d->p[0] : 0xff;
	s->len[s->n++] = d->n;
	s->last = *d;
}

static void receive(scene *s)
{
	bool more;
	int n;
	struct pollfd p = { .fd = udp_fd(s->rx), .events = POLLIN };

	poll(&p, 1, 1000);
	while ((n = udp_recv(s->rx, s->bufs, RX, seen, s, &more)) > 0)
		s->messages += (unsigned)n;
	assert_int_equal(n, 0);
	assert_false(more);
}

static unsigned flush(scene *s, int *last_errno)
{
	unsigned dropped = udp_send(s->tx, TX, &s->q, last_errno);

	dgramq_clear(&s->q);
	return dropped;
}

static void assert_in_order(const scene *s, unsigned n, size_t len)
{
	assert_int_equal(s->n, n);
	for (unsigned i = 0; i < n; i++) {
		assert_int_equal(s->number[i], i);
		assert_int_equal(s->len[i], len);
	}
}

static void forty(const char *tx, const char *rx, unsigned *messages)
{
	scene s;
	int why;

	set_up(&s, tx, rx);
	dgram_route r = to(&s, rx);
	queue_many(&s, &r, 40, 1000);
	assert_int_equal(s.q.n_runs, 1);
	assert_int_equal(flush(&s, &why), 0);
	assert_int_equal(why, 0);
	receive(&s);
	assert_in_order(&s, 40, 1000);
	assert_int_equal(s.tx->gso_rest, 0);
	*messages = s.messages;
	tear_down(&s);
}

TEST(forty_equal_segments_are_one_message_both_ways)
{
	unsigned messages;

	NEED_NETNS();
	forty("127.0.0.1", "127.0.0.1", &messages);
	assert_int_equal(messages, 1);
	forty("::1", "::1", &messages);
	assert_int_equal(messages, 1);
}

TEST(the_last_segment_may_be_shorter)
{
	scene s;
	int why;

	NEED_NETNS();
	set_up(&s, "127.0.0.1", "127.0.0.1");
	dgram_route r = to(&s, "127.0.0.1");
	queue_many(&s, &r, 3, 700);
	queue(&s, &r, 3, 20);
	assert_int_equal(flush(&s, &why), 0);
	receive(&s);
	assert_int_equal(s.n, 4);
	assert_int_equal(s.len[2], 700);
	assert_int_equal(s.len[3], 20);
	assert_int_equal(s.number[3], 3);
	tear_down(&s);
}

/* Without checksums (SO_NO_CHECK) the kernel refuses to cut: a refusal that is real. */
TEST(segments_go_one_by_one_where_the_kernel_refuses_to_cut)
{
	scene s;
	int why, one = 1;

	NEED_NETNS();
	set_up(&s, "127.0.0.1", "127.0.0.1");
	setsockopt(udp_fd(s.tx), SOL_SOCKET, SO_NO_CHECK, &one, sizeof(one));
	dgram_route r = to(&s, "127.0.0.1");
	queue_many(&s, &r, 40, 1000);
	assert_int_equal(flush(&s, &why), 0);
	assert_int_equal(why, 0);
	receive(&s);
	assert_in_order(&s, 40, 1000);
	assert_int_equal(s.messages, 40);
	uint32_t rest = s.tx->gso_rest;
	assert_true(rest > 0); /* remembered ... */
	s.n = s.messages = 0;
	queue_many(&s, &r, 130, 100); /* ... and used, over more than one batch */
	assert_int_equal(flush(&s, &why), 0);
	assert_true(s.tx->gso_rest < rest);
	receive(&s);
	assert_in_order(&s, 130, 100);
	tear_down(&s);
}

TEST(segments_longer_than_the_link_are_reported_and_offload_stays)
{
	scene s;
	int why;

	NEED_NETNS();
	assert_true(run("ip link set lo mtu 1500"));
	set_up(&s, "127.0.0.1", "127.0.0.1");
	dgram_route r = to(&s, "127.0.0.1");
	queue_many(&s, &r, 5, 1600);
	queue(&s, &r, 5, 30);
	assert_int_equal(flush(&s, &why), 5);
	assert_int_equal(why, EMSGSIZE);
	assert_int_equal(s.tx->gso_rest, 0);
	queue(&s, &r, 6, 1473); /* with its headers one octet too long */
	queue(&s, &r, 7, 1472);
	assert_int_equal(flush(&s, &why), 1);
	assert_int_equal(why, EMSGSIZE);
	receive(&s);
	assert_int_equal(s.n, 2);
	assert_int_equal(s.number[0], 5);
	assert_int_equal(s.number[1], 7);
	tear_down(&s);
}

TEST(ip6_datagram_longer_than_the_link_is_not_fragmented)
{
	scene s;
	int why;

	NEED_NETNS();
	assert_true(run("ip link set lo mtu 1500"));
	set_up(&s, "::1", "::1");
	dgram_route r = to(&s, "::1");
	queue(&s, &r, 0, 1453);
	queue(&s, &r, 1, 1452);
	assert_int_equal(flush(&s, &why), 1);
	assert_int_equal(why, EMSGSIZE);
	receive(&s);
	assert_int_equal(s.n, 1);
	assert_int_equal(s.number[0], 1);
	tear_down(&s);
}

static void check_sources(const char *any, const char *one, const char *two)
{
	const char *from[] = { two, one, two };
	scene s;
	int why;

	set_up(&s, any, any);
	for (unsigned i = 0; i < 3; i++) {
		dgram_route r = to(&s, one);
		ip_addr source = addr(from[i]), target = addr(one);
		r.from = source;
		queue_many(&s, &r, 4, 500);
		assert_int_equal(flush(&s, &why), 0);
		receive(&s);
		assert_int_equal(s.n, 4 * (i + 1));
		assert_true(ip_equal(&s.last.from.addr, &source));
		assert_true(ip_equal(&s.last.local, &target));
		assert_int_equal(s.last.ifindex, 1);
		assert_int_equal(s.last.from.port, udp_local(s.tx).port);
	}
	tear_down(&s);
}

TEST(source_address_is_the_one_asked_for)
{
	NEED_NETNS();
	assert_true(run("ip addr add 10.9.0.1/24 dev lo; ip addr add 10.9.0.2/24 dev lo"));
	assert_true(
		run("ip addr add fd09::1/64 dev lo nodad; ip addr add fd09::2/64 dev lo nodad"));
	assert_true(wait_for_lines(2, "ip -6 route show table local", "local fd09::"));
	check_sources("0.0.0.0", "10.9.0.1", "10.9.0.2");
	check_sources("::", "fd09::1", "fd09::2");
}

TEST(source_that_is_not_ours_loses_only_its_own_run)
{
	scene s;
	int why;

	NEED_NETNS();
	set_up(&s, "0.0.0.0", "127.0.0.1");
	dgram_route good = to(&s, "127.0.0.1"), stale = good;
	stale.from = addr("192.0.2.7");
	queue_many(&s, &stale, 3, 500);
	queue_many(&s, &good, 2, 500);
	assert_int_equal(flush(&s, &why), 3);
	assert_int_not_equal(why, 0);
	assert_int_equal(s.tx->gso_rest, 0);
	receive(&s);
	assert_int_equal(s.n, 2);
	tear_down(&s);
}

TEST(destination_without_a_route_does_not_stop_the_others)
{
	scene s;
	int why;

	NEED_NETNS();
	set_up(&s, "0.0.0.0", "127.0.0.1");
	dgram_route good = to(&s, "127.0.0.1"), lost = to(&s, "192.0.2.1"),
		    six = to(&s, "2001:db8::1");
	queue(&s, &good, 0, 10);
	queue(&s, &lost, 99, 10);
	queue(&s, &good, 1, 10);
	queue(&s, &six, 99, 10); /* not this socket's family */
	queue(&s, &good, 2, 10);
	assert_int_equal(flush(&s, &why), 2);
	assert_int_equal(why, ENETUNREACH);
	receive(&s);
	assert_in_order(&s, 3, 10);
	tear_down(&s);
}

TEST(runs_of_another_socket_are_left_alone)
{
	scene s;
	int why;

	NEED_NETNS();
	set_up(&s, "127.0.0.1", "127.0.0.1");
	dgram_route r = to(&s, "127.0.0.1"), other = r;
	other.sock = TX + 1;
	queue(&s, &other, 9, 10);
	queue(&s, &r, 0, 10);
	queue(&s, &other, 9, 10);
	assert_int_equal(flush(&s, &why), 0);
	receive(&s);
	assert_in_order(&s, 1, 10);
	tear_down(&s);
}

TEST(more_runs_than_a_batch_arrive_in_order)
{
	scene s;
	int why;

	NEED_NETNS();
	set_up(&s, "127.0.0.1", "127.0.0.1");
	dgram_route r = to(&s, "127.0.0.1");
	for (unsigned i = 0; i < 200; i++)
		queue(&s, &r, i, 10 + i); /* ever longer: each a run of its own */
	assert_int_equal(s.q.n_runs, 200);
	assert_int_equal(flush(&s, &why), 0);
	receive(&s);
	assert_int_equal(s.n, 200);
	for (unsigned i = 0; i < 200; i++)
		assert_int_equal(s.number[i], i);
	tear_down(&s);
}

/* A slow link (tbf) keeps what was sent charged to the socket's small buffer. */
TEST(full_socket_is_waited_for_a_moment_then_the_rest_is_dropped)
{
	scene s;
	int why = -1, small = 8192;

	NEED_NETNS();
	assert_true(
		run("ip link add v0 type veth peer name v1 && ip addr add 10.8.0.1/24 dev v0 && "
		    "ip link set v0 up && ip link set v1 up && "
		    "ip neigh add 10.8.0.2 lladdr 02:00:00:00:00:02 dev v0 && "
		    "tc qdisc add dev v0 root tbf rate 64kbit burst 2000 limit 1000000"));
	set_up(&s, "10.8.0.1", "127.0.0.1");
	setsockopt(udp_fd(s.tx), SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
	dgram_route r = to(&s, "10.8.0.2");
	queue_many(&s, &r, 200, 1000);
	uint64_t before = clock_mono_ms();
	unsigned dropped = flush(&s, &why);
	uint64_t took = clock_mono_ms() - before;
	assert_true(dropped >= 100 && dropped < 200);
	assert_int_equal(why, 0);
	assert_true(took >= 9);
	tear_down(&s);
}

TEST(both_families_share_a_port)
{
	err e;
	udp_options o = { .local = { .addr = ip4(0, 0, 0, 0), .port = 4500 } };

	NEED_NETNS();
	udp_sock *four = udp_open(&o, &e);
	o.local.addr = addr("::");
	udp_sock *six = udp_open(&o, &e);
	assert_non_null(four);
	assert_non_null(six);
	assert_int_equal(udp_local(six).port, 4500);
	o.local.addr = ip4(0, 0, 0, 0);
	assert_null(udp_open(&o, &e));
	assert_non_null(strstr(e.text, "0.0.0.0:4500"));
	udp_close(four);
	udp_close(six);
}

TEST(socket_has_the_mark_that_is_asked_for)
{
	NEED_NETNS();
	err e = { 0 };
	const udp_options o = { .mark = 153 };
	udp_sock *s = udp_open(&o, &e);
	int mark = 0;
	socklen_t n = sizeof mark;

	assert_non_null(s);
	assert_int_equal(getsockopt(udp_fd(s), SOL_SOCKET, SO_MARK, &mark, &n), 0);
	assert_int_equal(mark, 153);
	udp_close(s);
}

TEST(device_that_is_not_there_is_named)
{
	err e;
	udp_options o = { .device = "nowhere0" };

	NEED_NETNS();
	assert_null(udp_open(&o, &e));
	assert_non_null(strstr(e.text, "nowhere0"));
	o.device = "lo";
	udp_sock *s = udp_open(&o, &e);
	assert_non_null(s);
	assert_true(udp_local(s).port != 0);
	udp_close(s);
}

RUN(T(forty_equal_segments_are_one_message_both_ways), T(the_last_segment_may_be_shorter),
    T(segments_go_one_by_one_where_the_kernel_refuses_to_cut),
    T(segments_longer_than_the_link_are_reported_and_offload_stays),
    T(ip6_datagram_longer_than_the_link_is_not_fragmented), T(source_address_is_the_one_asked_for),
    T(source_that_is_not_ours_loses_only_its_own_run),
    T(destination_without_a_route_does_not_stop_the_others),
    T(runs_of_another_socket_are_left_alone), T(more_runs_than_a_batch_arrive_in_order),
    T(full_socket_is_waited_for_a_moment_then_the_rest_is_dropped), T(both_families_share_a_port),
    T(socket_has_the_mark_that_is_asked_for), T(device_that_is_not_there_is_named))
