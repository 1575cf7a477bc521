/* SPDX-License-Identifier: MIT */
/* carrier_trial.h - a carrier's core in virtual time, and the hosts that it connects to: multiplexers, proxies,
 * and web servers that are neither, each as its script says. A tunnel sends back what it gets. */
#ifndef HW_TESTS_CARRIER_TRIAL_H
#define HW_TESTS_CARRIER_TRIAL_H

#include "core/carrier/core.h"
#include "core/carrier/hint.h"
#include "core/http/framing.h"
#include "core/http/http.h"
#include "../unit/unit.h"

typedef struct host_script {
	bool connect_udp, websocket, plain; /* what it takes; the rest gets 404 */
	bool swallow_upgrades;              /* to either */
	bool swallow_connect_udp;
	bool silent;          /* accepts connections and says nothing */
	bool absent;          /* does not even accept them */
	const char *unopened; /* the system does not even begin to connect, for this reason */
	const char *refuses;  /* connections, with this reason */
	const char *raw;      /* answers every request with these octets */
	/* As a proxy: */
	bool proxy;                  /* takes CONNECT, and is the multiplexer itself after it */
	unsigned refuse_connect;     /* with this status */
	bool challenge_plain;        /* asks for credentials only where CONNECT was refused */
	const char *user, *password; /* it asks for these; NULL: none */
	bool digest;                 /* not by Basic */
	unsigned wrong;              /* status for other credentials; 0: asks again */
	unsigned stale;              /* so often it calls the nonce stale */
	unsigned connect_status;     /* of the answer that accepts CONNECT; 0: 200 */
	const char *after_connect;   /* octets that follow it */
	const char *tls_unbegun; /* the system does not even begin TLS behind it, for this reason */
	const char *tls_fails;   /* with this reason */
	/* Plain requests: */
	bool whole;       /* keeps the answer to a GET back until it has ended */
	bool continues;   /* 100 comes before each answer */
	bool close_posts; /* Connection: close with every answer to a POST */
	unsigned
		lost_post; /* never answers this POST of a connection and those behind it; 0: does */
	unsigned cut_post;    /* closes the connection in place of answering this POST of it */
	bool end_gets;        /* ends the answer to a GET after each datagram */
	unsigned post_status; /* of answers to POSTs; 0: 204 */
	const char *body;     /* sent together with the head of the answer to a GET */
	size_t body_n;
	unsigned rate; /* octets a millisecond that it reads; 0: no limit */
} host_script;

enum { TRIAL_HOSTS = 10, TRIAL_LATENCY_MS = 10, TRIAL_LOG = 1 << 16, TRIAL_EVENTS = 8192 };

typedef struct host_peer { /* a host's end of a connection */
	struct trial *trial;
	const host_script *script;
	unsigned conn;
	http_parser *http;
	const http_head *head;
	framing *framing;     /* of a tunnel, or of a POST's body */
	bool tunnel, through; /* behind CONNECT */
	bool is_post, ends_soon, stop;
	unsigned posts;
} host_peer;

typedef struct trial_connection {
	unsigned generation; /* events of an earlier one are void */
	bool open, opening, tls, finished;
	const host_script *script;
	host_peer *peer;
	uint64_t free_ms; /* what was written has left then */
	bool asked_full;  /* is_full() was true: `writable` follows */
	uint64_t opened_ms;
	const carrier_proxy *socks;
} trial_connection;

typedef enum trial_event_kind {
	EVENT_OPENED,
	EVENT_TO_HOST,
	EVENT_OCTETS,
	EVENT_CLOSED,
	EVENT_WRITABLE
} trial_event_kind;
typedef struct trial_event {
	uint64_t at_ms, order;
	trial_event_kind kind;
	unsigned conn, generation;
	uint8_t *data;
	size_t n;
	const char *why;
} trial_event;

typedef struct trial {
	uint64_t now_ms, orders;
	host_script hosts[TRIAL_HOSTS]; /* number I is at 192.0.2.I, any port */
	carrier_mux mux;
	carrier_conf conf;
	carrier_core *core;
	trial_connection connections[CARRIER_CONNECTIONS];
	trial_event events[TRIAL_EVENTS];
	unsigned n_events;
	unsigned ask_again; /* so often a proxy asks for credentials though it has them */
	host_peer *get;     /* the GET that is held */
	uint8_t held[1 << 16];
	size_t held_n;

	/* What came of it. */
	bool up, down;
	uint64_t up_ms, down_ms;
	carrier_method method;
	char proxy[CARRIER_PROXY_NAME], why[256];
	unsigned failed; /* attempts */
	carrier_error last_failure;
	unsigned opened; /* connections, in all */
	unsigned finishes;
	unsigned got, batches, in_batch;
	uint32_t last; /* number of the last datagram that came */
	bool in_order;
	uint64_t wait_ms; /* the longest that was noted */
	unsigned posts, gets;
	uint64_t post_ms[64]; /* when the first of them came to the host */
	unsigned heard;       /* datagrams, by hosts */
	uint32_t awaited;     /* this one is looked out for */
	unsigned awaited_at;  /* so many had come with it; 0: it has not come */
	char log[TRIAL_LOG];  /* the request lines that hosts saw, and Authorization fields */
	uint8_t goodbye[512]; /* what was written last */
	size_t goodbye_n;
} trial;

/* One multiplexer, host 1, by http. Change what you like, then trial_begin(). */
trial *trial_new(const host_script *mux);
void trial_begin(trial *t);
void trial_free(trial *t);
void trial_add_address(trial *t, unsigned host, const host_script *s);
void trial_add_proxy(trial *t, unsigned host, proxy_kind kind, const host_script *s);
void trial_hint(trial *t, carrier_method m, const char *proxy);
void trial_run(trial *t, uint64_t ms);
bool trial_run_until_settled(trial *t); /* up or down; true: up */
void trial_hang_up(trial *t);           /* every host closes every connection */
bool trial_saw(const trial *t, const char *text);
unsigned trial_count(const trial *t, const char *text); /* how often a host saw that */
unsigned trial_open_connections(const trial *t);
/* Datagrams numbered from `from` on, each of a flow of its own, and a flush. */
void trial_send(trial *t, uint32_t from, uint32_t n, size_t len);
void trial_send_one(trial *t, uint32_t flow, uint32_t number, size_t len);
/* Comes up by that method, and 30 datagrams go there and back. */
void trial_assert_carries(trial *t, carrier_method m);

/* Between its files: carrier_host.c. */
host_peer *host_accept(trial *t, unsigned conn, const host_script *s);
void host_octets(host_peer *p, uint8_t *data, size_t n);
void host_free(host_peer *p);
void trial_to_client(trial *t, unsigned conn, const void *p, size_t n);
void trial_close_to_client(trial *t, unsigned conn, const char *why);
void trial_log(trial *t, const char *a, const char *b);

#endif
