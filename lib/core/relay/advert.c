/* SPDX-License-Identifier: MIT */
#include "core/relay/advert.h"

#include <string.h>

enum {
	AFTER_ROLL_OVER = 256, /* RFC 5944 2.3.2: 0 to 255 mean a restart */
	ANSWERS_PER_S = 10,
	ANSWERS_BURST = 20,
	JITTER_PERCENT = 25,
};

void relay_advert_start(relay_advert *m, const char *name, uint16_t port, uint32_t interval_s,
			uint32_t lifetime_s)
{
	*m = (relay_advert){ .interval_s = interval_s,
			     .lifetime_s = lifetime_s ? lifetime_s : 3 * interval_s };
	m->answers = (rate_limit){ .per_s = ANSWERS_PER_S, .burst = ANSWERS_BURST };
	m->what = (agent_adv){ .router_lifetime_s = (uint16_t)m->lifetime_s,
			       .registration_lifetime_s = UINT16_MAX,
			       .flags = AGENT_R | AGENT_F | AGENT_T | AGENT_U,
			       .port = port,
			       .sa2 = true };
	strncpy(m->what.name, name, AGENT_NAME_MAX);
}

static void count(relay_advert *m)
{
	uint16_t *n = &m->what.sequence;

	if (m->said)
		*n = *n == UINT16_MAX ? AFTER_ROLL_OVER : (uint16_t)(*n + 1);
	m->said = true;
}

size_t relay_advert_next(relay_advert *m, const ip_addr *from, uint8_t out[ADVERT_MAX])
{
	count(m);
	m->what.care_of = *from;
	return agent_adv_put(&m->what, out, ADVERT_MAX);
}

size_t relay_advert_goodbye(relay_advert *m, const ip_addr *from, uint8_t out[ADVERT_MAX])
{
	m->what.router_lifetime_s = 0;
	return relay_advert_next(m, from, out);
}

void relay_advert_sent(relay_advert *m, core_time now, uint32_t random)
{
	uint64_t ms = m->interval_s * 1000ull;

	m->due_ms = now.ms + ms - ms * JITTER_PERCENT / 100 * (random % 1000) / 1000;
}

bool relay_advert_solicited(relay_advert *m, core_time now)
{
	return rate_take(&m->answers, now.ms);
}
