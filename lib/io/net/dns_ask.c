/* SPDX-License-Identifier: MIT */
/* dns_ask.c - Theory of operation. An exchange is with one name server over one uplink: by a connected UDP socket,
 * so that only the server's answers and the network's errors come in. Each asks for both kinds of addresses at
 * once, twice if need be; the first addresses of a kind settle it, as does a negative answer in every exchange.
 * Once one kind is there the other is waited for a moment only (as in RFC 8305 3). */
#include "io/net/dns_ask.h"
#include "base/clock.h"
#include "io/net/dns_conf.h"
#include "io/net/dns_tcp.h"
#include "proto/dns.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

enum {
	ROUNDS = 2,
	ROUND_MS = 1500,
	OTHER_KIND_MS = 300,
	EXCHANGES = 16,
	DATAGRAM = 4096,
	BURST = 16
};
enum { V4, V6, KINDS };
static const uint16_t types[KINDS] = { DNS_A, DNS_AAAA };

typedef struct exchange {
	int fd; /* -1: it is over */
	endpoint server;
	const uplink *up; /* NULL: the server is on this machine */
	uint16_t id[KINDS];
	bool done[KINDS];
} exchange;

typedef struct asking {
	const char *host;
	unsigned round_ms, other_kind_ms;
	exchange exchanges[EXCHANGES];
	unsigned n_exchanges;
	ip_addr found[KINDS][DNS_ASK_ADDRESSES];
	unsigned n_found[KINDS];
	bool answered;
	uint64_t until_ms;
} asking;

static bool bind_exchange(int fd, const uplink *up)
{
	struct sockaddr_storage ss;
	endpoint local = { .addr = up->local.addr };

	if (ip_is_link_local6(&local.addr))
		local.scope = up->ifindex;
	socklen_t n = endpoint_to_sockaddr(&local, &ss);
	const int mark = (int)up->mark;
	if (mark && setsockopt(fd, SOL_SOCKET, SO_MARK, &mark, sizeof mark) < 0)
		return false;
	return setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, up->name, (socklen_t)strlen(up->name)) ==
		       0 &&
	       bind(fd, (struct sockaddr *)&ss, n) == 0;
}

