/* SPDX-License-Identifier: MIT */
/* Name servers on loopback addresses, each with its own behaviour. No test depends on how long an answer takes: what is
 * to come is waited for without end, and what is not to come is not waited for. */
#include "netns.h"
#include "io/net/dns_ask.h"
#include "base/wire.h"

#include <net/if.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

typedef enum behaviour {
	ANSWERS,
	IS_SILENT,
	IS_FORGED_FIRST,
	CUTS,
	KNOWS_NO_NAME,
	FAILS,
	ANSWERS_FOR_IPV4
} behaviour;

enum { FOR_EVER_MS = 3600 * 1000, AT_ONCE_MS = 1 };

typedef struct name_server {
	behaviour how;
	int udp, tcp, stop[2];
	unsigned asked, asked_by_tcp;
	pthread_t thread;
} name_server;

enum { FLAGS = 0x8180, TC = 0x0200, HEADER = 12 };

/* The question with flags and one address, whose last octet is given. */
static size_t answer(uint8_t *p, size_t n, uint16_t flags, unsigned last)
{
	bool v4 = p[n - 3] == 1;
	wire_wr w = wire_writer(p + n, 64);

	store_be16(p + 2, flags);
	if (flags != FLAGS)
		return n;
	store_be16(p + 6, 1);
	wire_put_u16(&w, 0xc000 | HEADER);
	wire_put_u16(&w, v4 ? 1 : 28);
	wire_put_u16(&w, 1);
	wire_put_u32(&w, 300);
	wire_put_u16(&w, v4 ? 4 : 16);
	if (v4)
		wire_put(&w, "\xcb\x00\x71", 3);
	else
		wire_put(&w, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0", 15);
	wire_put_u8(&w, (uint8_t)last);
	return n + wire_len(&w);
}

static void by_udp(name_server *s)
{
	static const uint16_t flags[] = {
		FLAGS, 0, FLAGS, FLAGS | TC, FLAGS | 3, FLAGS | 2, FLAGS
	};
	uint8_t p[1024], forged[1024];
	struct sockaddr_storage from;
	socklen_t len = sizeof from;
	ssize_t got = recvfrom(s->udp, p, 512, 0, (struct sockaddr *)&from, &len);

	s->asked++;
	if (got < HEADER || s->how == IS_SILENT)
		return;
	if (s->how == ANSWERS_FOR_IPV4 && p[got - 3] != 1)
		return;
	if (s->how == IS_FORGED_FIRST) {
		memcpy(forged, p, (size_t)got);
		forged[1] ^= 1; /* the id */
		size_t n = answer(forged, (size_t)got, FLAGS, 66);
		sendto(s->udp, forged, n, 0, (struct sockaddr *)&from, len);
	}
	size_t n = answer(p, (size_t)got, flags[s->how], 7);
	sendto(s->udp, p, n, 0, (struct sockaddr *)&from, len);
}

static bool answer_by_tcp(name_server *s, int fd)
{
	uint8_t p[1024];

	if (recv(fd, p, 2, MSG_WAITALL) != 2)
		return false;
	ssize_t got = recv(fd, p + 2, load_be16(p), MSG_WAITALL);
	if (got <= HEADER)
		return false;
	s->asked_by_tcp++;
	size_t n = answer(p + 2, (size_t)got, FLAGS, 8);
	store_be16(p, (uint16_t)n);
	send(fd, p, 1, MSG_NOSIGNAL); /* in pieces, as TCP may */
	send(fd, p + 1, n + 1, MSG_NOSIGNAL);
	return true;
}

static void by_tcp(name_server *s)
{
	int fd = accept(s->tcp, NULL, NULL);

	while (answer_by_tcp(s, fd))
		;
	close(fd);
}

static void *serve(void *arg)
{
	name_server *s = arg;

	for (;;) {
		struct pollfd p[] = { { s->stop[0], POLLIN, 0 },
				      { s->udp, POLLIN, 0 },
				      { s->tcp, POLLIN, 0 } };
		poll(p, 3, -1);
		if (p[1].revents)
			by_udp(s);
		if (p[2].revents)
			by_tcp(s);
		if (p[0].revents && !p[1].revents && !p[2].revents)
			return NULL; /* everything that was asked is counted */
	}
}

static int bound(const char *at, int type)
{
	struct sockaddr_storage ss;
	endpoint e;

	assert_true(endpoint_parse(at, 53, &e));
	socklen_t n = endpoint_to_sockaddr(&e, &ss);
	int fd = socket(ss.ss_family, type, 0);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 }, sizeof(int)), 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&ss, n), 0);
	return fd;
}

