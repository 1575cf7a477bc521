/* SPDX-License-Identifier: MIT */
/* preference.h - which of two paths is the better one. Pure. */
#ifndef HW_CORE_CLIENT_PREFERENCE_H
#define HW_CORE_CLIENT_PREFERENCE_H

#include "core/client/paths.h"

/* If both can be used: by the metric of the system's routes, then by the round trip where that differs clearly,
 * then by the profile's order. */
bool client_preference_is_better(const client_agents *agents, const client_path *a,
				 const client_path *b);
/* The same, but one that can be used comes before one that can't. */
bool client_preference_is_preferred(const client_agents *agents, const client_path *a,
				    const client_path *b);
/* The one to go on with when the active path is no good: first by what is known of whether they answer. */
bool client_preference_is_sounder(const client_agents *agents, const client_path *a,
				  const client_path *b);

#endif
