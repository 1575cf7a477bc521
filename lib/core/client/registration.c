/* SPDX-License-Identifier: MIT */
#include "core/client/registration_actions.h"

enum { SOON_MS = 300 };

/* clang-format off */
/* Rows of one state and event are tried in order: the first whose action succeeds decides. */
static const struct reg_row {
	client_reg_state in;
	client_reg_event ev;
	client_reg_action *act;
	client_reg_state next;
} table[] = {
	{ CLIENT_REG_IDLE,       CLIENT_REG_START,        client_reg_begin,             CLIENT_REG_REQUESTING },
	{ CLIENT_REG_IDLE,       CLIENT_REG_HOME,         client_reg_arrive_home,       CLIENT_REG_AT_HOME },
	{ CLIENT_REG_IDLE,       CLIENT_REG_STOP,         client_reg_end,               CLIENT_REG_GONE },
	{ CLIENT_REG_REQUESTING, CLIENT_REG_START,        client_reg_begin,             CLIENT_REG_REQUESTING },
	{ CLIENT_REG_REQUESTING, CLIENT_REG_TIMER,        client_reg_repeat,            CLIENT_REG_REQUESTING },
	{ CLIENT_REG_REQUESTING, CLIENT_REG_ACCEPTED,     client_reg_take_grant,        CLIENT_REG_GRANTED },
	{ CLIENT_REG_REQUESTING, CLIENT_REG_RESYNC,       client_reg_repeat_at_once,    CLIENT_REG_REQUESTING },
	{ CLIENT_REG_REQUESTING, CLIENT_REG_WRONG_GROUP,  client_reg_change_group,      CLIENT_REG_REQUESTING },
	{ CLIENT_REG_REQUESTING, CLIENT_REG_WRONG_GROUP,  client_reg_deny,              CLIENT_REG_REFUSED },
	{ CLIENT_REG_REQUESTING, CLIENT_REG_REFUSAL,      client_reg_request_keys,      CLIENT_REG_REQUESTING },
	{ CLIENT_REG_REQUESTING, CLIENT_REG_REFUSAL,      client_reg_deny,              CLIENT_REG_REFUSED },
	{ CLIENT_REG_REQUESTING, CLIENT_REG_BARE_REFUSAL, client_reg_take_bare_refusal, CLIENT_REG_REFUSED },
	{ CLIENT_REG_REQUESTING, CLIENT_REG_HOME,         client_reg_arrive_home,       CLIENT_REG_AT_HOME },
	{ CLIENT_REG_REQUESTING, CLIENT_REG_STOP,         client_reg_begin_to_leave,    CLIENT_REG_LEAVING },
	{ CLIENT_REG_REQUESTING, CLIENT_REG_STOP,         client_reg_end,               CLIENT_REG_GONE },
	{ CLIENT_REG_GRANTED,    CLIENT_REG_START,        client_reg_begin,             CLIENT_REG_REQUESTING },
	{ CLIENT_REG_GRANTED,    CLIENT_REG_TIMER,        client_reg_renew,             CLIENT_REG_REQUESTING },
	{ CLIENT_REG_GRANTED,    CLIENT_REG_ACCEPTED,     client_reg_take_grant,        CLIENT_REG_GRANTED }, /* a later copy */
	{ CLIENT_REG_GRANTED,    CLIENT_REG_HOME,         client_reg_arrive_home,       CLIENT_REG_AT_HOME },
	{ CLIENT_REG_GRANTED,    CLIENT_REG_STOP,         client_reg_begin_to_leave,    CLIENT_REG_LEAVING },
	{ CLIENT_REG_GRANTED,    CLIENT_REG_STOP,         client_reg_end,               CLIENT_REG_GONE },
	{ CLIENT_REG_REFUSED,    CLIENT_REG_START,        client_reg_begin,             CLIENT_REG_REQUESTING },
	{ CLIENT_REG_REFUSED,    CLIENT_REG_TIMER,        client_reg_repeat,            CLIENT_REG_REFUSED },
	{ CLIENT_REG_REFUSED,    CLIENT_REG_ACCEPTED,     client_reg_take_grant,        CLIENT_REG_GRANTED },
	{ CLIENT_REG_REFUSED,    CLIENT_REG_RESYNC,       client_reg_repeat_at_once,    CLIENT_REG_REQUESTING },
	{ CLIENT_REG_REFUSED,    CLIENT_REG_WRONG_GROUP,  client_reg_change_group,      CLIENT_REG_REQUESTING },
	{ CLIENT_REG_REFUSED,    CLIENT_REG_REFUSAL,      client_reg_deny,              CLIENT_REG_REFUSED },
	{ CLIENT_REG_REFUSED,    CLIENT_REG_HOME,         client_reg_arrive_home,       CLIENT_REG_AT_HOME },
	{ CLIENT_REG_REFUSED,    CLIENT_REG_STOP,         client_reg_begin_to_leave,    CLIENT_REG_LEAVING },
	{ CLIENT_REG_REFUSED,    CLIENT_REG_STOP,         client_reg_end,               CLIENT_REG_GONE },
	{ CLIENT_REG_AT_HOME,    CLIENT_REG_START,        client_reg_begin,             CLIENT_REG_REQUESTING },
	{ CLIENT_REG_AT_HOME,    CLIENT_REG_STOP,         client_reg_end,               CLIENT_REG_GONE },
	{ CLIENT_REG_LEAVING,    CLIENT_REG_TIMER,        client_reg_leave,             CLIENT_REG_LEAVING },
	{ CLIENT_REG_LEAVING,    CLIENT_REG_TIMER,        client_reg_end,               CLIENT_REG_GONE },
	{ CLIENT_REG_LEAVING,    CLIENT_REG_ACCEPTED,     client_reg_end,               CLIENT_REG_GONE },
	{ CLIENT_REG_LEAVING,    CLIENT_REG_REFUSAL,      client_reg_end,               CLIENT_REG_GONE },
	{ CLIENT_REG_LEAVING,    CLIENT_REG_RESYNC,       client_reg_leave,             CLIENT_REG_LEAVING },
	{ CLIENT_REG_LEAVING,    CLIENT_REG_RESYNC,       client_reg_end,               CLIENT_REG_GONE },
	{ CLIENT_REG_LEAVING,    CLIENT_REG_BARE_REFUSAL, client_reg_end,               CLIENT_REG_GONE },
};
/* clang-format on */

