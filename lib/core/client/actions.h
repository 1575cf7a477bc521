/* SPDX-License-Identifier: MIT */
/* actions.h - the actions of register.c's table. */
#ifndef HW_CORE_CLIENT_ACTIONS_H
#define HW_CORE_CLIENT_ACTIONS_H

#include "core/client/priv.h"

typedef bool reg_action(client_core *c, core_time now, const reg_input *in);
reg_action reg_go, reg_ask_again, reg_ask_at_once, reg_renew, reg_change_group, reg_take_grant,
	reg_deny, reg_ask_for_keys, reg_doubt, reg_arrive_home, reg_ask_leave, reg_stop, reg_gone;

#endif
