/* SPDX-License-Identifier: MIT */
/* registration_actions.h - what the rows of the registration's table do. An action that returns false has changed
 * nothing that the state depends on. */
#ifndef HW_CORE_CLIENT_REGISTRATION_ACTIONS_H
#define HW_CORE_CLIENT_REGISTRATION_ACTIONS_H

#include "core/client/registration.h"

typedef bool client_reg_action(client_registration *r, core_time now, const client_reg_input *in);
client_reg_action client_reg_begin, client_reg_repeat, client_reg_repeat_at_once, client_reg_renew,
	client_reg_change_group, client_reg_take_grant, client_reg_deny, client_reg_request_keys,
	client_reg_take_bare_refusal, client_reg_arrive_home, client_reg_leave,
	client_reg_begin_to_leave, client_reg_end;
void client_reg_end_attempt(client_registration *r);
void client_reg_send_round(client_registration *r, core_time now);
bool client_reg_send_again(client_registration *r, core_time now, const client_reg_input *in);

#endif
