/* SPDX-License-Identifier: MIT */
#include "core/client/core.h"

#include <assert.h>

const char *client_state_name(client_state s)
{
	static const char *const names[] = { "searching", "registering", "registered",
					     "home",      "denied",      "stopped" };

	static_assert(sizeof names / sizeof names[0] == CLIENT_N_STATES, "name every client_state");
	return s < CLIENT_N_STATES ? names[s] : "?";
}

const char *client_path_kind_name(client_path_kind k)
{
	static const char *const names[] = { "direct", "relay", "https", "http" };

	static_assert(sizeof names / sizeof names[0] == PATH_N_KINDS,
		      "name every client_path_kind");
	return k < PATH_N_KINDS ? names[k] : "?";
}