/* The source port is the kernel's choice, which is random. */
static bool exchange_open(exchange *x, const endpoint *server, const uplink *up)
{
	struct sockaddr_storage ss;
	socklen_t n = endpoint_to_sockaddr(server, &ss);

	*x = (exchange){ .server = *server, .up = up };
	if (getrandom(x->id, sizeof x->id, 0) != sizeof x->id)
		return false;
	x->fd = socket(ss.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (x->fd < 0)
		return false;
	if ((!up || bind_exchange(x->fd, up)) && connect(x->fd, (struct sockaddr *)&ss, n) == 0)
		return true;
	close(x->fd);
	return false;
}

static void exchange_close(exchange *x)
{
	if (x->fd >= 0)
		close(x->fd);
	x->fd = -1;
}

static void add_exchange(asking *a, const endpoint *server, const uplink *up)
{
	if (a->n_exchanges < EXCHANGES && exchange_open(&a->exchanges[a->n_exchanges], server, up))
		a->n_exchanges++;
}

static bool reaches(const uplink *u, const endpoint *server)
{
	if (ip_is_link_local6(&server->addr))
		return u->ifindex == server->scope;
	return uplink_can_reach(u, &server->addr);
}

/* Several addresses of one link are one exchange. */
static void add_exchanges(asking *a, const dns_ask_conf *c, const endpoint *server)
{
	uint32_t last = 0;

	if (dns_conf_is_loopback(&server->addr)) {
		add_exchange(a, server, NULL);
		return;
	}
	for (unsigned i = 0; i < c->n_uplinks; i++) {
		if (c->uplinks[i].ifindex == last || !reaches(&c->uplinks[i], server))
			continue;
		add_exchange(a, server, &c->uplinks[i]);
		last = c->uplinks[i].ifindex;
	}
}

/* Files that are not there stand for this machine itself, which is asked already. */
static void add_upstream(asking *a, const dns_ask_conf *c)
{
	const char *files[] = { "/run/systemd/resolve/resolv.conf",
				"/run/NetworkManager/no-stub-resolv.conf" };
	endpoint servers[DNS_SERVERS];

	if (c->upstream)
		files[0] = files[1] = c->upstream;
	for (unsigned i = 0; i < 2; i++) {
		unsigned n = dns_conf_servers(files[i], servers);
		for (unsigned k = 0; k < n; k++)
			if (!dns_conf_is_loopback(&servers[k].addr))
				add_exchanges(a, c, &servers[k]);
	}
}

static size_t write_query(const asking *a, const exchange *x, unsigned kind,
			  uint8_t out[DNS_QUERY_MAX])
{
	const dns_question q = { .id = x->id[kind], .type = types[kind], .host = a->host };
	wire_wr to = wire_writer(out, DNS_QUERY_MAX);

	return dns_query_put(&to, &q) ? wire_len(&to) : 0;
}

static void send_queries(const asking *a, exchange *x)
{
	uint8_t query[DNS_QUERY_MAX];

	for (unsigned kind = 0; kind < KINDS && x->fd >= 0; kind++) {
		size_t n = write_query(a, x, kind, query);
		if (n == 0 || (!x->done[kind] && send(x->fd, query, n, 0) < 0 && errno != EAGAIN))
			exchange_close(x);
	}
}

static void shorten_wait(asking *a)
{
	uint64_t until = clock_mono_ms() + a->other_kind_ms;

	if (until < a->until_ms)
		a->until_ms = until;
}

static dns_verdict read_answer(asking *a, const exchange *x, unsigned kind, const uint8_t *p,
			       size_t n)
{
	const dns_question q = { .id = x->id[kind], .type = types[kind], .host = a->host };
	ip_addr found[DNS_ASK_ADDRESSES];
	unsigned n_found;
	dns_verdict v = dns_answer_get(p, n, &q, found, DNS_ASK_ADDRESSES, &n_found);

	if (v != DNS_ADDRESSES || a->n_found[kind])
		return v;
	memcpy(a->found[kind], found, n_found * sizeof *found);
	a->n_found[kind] = n_found;
	shorten_wait(a);
	return v;
}

static dns_verdict read_by_tcp(asking *a, const exchange *x, unsigned kind)
{
	uint8_t query[DNS_QUERY_MAX], *answer = malloc(DNS_TCP_MAX);
	size_t n = write_query(a, x, kind, query);

	if (!answer)
		return DNS_CUT;
	size_t got = dns_tcp_ask(&x->server, x->up, query, n, answer, a->round_ms);
	dns_verdict v = got ? read_answer(a, x, kind, answer, got) : DNS_CUT;
	free(answer);
	return v;
}

static void take_datagram(asking *a, exchange *x, const uint8_t *p, size_t n)
{
	for (unsigned kind = 0; kind < KINDS; kind++) {
		if (x->done[kind])
			continue;
		dns_verdict v = read_answer(a, x, kind, p, n);
		if (v == DNS_NOT_OURS)
			continue;
		x->done[kind] = true;
		if (v == DNS_CUT)
			v = read_by_tcp(a, x, kind);
		a->answered |= v == DNS_ADDRESSES || v == DNS_EMPTY || v == DNS_REFUSED;
		return;
	}
}

static void receive(asking *a, exchange *x)
{
	uint8_t p[DATAGRAM];

	for (unsigned i = 0; i < BURST; i++) {
		ssize_t n = recv(x->fd, p, sizeof p, 0);
		if (n >= 0) {
			take_datagram(a, x, p, (size_t)n);
			continue;
		}
		if (errno != EAGAIN && errno != EINTR)
			exchange_close(x); /* nobody there, or no route to it */
		return;
	}
}

static bool is_settled(const asking *a)
{
	for (unsigned kind = 0; kind < KINDS; kind++)
		for (unsigned i = 0; i < a->n_exchanges && !a->n_found[kind]; i++)
			if (a->exchanges[i].fd >= 0 && !a->exchanges[i].done[kind])
				return false;
	return true;
}

static void collect(asking *a)
{
	struct pollfd p[EXCHANGES];

	for (;;) {
		uint64_t now = clock_mono_ms();
		if (is_settled(a) || now >= a->until_ms)
			return;
		for (unsigned i = 0; i < a->n_exchanges; i++)
			p[i] = (struct pollfd){ .fd = a->exchanges[i].fd, .events = POLLIN };
		if (poll(p, a->n_exchanges, (int)(a->until_ms - now)) <= 0)
			continue;
		for (unsigned i = 0; i < a->n_exchanges; i++)
			if (p[i].fd >= 0 && p[i].revents)
				receive(a, &a->exchanges[i]);
	}
}

static void ask_servers(asking *a)
{
	for (unsigned i = 0; i < ROUNDS && !is_settled(a) && !a->n_found[V4] && !a->n_found[V6];
	     i++) {
		a->until_ms = clock_mono_ms() + a->round_ms;
		for (unsigned k = 0; k < a->n_exchanges; k++)
			send_queries(a, &a->exchanges[k]);
		collect(a);
	}
	for (unsigned i = 0; i < a->n_exchanges; i++)
		exchange_close(&a->exchanges[i]);
}

/* Either kind has half of the room for sure. */
static unsigned choose(const asking *a, bool v6_first, ip_addr out[DNS_ASK_ADDRESSES])
{
	enum { HALF = DNS_ASK_ADDRESSES / 2 };
	unsigned first = v6_first ? V6 : V4, second = !first;
	unsigned n2 = a->n_found[second], n1 = a->n_found[first];
	unsigned least = n2 < HALF ? n2 : HALF;

	if (n1 > DNS_ASK_ADDRESSES - least)
		n1 = DNS_ASK_ADDRESSES - least;
	if (n2 > DNS_ASK_ADDRESSES - n1)
		n2 = DNS_ASK_ADDRESSES - n1;
	memcpy(out, a->found[first], n1 * sizeof *out);
	memcpy(out + n1, a->found[second], n2 * sizeof *out);
	return n1 + n2;
}

static bool has_v6(const dns_ask_conf *c)
{
	for (unsigned i = 0; i < c->n_uplinks; i++)
		if (c->uplinks[i].local.addr.len == 16 && c->uplinks[i].has_default)
			return true;
	return false;
}

static bool can_be_asked(const asking *a)
{
	uint8_t query[DNS_QUERY_MAX];

	return write_query(a, &(exchange){ .fd = -1 }, V4, query) > 0;
}

dns_outcome dns_ask(const dns_ask_conf *c, const char *host, ip_addr out[DNS_ASK_ADDRESSES],
		    unsigned *n)
{
	endpoint servers[DNS_SERVERS];
	asking a = { .host = host,
		     .round_ms = c->round_ms ? c->round_ms : ROUND_MS,
		     .other_kind_ms = c->other_kind_ms ? c->other_kind_ms : OTHER_KIND_MS };

	*n = dns_conf_hosts(c->hosts ? c->hosts : "/etc/hosts", host, out, DNS_ASK_ADDRESSES);
	if (*n)
		return DNS_FOUND;
	if (!can_be_asked(&a))
		return DNS_NOT_FOUND;
	unsigned n_servers =
		dns_conf_servers(c->resolv_conf ? c->resolv_conf : "/etc/resolv.conf", servers);
	bool stub = false;
	for (unsigned i = 0; i < n_servers; i++) {
		add_exchanges(&a, c, &servers[i]);
		stub |= dns_conf_is_loopback(&servers[i].addr);
	}
	if (stub)
		add_upstream(&a, c);
	ask_servers(&a);
	*n = choose(&a, has_v6(c), out);
	return *n ? DNS_FOUND : a.answered ? DNS_NOT_FOUND : DNS_SILENT;
}
