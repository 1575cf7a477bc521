/* SPDX-License-Identifier: MIT */
/* receive.c - what comes from the network: inner packets and echoes inside ESP, replies, home's notice that it was
 * restarted, and hints that home or a relay has lost us. */
#include "core/client/private.h"

static void receive_control(client_core *c, core_time now, client_path *p, wire_bytes msg,
			    size_t udp_len)
{
	client_echo_answer a;

	if (!client_echo_receive(&c->echoes, now, p, msg, udp_len, &a))
		return;
	client_paths_measured(&c->paths, p, a.rtt_us);
	client_liveness_proven(&c->liveness, p, now.ms);
	client_mtu_answered(&c->mtu, now, p, &a);
}

/* True: more may have changed than the time of the next packet. */
static bool receive_esp(client_core *c, core_time now, client_path *p, const dgram_in *d)
{
	sa_pair *sa = client_associations_find(&c->associations, load_be32(d->p));
	esp_opened o;

	if (!sa || !client_forward_open(&c->forward, now, sa, d, &o))
		return false;
	const sa_set *set = sa->set;
	if (client_associations_heard(&c->associations, sa, now.ms))
		client_roam_admitted(c, now, p);
	client_roam_heard(c, now, p);
	if (o.next_header == ESP_NEXT_CTL) {
		receive_control(c, now, p, (wire_bytes){ o.inner, o.len }, d->n);
		return true;
	}
	if (o.next_header == ESP_NEXT_IPV4 || o.next_header == ESP_NEXT_IPV6)
		client_forward_inbound(&c->forward, now, p, set, &o);
	return client_events_wait(&c->events);
}

/* Home has none of our associations any more (docs/protocol.md, section 22). Void if it is about an earlier registration:
 * then somebody has recorded it. */
static void receive_notice(client_core *c, core_time now, const dgram_in *d)
{
	client_reg_state state = c->registration.state;
	uint64_t last_id;

	if ((state != CLIENT_REG_GRANTED && state != CLIENT_REG_REQUESTING) ||
	    !client_credential_opens_notice(&c->credential, (wire_bytes){ d->p, d->n }, &last_id) ||
	    last_id < c->registration.accepted_id || !client_hints_take(&c->notices, now.ms))
		return;
	log_info(c->host.log, "home was restarted: registering");
	client_associations_doubt(&c->associations);
	client_registration_start(&c->registration, now, false);
}

/* Home may have lost our association (it was restarted), or a stranger pretends so. */
static void home_lost_us(client_core *c, core_time now, const client_path *p)
{
	client_reg_state state = c->registration.state;

	if (p != c->paths.active || c->associations.doubted ||
	    (state != CLIENT_REG_GRANTED && state != CLIENT_REG_REQUESTING) ||
	    !client_hints_take(&c->hints, now.ms))
		return;
	log_warn(c->host.log, "home seems to have lost our association (restarted?): registering");
	client_associations_doubt(&c->associations);
	client_registration_start(&c->registration, now, false);
}

/* It was restarted, or a NAT gave us another port. A standby has its own pace. */
static void relay_lost_us(client_core *c, core_time now, client_path *p)
{
	if (p->by_relay && (p != c->paths.active || client_hints_take(&c->hints, now.ms)))
		client_roam_forgotten(c, now, p);
}

static void receive_hint(client_core *c, core_time now, client_path *p, const dgram_in *d)
{
	wire_rd home = wire_reader(d->p, d->n), relay = home;
	uint32_t spi;
	bool is_home = ctl_unknown_spi_get(&home, &spi);

	if (!is_home && !ctl_unknown_visitor_get(&relay, &spi))
		return;
	if (!endpoint_equal(&d->from, &p->remote) ||
	    !client_associations_sends(&c->associations, spi))
		return;
	if (is_home)
		home_lost_us(c, now, p);
	else
		relay_lost_us(c, now, p);
}

bool client_receive(client_core *c, core_time now, const dgram_in *d)
{
	client_path *p = client_paths_by_sock(&c->paths, d->sock);

	if (!p)
		return false; /* of a path that was closed meanwhile */
	switch (dgram_classify(d->p, d->n)) {
	case DGRAM_ESP:
		return receive_esp(c, now, p, d);
	case DGRAM_REPLY:
		client_replies_receive(c, now, p, d);
		return true;
	case DGRAM_OWN:
		if (d->p[0] == CTL_RESTARTED)
			receive_notice(c, now, d);
		else
			receive_hint(c, now, p, d);
		return true;
	default:
		return false;
	}
}
