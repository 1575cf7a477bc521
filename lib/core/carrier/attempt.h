/* SPDX-License-Identifier: MIT */
/* attempt.h - one address of the multiplexer or one proxy that is tried: connects, asks for a tunnel by one
 * method after the other, each over a fresh connection, until one is up; and then is that tunnel. */
#ifndef HW_CORE_CARRIER_ATTEMPT_H
#define HW_CORE_CARRIER_ATTEMPT_H

#include "core/carrier/plain.h"
#include "core/carrier/upgrade.h"

typedef enum carrier_attempt_state {
	ATTEMPT_IDLE,
	ATTEMPT_CONNECTING,
	ATTEMPT_ASKING, /* for a tunnel, by an upgrade */
	ATTEMPT_PLAIN,  /* plain requests are under way */
	ATTEMPT_UP,
} carrier_attempt_state;

typedef struct carrier_attempt {
	carrier_attempt_state state;
	carrier_method first, method; /* to begin with; now */
	bool only_first;              /* no other method: another attempt tries them */
	carrier_route route;
	carrier_conn conn; /* of an upgrade, and its tunnel */
	carrier_upgrade upgrade;
	carrier_plain *plain;
	carrier_tunnel tunnel;
	uint64_t answer_ms;  /* the answer to an upgrade is waited for until then */
	carrier_error error; /* the one that explains most so far */
} carrier_attempt;

/* Its connections are number and number + 1. */
void carrier_attempt_init(carrier_attempt *a, const carrier_route *r, unsigned number,
			  carrier_method first);
/* CARRIER_READY, here and below: the tunnel is up. CARRIER_FAILED: a->error; to be ended. */
carrier_result carrier_attempt_begin(carrier_attempt *a, uint64_t now_ms);
void carrier_attempt_end(carrier_attempt *a);    /* closes at once */
void carrier_attempt_finish(carrier_attempt *a); /* it is up: says goodbye, and ends it */

/* Events of its first connection (half 0), or its second (1). */
carrier_result carrier_attempt_opened(carrier_attempt *a, uint64_t now_ms, unsigned half);
/* Octets that are not used are to be given again, after what this brought was dealt with. */
carrier_result carrier_attempt_octets(carrier_attempt *a, uint64_t now_ms, unsigned half,
				      uint8_t *p, size_t n, size_t *used);
carrier_result carrier_attempt_closed(carrier_attempt *a, uint64_t now_ms, unsigned half,
				      const char *what);
carrier_result carrier_attempt_refused(carrier_attempt *a, uint64_t now_ms, unsigned half,
				       carrier_error_rank rank, const char *why);
carrier_result carrier_attempt_timer(carrier_attempt *a, uint64_t now_ms); /* it has expired */
uint64_t carrier_attempt_next_timer_ms(const carrier_attempt *a);          /* UINT64_MAX: none */
/* It took too long as a whole: sets the error to report. */
void carrier_attempt_time_out(carrier_attempt *a);

/* The tunnel, once it is up. */
carrier_up_event carrier_attempt_describe(const carrier_attempt *a);
bool carrier_attempt_can_write(const carrier_attempt *a, uint64_t now_ms);
/* Framed datagrams; there is room for CARRIER_REQUEST_MAX octets before them. */
void carrier_attempt_write(carrier_attempt *a, uint64_t now_ms, uint8_t *p, size_t n);
/* What the framing answers, if there is something and it can be written. */
void carrier_attempt_write_reply(carrier_attempt *a);
/* Datagrams have waited so long for carrier_attempt_can_write(). */
void carrier_attempt_note_wait(const carrier_attempt *a, uint64_t wait_ms);

#endif
