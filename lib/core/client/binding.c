/* SPDX-License-Identifier: MIT */
#include "core/client/binding.h"

void client_binding_init(client_binding *b, const client_conf *conf)
{
	*b = (client_binding){ .home4 = conf->home4,
			       .home6 = conf->home6,
			       .network4 = conf->network4,
			       .network6 = conf->network6,
			       .home_lan = conf->home_lan,
			       .until_ms = NEVER };
}

void client_binding_grant(client_binding *b, core_time now, const reg_reply *r)
{
	b->lifetime_s = r->lifetime_s;
	b->until_ms = now.ms + r->lifetime_s * 1000ull;
	if (r->home4.len == 4 && !ip_is_any(&r->home4))
		b->home4 = r->home4;
	if (r->home6.len == 16 && !ip_is_any(&r->home6))
		b->home6 = r->home6;
	if (r->network4.addr.len == 4)
		b->network4 = r->network4;
	if (r->network6.addr.len == 16)
		b->network6 = r->network6;
	if (r->home_lan.len)
		b->home_lan = r->home_lan;
}

void client_binding_end(client_binding *b)
{
	b->until_ms = NEVER;
}

bool client_binding_is_inside(const client_binding *b, const ip_addr *a)
{
	return b->home_lan.len == a->len &&
	       (prefix_contains(&b->network4, a) || prefix_contains(&b->network6, a));
}
