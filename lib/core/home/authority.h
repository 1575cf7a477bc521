/* SPDX-License-Identifier: MIT */
/* authority.h - who verifies the credentials of clients whose key home does not hold: a password by an AAA server, a
 * key of a broker's.
 *
 * It is asked when a request comes under its SPI, and once more with every answer that it had the registration wait
 * for (HOME_WAIT_AUTHORITY), until it passes or refuses. In between it keeps nothing but its question, which lies in
 * the transaction and is wiped with it: what a further round needs (RADIUS: State) goes in there. No effects. */
#ifndef HW_CORE_HOME_AUTHORITY_H
#define HW_CORE_HOME_AUTHORITY_H

#include "core/home/verdict.h"
#include "core/reg/scan.h"

enum { HOME_QUESTION_MAX = 512 };
typedef struct home_question { /* zeros at first */
	size_t n;
	uint8_t octets[HOME_QUESTION_MAX];
} home_question;

typedef struct home_authority {
	uint32_t
		spi; /* of requests that it verifies; below ESP_MIN_SPI, so that it is nobody's pseudonym */
	/* answer NULL: it has not asked yet. Waits for HOME_WAIT_AUTHORITY alone. Where it passes it has filled in *who,
	 * whom home serves from then on, under that key in place of another that the client may have had. */
	home_verdict (*verify)(const reg_scan *request, const home_answer *answer, home_question *q,
			       home_client_conf *who);
} home_authority;

#endif
