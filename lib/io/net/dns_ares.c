/* SPDX-License-Identifier: MIT */
#include "io/net/dns_ares.h"

enum { TRIES = 2 };

/* Everything is set that c-ares would else read from resolv.conf(5) and the environment. */
bool dns_ares_init(ares_channel *out, const char *lookups, unsigned try_ms,
		   ares_sock_state_cb watch, void *ctx)
{
	struct in_addr none = { 0 };
	struct ares_options o = {
		.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES | ARES_FLAG_NOCHECKRESP,
		.timeout = (int)try_ms,
		.tries = TRIES,
		.ndots = 0,
		.servers = &none,
		.nservers = 1,
		.ndomains = 0,
		.lookups = (char *)(uintptr_t)lookups,
		.sock_state_cb = watch,
		.sock_state_cb_data = ctx,
	};
	const int set = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_NDOTS |
			ARES_OPT_SERVERS | ARES_OPT_DOMAINS | ARES_OPT_LOOKUPS | ARES_OPT_SORTLIST |
			(watch ? ARES_OPT_SOCK_STATE_CB : 0);

	if (ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS)
		return false;
	if (ares_init_options(out, &o, set) == ARES_SUCCESS)
		return true;
	ares_library_cleanup();
	return false;
}

void dns_ares_free(ares_channel channel)
{
	ares_destroy(channel);
	ares_library_cleanup();
}

static dns_outcome judge(int status)
{
	switch (status) {
	case ARES_ENODATA:
	case ARES_EFORMERR:
	case ARES_ESERVFAIL:
	case ARES_ENOTFOUND:
	case ARES_ENOTIMP:
	case ARES_EREFUSED:
	case ARES_EBADNAME: /* there can't be such a name */
	case ARES_EBADRESP:
		return DNS_NOT_FOUND;
	default:
		return DNS_SILENT;
	}
}

void dns_ares_read(int status, const struct ares_addrinfo *found, dns_answer *out)
{
	const struct ares_addrinfo_node *i = status == ARES_SUCCESS ? found->nodes : NULL;
	endpoint at;

	*out = (dns_answer){ 0 };
	for (; i && out->n < DNS_ADDRESSES; i = i->ai_next)
		if (endpoint_from_sockaddr(i->ai_addr, &at))
			out->at[out->n++] = at.addr;
	if (status == ARES_SUCCESS)
		out->outcome = out->n ? DNS_FOUND : DNS_NOT_FOUND;
	else
		out->outcome = judge(status);
}
