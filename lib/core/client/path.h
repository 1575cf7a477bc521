/* SPDX-License-Identifier: MIT */
/* path.h - a way to an agent, and all that is known of it; part of priv.h. */
#ifndef HW_CORE_CLIENT_PATH_H
#define HW_CORE_CLIENT_PATH_H

#include "core/client/core.h"
#include "core/packet/tunnel_mtu.h"

#define NEVER UINT64_MAX

typedef struct client_agent { /* where a path may lead; number 0 is home */
	bool used;
	path_kind kind;
	bool is_relay;     /* else it is home */
	reg_relay relay;   /* if it is one; by a multiplexer: without an address */
	bool advertised;   /* it said so itself: */
	uint32_t ifindex;  /* on this link; 0: reachable from anywhere */
	uint16_t sequence; /* of its last advertisement */
	uint64_t until_ms; /* the advertisement's lifetime; NEVER: no end */
} client_agent;

typedef enum carrier_state { CARRIER_CLOSED, CARRIER_OPENING, CARRIER_UP } carrier_state;
typedef enum path_check { CHECK_NONE, CHECK_ASKING, CHECK_FOREIGN } path_check;

typedef struct client_path {
	bool used;
	uint16_t name; /* in echoes; never 0, not given again soon */
	uint32_t sock;
	uplink up;
	uint8_t agent;   /* index */
	path_kind kind;  /* of that agent */
	bool by_relay;   /* that agent is one */
	endpoint remote; /* where traffic goes; by a carrier: the other end of its connection */
	uint32_t tries;  /* requests in this attempt: chooses among home's addresses and ports */

	uint32_t rtt_us;        /* smoothed; 0: not known */
	bool answering;         /* something authentic came over it, and it has not failed since */
	bool failed;            /* does not answer */
	uint8_t failures;       /* how often that happened of late */
	uint64_t not_before_ms; /* no climbing back to it earlier: it failed */
	uint64_t last_rx_ms, last_tx_ms, last_data_ms;
	uint64_t waiting_ms; /* since this send nothing came back; NEVER: nothing unanswered */
	bool waits_idly;     /* that was a keepalive: nobody is in a hurry */
	uint64_t probe_ms;   /* the next echo of liveness */
	uint32_t probe_gap_ms;
	uint64_t proven_ms;   /* our packets reached home: it answered one */
	uint64_t unproven_ms; /* since this echo none was answered; NEVER: none is out */
	uint64_t proof_ms;    /* the next one then */

	uint64_t try_ms; /* a standby that is better than the active one: its next echo */
	uint32_t try_gap_ms;

	bool nat;
	uint16_t keepalive_s;

	tunnel_mtu mtu;
	bool mtu_on;
	bool mtu_sleeps;   /* found, and nobody sends: not searched upward */
	uint16_t mtu_told; /* what home heard of us */
	uint64_t tell_ms;  /* tell it then; NEVER: told */
	uint8_t tell_n;
	uint8_t big_lost;     /* full-size echoes in a row unanswered, while small ones were */
	uint32_t big_id;      /* the one on its way; 0: none */
	uint64_t big_sent_ms; /* when it left */
	uint64_t last_use_ms; /* inner packets either way */
	uint64_t checked_ms;  /* that large packets pass */
	uint64_t suspect_ms;  /* no suspicion of a black hole before */

	path_check check;
	uint8_t check_n;
	uint64_t check_ms; /* next request to the home link, or the end of patience */

	/* By a multiplexer: */
	carrier_state carrier;
	uint64_t open_ms;     /* to be opened then; NEVER: not wanted, or under way */
	uint32_t open_gap_ms; /* after the next failure; 0: there was none */
	char way[CLIENT_WAY]; /* how it got through, as the shell puts it */
	uint64_t rest_ms;     /* not opened earlier: it failed */
	uint64_t linger_ms;   /* to be closed then, if it stays unwanted; NEVER: wanted */

	/* By a relay: */
	uint64_t admitted_ms;     /* it carries our packets until then; 0: it doesn't */
	uint64_t standby_ms;      /* a standby's next registration; NEVER: none planned */
	uint64_t standby_sent_ms; /* its last */
	reg_key3 key3;            /* of the last registration there; spi 0: none */
} client_path;

#endif
