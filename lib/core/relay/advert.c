/* SPDX-License-Identifier: MIT */
#include "core/relay/advert.h"

#include <string.h>

enum {
	AFTER_ROLL_OVER = 256, /* RFC 5944 2.3.2: 0 to 255 mean a restart */
	ANSWERS_PER_S = 10,
	ANSWERS_BURST = 20,
	JITTER_PERCENT = 25,
};

void relay_advert_init(relay_advert *a, const char *name, uint16_t port, uint32_t interval_s,
		       uint32_t lifetime_s)
{
	*a = (relay_advert){ .interval_s = interval_s,
			     .lifetime_s = lifetime_s ? lifetime_s : 3 * interval_s };
	a->answers = (rate_limit){ .per_s = ANSWERS_PER_S, .burst = ANSWERS_BURST };
	a->what = (agent_adv){ .router_lifetime_s = (uint16_t)a->lifetime_s,
			       .registration_lifetime_s = UINT16_MAX,
			       .flags = AGENT_R | AGENT_F | AGENT_T | AGENT_U,
			       .port = port,
			       .sa2 = true };
	strncpy(a->what.name, name, AGENT_NAME_MAX);
}

size_t relay_advert_build(relay_advert *a, const ip_addr *from, uint8_t out[RELAY_ADVERT_MAX])
{
	uint16_t n = a->what.sequence;

	if (a->begun)
		a->what.sequence = n == UINT16_MAX ? AFTER_ROLL_OVER : (uint16_t)(n + 1);
	a->begun = true;
	a->what.care_of = *from;
	return agent_adv_put(&a->what, out, RELAY_ADVERT_MAX);
}

size_t relay_advert_build_last(relay_advert *a, const ip_addr *from, uint8_t out[RELAY_ADVERT_MAX])
{
	a->what.router_lifetime_s = 0;
	return relay_advert_build(a, from, out);
}

void relay_advert_schedule(relay_advert *a, core_time now, uint32_t random)
{
	uint64_t ms = a->interval_s * 1000ull;

	a->next_ms = now.ms + ms - ms * JITTER_PERCENT / 100 * (random % 1000) / 1000;
}

bool relay_advert_take_answer(relay_advert *a, core_time now)
{
	return rate_take(&a->answers, now.ms);
}
