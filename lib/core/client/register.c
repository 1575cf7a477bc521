/* SPDX-License-Identifier: MIT */
/* register.c - the registration as a table. A state is left only when the action succeeded.
 * Asking never ends by itself: gaps between requests grow to half a minute, and what changes in the
 * network starts them anew. */
#include "core/client/actions.h"

enum { RENEW_PACKETS = 1 << 30 };

/* clang-format off */
/* Rows of one state and event are tried in order: the first whose action succeeds decides. */
static const struct reg_row {
	reg_state in;
	reg_event ev;
	reg_action *act;
	reg_state next;
} table[] = {
	{ REG_IDLE,    EV_GO,       reg_go,            REG_ASKING },
	{ REG_IDLE,    EV_AT_HOME,  reg_arrive_home,   REG_HOME },
	{ REG_IDLE,    EV_STOP,     reg_gone,          REG_GONE },
	{ REG_ASKING,  EV_GO,       reg_go,            REG_ASKING },
	{ REG_ASKING,  EV_TIMER,    reg_ask_again,     REG_ASKING },
	{ REG_ASKING,  EV_ACCEPTED, reg_take_grant,    REG_HELD },
	{ REG_ASKING,  EV_RESYNC,   reg_ask_at_once,   REG_ASKING },
	{ REG_ASKING,  EV_GROUP,    reg_change_group,  REG_ASKING },
	{ REG_ASKING,  EV_GROUP,    reg_deny,          REG_REFUSED },
	{ REG_ASKING,  EV_REFUSED,  reg_ask_for_keys,  REG_ASKING },
	{ REG_ASKING,  EV_REFUSED,  reg_deny,          REG_REFUSED },
	{ REG_ASKING,  EV_DOUBT,    reg_doubt,         REG_REFUSED },
	{ REG_ASKING,  EV_AT_HOME,  reg_arrive_home,   REG_HOME },
	{ REG_ASKING,  EV_STOP,     reg_stop,          REG_LEAVING },
	{ REG_ASKING,  EV_STOP,     reg_gone,          REG_GONE },
	{ REG_HELD,    EV_GO,       reg_go,            REG_ASKING },
	{ REG_HELD,    EV_TIMER,    reg_renew,         REG_ASKING },
	{ REG_HELD,    EV_ACCEPTED, reg_take_grant,    REG_HELD }, /* a later copy */
	{ REG_HELD,    EV_AT_HOME,  reg_arrive_home,   REG_HOME },
	{ REG_HELD,    EV_STOP,     reg_stop,          REG_LEAVING },
	{ REG_HELD,    EV_STOP,     reg_gone,          REG_GONE },
	{ REG_REFUSED, EV_GO,       reg_go,            REG_ASKING },
	{ REG_REFUSED, EV_TIMER,    reg_ask_again,     REG_REFUSED },
	{ REG_REFUSED, EV_ACCEPTED, reg_take_grant,    REG_HELD },
	{ REG_REFUSED, EV_RESYNC,   reg_ask_at_once,   REG_ASKING },
	{ REG_REFUSED, EV_GROUP,    reg_change_group,  REG_ASKING },
	{ REG_REFUSED, EV_REFUSED,  reg_deny,          REG_REFUSED },
	{ REG_REFUSED, EV_AT_HOME,  reg_arrive_home,   REG_HOME },
	{ REG_REFUSED, EV_STOP,     reg_stop,          REG_LEAVING },
	{ REG_REFUSED, EV_STOP,     reg_gone,          REG_GONE },
	{ REG_HOME,    EV_GO,       reg_go,            REG_ASKING },
	{ REG_HOME,    EV_STOP,     reg_gone,          REG_GONE },
	{ REG_LEAVING, EV_TIMER,    reg_ask_leave,     REG_LEAVING },
	{ REG_LEAVING, EV_TIMER,    reg_gone,          REG_GONE },
	{ REG_LEAVING, EV_ACCEPTED, reg_gone,          REG_GONE },
	{ REG_LEAVING, EV_REFUSED,  reg_gone,          REG_GONE },
	{ REG_LEAVING, EV_RESYNC,   reg_ask_leave,     REG_LEAVING },
	{ REG_LEAVING, EV_RESYNC,   reg_gone,          REG_GONE },
	{ REG_LEAVING, EV_DOUBT,    reg_gone,          REG_GONE },
};
/* clang-format on */

void client_reg_event(client_core *c, core_time now, reg_event ev, const reg_input *in)
{
	for (size_t i = 0; i < CLIENT_COUNT(table); i++) {
		const struct reg_row *r = &table[i];
		if (r->in == c->reg.state && r->ev == ev && r->act(c, now, in)) {
			c->reg.state = r->next;
			return;
		}
	}
}

void client_reg_go(client_core *c, core_time now, bool over_all)
{
	c->reg.everywhere = over_all;
	client_reg_event(c, now, EV_GO, &(reg_input){ 0 });
}

static void expire(client_core *c, core_time now)
{
	log_warn(c->log, "the registration expired: home was not reached for its lifetime");
	c->reg.until_ms = NEVER;
	client_sa_drop_all(c);
	c->lost_ms = now.ms;
}

static bool worn_out(const client_core *c)
{
	return c->reg.state == REG_HELD && c->cur && !c->next &&
	       esp_sa_packets(c->cur->out) > RENEW_PACKETS;
}

void client_reg_tick(client_core *c, core_time now)
{
	if (now.ms >= c->reg.until_ms)
		expire(c, now);
	if (c->reg.dh_until_ms != NEVER && now.ms >= c->reg.dh_until_ms && c->reg.state == REG_HELD)
		client_attempt_end(c);
	if (now.ms >= c->reg.timer_ms || worn_out(c))
		client_reg_event(c, now, EV_TIMER, &(reg_input){ 0 });
}

uint64_t client_reg_due(const client_core *c)
{
	uint64_t due = min_u64(c->reg.timer_ms, c->reg.until_ms);
	if (c->reg.state == REG_HELD)
		due = min_u64(due, c->reg.dh_until_ms);
	return worn_out(c) ? 0 : due;
}