static void start(name_server *s, const char *at, behaviour how)
{
	*s = (name_server){ .how = how,
			    .udp = bound(at, SOCK_DGRAM),
			    .tcp = bound(at, SOCK_STREAM) };
	assert_int_equal(listen(s->tcp, 4), 0);
	assert_int_equal(pipe(s->stop), 0);
	assert_int_equal(pthread_create(&s->thread, NULL, serve, s), 0);
}

static void stop(name_server *s)
{
	close(s->stop[1]);
	pthread_join(s->thread, NULL);
	close(s->stop[0]);
	close(s->udp);
	close(s->tcp);
}

typedef struct files {
	char dir[40], resolv_conf[64];
	dns_ask_conf conf;
} files;

static void put(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void make(files *f, const char *resolv_conf)
{
	strcpy(f->dir, "/tmp/test_dns_ask.XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->resolv_conf, sizeof f->resolv_conf, "%s/resolv.conf", f->dir);
	put(f->resolv_conf, resolv_conf);
	f->conf = (dns_ask_conf){ .resolv_conf = f->resolv_conf,
				  .try_ms = FOR_EVER_MS,
				  .other_kind_ms = FOR_EVER_MS };
}

static void drop(files *f)
{
	unlink(f->resolv_conf);
	rmdir(f->dir);
}

static dns_answer ask(const files *f, const char *host)
{
	dns_answer a;
	err e = { 0 };

	assert_true(dns_ask_wait(&f->conf, host, &a, &e));
	return a;
}

static ip_addr addr(const char *text)
{
	ip_addr a;

	assert_true(ip_parse(text, &a));
	return a;
}

static bool has(const dns_answer *list, const char *text)
{
	ip_addr a = addr(text);

	for (unsigned i = 0; i < list->n; i++)
		if (ip_equal(&list->at[i], &a))
			return true;
	return false;
}

TEST(what_hosts_has_is_not_asked_about)
{
	files f;
	name_server s;

	NEED_NETNS();
	make(&f, "nameserver 127.0.0.1\n");
	assert_true(own_etc_file("hosts", "# none\n127.0.0.1 localhost\n"
					  "2001:db8::9\tother Nas.Example.NET # here\n"
					  "192.0.2.9 nas.example.net\nnonsense x\n"));
	start(&s, "127.0.0.1", ANSWERS);
	dns_answer a = ask(&f, "NAS.example.net.");
	assert_int_equal(a.outcome, DNS_FOUND);
	assert_int_equal(a.n, 2);
	assert_true(has(&a, "2001:db8::9") && has(&a, "192.0.2.9"));
	a = ask(&f, "here");
	stop(&s);
	assert_true(has(&a, "203.0.113.7"));
	assert_int_equal(s.asked, 2);
	drop(&f);
}

TEST(both_kinds_are_asked_for_and_the_kind_that_has_an_uplink_comes_first)
{
	files f;
	name_server s;
	uplink six = { .ifindex = 1, .name = "lo", .has_default = true };

	NEED_NETNS();
	make(&f, "# comment\noptions edns0\nnameserver   127.0.0.1 \n");
	start(&s, "127.0.0.1", ANSWERS);
	dns_answer a = ask(&f, "home.example.net");
	assert_int_equal(a.outcome, DNS_FOUND);
	assert_int_equal(a.n, 2);
	assert_true(ip_equal(&a.at[0], &(ip_addr){ 4, { 203, 0, 113, 7 } }));
	assert_true(has(&a, "2001:db8::7"));
	six.local.addr = addr("2001:db8::1");
	f.conf.uplinks = &six;
	f.conf.n_uplinks = 1;
	a = ask(&f, "home.example.net");
	assert_int_equal(a.at[0].len, 16);
	six.has_default = false;
	a = ask(&f, "home.example.net");
	assert_int_equal(a.at[0].len, 4);
	stop(&s);
	drop(&f);
}

TEST(without_a_file_this_machine_is_asked)
{
	files f;
	name_server s;

	NEED_NETNS();
	make(&f, "");
	start(&s, "127.0.0.1", ANSWERS);
	unlink(f.resolv_conf);
	assert_int_equal(ask(&f, "home.example.net").outcome, DNS_FOUND);
	stop(&s);
	drop(&f);
}

TEST(one_server_that_answers_is_enough)
{
	files f;
	name_server silent, answers;

	NEED_NETNS();
	make(&f, "nameserver 127.0.0.1\nnameserver 127.0.0.3\nnameserver 127.0.0.2\n");
	start(&silent, "127.0.0.1", IS_SILENT);
	start(&answers, "127.0.0.2", ANSWERS);
	assert_int_equal(ask(&f, "home.example.net").n, 2);
	stop(&silent);
	stop(&answers);
	assert_int_equal(silent.asked, 2); /* A and AAAA, once */
	drop(&f);
}

TEST(an_answer_with_another_id_is_passed_over)
{
	files f;
	name_server s;

	NEED_NETNS();
	make(&f, "nameserver 127.0.0.1\n");
	start(&s, "127.0.0.1", IS_FORGED_FIRST);
	dns_answer a = ask(&f, "home.example.net");
	assert_true(a.n == 2 && has(&a, "203.0.113.7") && has(&a, "2001:db8::7"));
	stop(&s);
	drop(&f);
}

TEST(what_does_not_fit_is_got_by_tcp)
{
	files f;
	name_server s;

	NEED_NETNS();
	make(&f, "nameserver 127.0.0.1\n");
	start(&s, "127.0.0.1", CUTS);
	dns_answer a = ask(&f, "home.example.net");
	assert_true(a.n == 2 && has(&a, "203.0.113.8") && has(&a, "2001:db8::8"));
	stop(&s);
	assert_int_equal(s.asked_by_tcp, 2);
	drop(&f);
}

TEST(a_no_is_an_answer)
{
	files f;
	name_server s;

	NEED_NETNS();
	make(&f, "nameserver 127.0.0.1\n");
	for (behaviour how = KNOWS_NO_NAME; how <= FAILS; how++) {
		start(&s, "127.0.0.1", how);
		dns_answer a = ask(&f, "home.example.net");
		assert_true(a.outcome == DNS_NOT_FOUND && a.n == 0);
		stop(&s);
		assert_int_equal(s.asked, 2);
	}
	assert_int_equal(ask(&f, "no..name").outcome, DNS_NOT_FOUND);
	drop(&f);
}

TEST(silence_is_asked_twice_and_ends)
{
	files f;
	name_server s;

	NEED_NETNS();
	make(&f, "nameserver 127.0.0.1\n");
	f.conf.try_ms = AT_ONCE_MS;
	start(&s, "127.0.0.1", IS_SILENT);
	assert_int_equal(ask(&f, "home.example.net").outcome, DNS_SILENT);
	stop(&s);
	assert_int_equal(s.asked, 4);
	drop(&f);
}

TEST(once_one_kind_is_there_the_other_is_waited_for_a_moment_only)
{
	files f;
	name_server s;

	NEED_NETNS();
	make(&f, "nameserver 127.0.0.1\n");
	f.conf.other_kind_ms = AT_ONCE_MS;
	start(&s, "127.0.0.1", ANSWERS_FOR_IPV4);
	dns_answer a = ask(&f, "home.example.net");
	stop(&s);
	assert_true(a.n == 1 && has(&a, "203.0.113.7"));
	assert_int_equal(s.asked, 2);
	drop(&f);
}

TEST(where_nobody_listens_or_no_uplink_leads_there_is_no_waiting)
{
	files f;

	NEED_NETNS();
	make(&f, "nameserver 127.0.0.1\nnameserver 192.0.2.53\nnameserver fe80::1%lo\n");
	assert_int_equal(ask(&f, "home.example.net").outcome, DNS_SILENT);
	drop(&f);
}

typedef struct asked {
	io_loop *loop;
	unsigned times;
	dns_answer answers[3];
} asked;

static void on_done(void *ctx, const dns_answer *answers)
{
	asked *a = ctx;

	a->times++;
	memcpy(a->answers, answers, sizeof a->answers);
	io_loop_stop(a->loop);
}

static const char *const three[] = { "home.example.net", "no..name", "relay.example.net" };

TEST(several_names_are_answered_together_and_in_their_order)
{
	files f;
	name_server s;
	asked a = { 0 };
	err e = { 0 };

	NEED_NETNS();
	make(&f, "nameserver 127.0.0.1\n");
	assert_true(own_etc_file("hosts", "192.0.2.9 relay.example.net\n"));
	start(&s, "127.0.0.1", ANSWERS);
	a.loop = io_loop_new(&e);
	dns_ask *ask = dns_ask_new(a.loop, &f.conf, three, 3, on_done, &a, &e);
	assert_non_null(ask);
	assert_int_equal(a.times, 0);
	io_loop_run(a.loop);
	stop(&s);
	assert_int_equal(a.times, 1);
	assert_true(a.answers[0].n == 2 && has(&a.answers[0], "203.0.113.7"));
	assert_int_equal(a.answers[1].outcome, DNS_NOT_FOUND);
	assert_true(a.answers[2].n == 1 && has(&a.answers[2], "192.0.2.9"));
	dns_ask_free(ask);
	io_loop_free(a.loop);
	drop(&f);
}

TEST(who_gave_up_is_told_nothing)
{
	files f;
	name_server s;
	asked a = { 0 };
	err e = { 0 };

	NEED_NETNS();
	make(&f, "nameserver 127.0.0.1\n");
	start(&s, "127.0.0.1", ANSWERS);
	a.loop = io_loop_new(&e);
	dns_ask_free(dns_ask_new(a.loop, &f.conf, three, 3, on_done, &a, &e));
	io_loop_run(a.loop); /* nothing is left to wait for */
	assert_int_equal(a.times, 0);
	io_loop_free(a.loop);
	stop(&s);
	drop(&f);
}

/* Two links; the system's routes lead to the name server by lan0, the uplink's own by wan0. */
static void make_links(uplink *up)
{
	assert_true(run("ip link add wan0 type veth peer name wan1 && ip addr add 192.0.2.10/24 "
			"dev wan0 && ip link set wan1 up && ip link set wan0 up && "
			"ip route add default via 192.0.2.1"));
	assert_true(run("ip link add lan0 type veth peer name lan1 && ip link set lan1 up && "
			"ip link set lan0 up && ip addr add 192.168.1.1/24 dev lan0 && "
			"ip route add 198.51.100.53 dev lan0"));
	*up = (uplink){ .name = "wan0",
			.has_default = true,
			.ifindex = if_nametoindex("wan0"),
			.local = { ip4(192, 0, 2, 10), 24 } };
}

TEST(questions_leave_by_the_uplink_whatever_the_routes_say)
{
	files f;
	uplink up;

	NEED_NETNS();
	make_links(&up);
	make(&f, "nameserver 198.51.100.53\n");
	f.conf.uplinks = &up;
	f.conf.n_uplinks = 1;
	f.conf.try_ms = AT_ONCE_MS;
	assert_int_equal(ask(&f, "home.example.net").outcome, DNS_SILENT);
	assert_int_equal(lines_with("ip neigh show dev wan0", "192.0.2.1 "), 1);
	assert_int_equal(lines_with("ip neigh show dev lan0", "198.51.100.53 "), 0);
	drop(&f);
}

TEST(by_routes_they_leave_as_these_say)
{
	files f;
	uplink up;

	NEED_NETNS();
	make_links(&up);
	make(&f, "nameserver 198.51.100.53\n");
	f.conf.by_routes = true;
	f.conf.try_ms = AT_ONCE_MS;
	assert_int_equal(ask(&f, "home.example.net").outcome, DNS_SILENT);
	assert_int_equal(lines_with("ip neigh show dev wan0", "192.0.2.1 "), 0);
	assert_int_equal(lines_with("ip neigh show dev lan0", "198.51.100.53 "), 1);
	drop(&f);
}

TEST(a_link_that_is_gone_is_not_asked_over_another)
{
	files f;
	uplink up;

	NEED_NETNS();
	make_links(&up);
	make(&f, "nameserver 198.51.100.53\n");
	strcpy(up.name, "gone0");
	f.conf.uplinks = &up;
	f.conf.n_uplinks = 1;
	assert_int_equal(ask(&f, "home.example.net").outcome, DNS_SILENT);
	assert_int_equal(lines_with("ip neigh show", "192.0.2.1 "), 0);
	drop(&f);
}

TEST(a_name_server_at_an_address_of_this_machine_is_asked_without_an_uplink)
{
	files f;
	name_server s;

	NEED_NETNS();
	make(&f, "nameserver 198.51.100.53\n");
	assert_true(run("ip addr add 198.51.100.53/32 dev lo"));
	start(&s, "198.51.100.53", ANSWERS);
	assert_int_equal(ask(&f, "home.example.net").outcome, DNS_FOUND);
	stop(&s);
	drop(&f);
}

TEST(behind_a_resolver_of_this_machine_its_own_servers_are_asked_too)
{
	files f;
	name_server s;
	char upstream[64];

	NEED_NETNS();
	make(&f, "nameserver 127.0.0.53\n"); /* where nobody listens */
	snprintf(upstream, sizeof upstream, "%s/upstream", f.dir);
	put(upstream, "nameserver 198.51.100.53\n");
	f.conf.upstream = upstream;
	assert_true(run("ip addr add 198.51.100.53/32 dev lo"));
	start(&s, "198.51.100.53", ANSWERS);
	assert_int_equal(ask(&f, "home.example.net").outcome, DNS_FOUND);
	stop(&s);
	start(&s, "198.51.100.53", ANSWERS);
	put(f.resolv_conf, "nameserver 192.0.2.53\n"); /* no resolver of this machine */
	f.conf.try_ms = AT_ONCE_MS;
	assert_int_equal(ask(&f, "home.example.net").outcome, DNS_SILENT);
	stop(&s);
	assert_int_equal(s.asked, 0);
	unlink(upstream);
	drop(&f);
}

TEST(a_name_server_at_a_links_own_address_is_asked_on_that_link)
{
	files f;
	uplink up;

	NEED_NETNS();
	make_links(&up);
	assert_true(run("ip addr add fe80::10/64 dev wan0 nodad"));
	make(&f, "nameserver fe80::53%wan0\nnameserver fe80::54%lan0\n");
	up.local = (ip_prefix){ addr("fe80::10"), 64 };
	f.conf.uplinks = &up;
	f.conf.n_uplinks = 1;
	f.conf.try_ms = AT_ONCE_MS;
	assert_int_equal(ask(&f, "home.example.net").outcome, DNS_SILENT);
	assert_int_equal(lines_with("ip neigh show dev wan0", "fe80::53 "), 1);
	assert_int_equal(lines_with("ip neigh show", "fe80::54 "), 0);
	drop(&f);
}

RUN(T(what_hosts_has_is_not_asked_about),
    T(both_kinds_are_asked_for_and_the_kind_that_has_an_uplink_comes_first),
    T(without_a_file_this_machine_is_asked), T(one_server_that_answers_is_enough),
    T(an_answer_with_another_id_is_passed_over), T(what_does_not_fit_is_got_by_tcp),
    T(a_no_is_an_answer), T(silence_is_asked_twice_and_ends),
    T(once_one_kind_is_there_the_other_is_waited_for_a_moment_only),
    T(where_nobody_listens_or_no_uplink_leads_there_is_no_waiting),
    T(several_names_are_answered_together_and_in_their_order), T(who_gave_up_is_told_nothing),
    T(questions_leave_by_the_uplink_whatever_the_routes_say), T(by_routes_they_leave_as_these_say),
    T(a_link_that_is_gone_is_not_asked_over_another),
    T(a_name_server_at_an_address_of_this_machine_is_asked_without_an_uplink),
    T(behind_a_resolver_of_this_machine_its_own_servers_are_asked_too),
    T(a_name_server_at_a_links_own_address_is_asked_on_that_link))