void client_registration_init(client_registration *r)
{
	r->timer_ms = r->late_ms = NEVER;
}

bool client_registration_event(client_registration *r, core_time now, client_reg_event ev,
			       const client_reg_input *in)
{
	for (size_t i = 0; i < CLIENT_COUNT(table); i++) {
		const struct reg_row *row = &table[i];
		if (row->in == r->state && row->ev == ev && row->act(r, now, in)) {
			r->state = row->next;
			return true;
		}
	}
	return false;
}

void client_registration_start(client_registration *r, core_time now, bool everywhere)
{
	r->everywhere = everywhere;
	client_registration_event(r, now, CLIENT_REG_START, &(client_reg_input){ 0 });
}

void client_registration_widen(client_registration *r)
{
	r->everywhere = true;
}

void client_registration_repeat(client_registration *r, core_time now)
{
	client_reg_send_round(r, now);
}

bool client_registration_repeat_one(client_registration *r, core_time now,
				    const client_reg_input *in)
{
	return client_reg_send_again(r, now, in);
}

void client_registration_lose_home(client_registration *r)
{
	r->home_path = 0;
}

void client_registration_hasten(client_registration *r, core_time now)
{
	r->timer_ms = min_u64(r->timer_ms, now.ms + SOON_MS);
}

void client_registration_repeat_soon(client_registration *r, core_time now)
{
	if (r->state == CLIENT_REG_REQUESTING)
		client_registration_hasten(r, now);
}

void client_registration_renew(client_registration *r, core_time now)
{
	if (r->state == CLIENT_REG_GRANTED)
		client_registration_event(r, now, CLIENT_REG_TIMER, &(client_reg_input){ 0 });
}

static void expire(client_registration *r)
{
	log_warn(r->host->log, "the registration expired: home was not reached for its lifetime");
	client_binding_end(r->binding);
	client_associations_drop_all(r->associations);
	client_events_put(r->host->events, (client_event){ .kind = CLIENT_EV_EXPIRED });
}

void client_registration_tick(client_registration *r, core_time now)
{
	if (now.ms >= r->binding->until_ms)
		expire(r);
	if (now.ms >= r->late_ms)
		client_reg_end_attempt(r);
	if (now.ms >= r->timer_ms)
		client_registration_event(r, now, CLIENT_REG_TIMER, &(client_reg_input){ 0 });
}

uint64_t client_registration_next_timer_ms(const client_registration *r)
{
	return min_u64(r->timer_ms, min_u64(r->binding->until_ms, r->late_ms));
}

void client_registration_wipe(client_registration *r)
{
	client_exchange_end(r->exchange);
	client_requests_wipe(r->requests);
}
