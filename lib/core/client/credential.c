/* SPDX-License-Identifier: MIT */
#include "core/client/credential.h"

#include "core/reg/notice.h"

bool client_credential_init(client_credential *k, const client_host *host,
			    const client_saved *saved)
{
	*k = (client_credential){ .host = host,
				  .pseudonym = saved->pseudonym,
				  .clock = saved->clock };
	return key0_set_derive(host->conf->key0, &k->keys);
}

void client_credential_wipe(client_credential *k)
{
	key0_set_wipe(&k->keys);
}

void client_credential_save(const client_credential *k, client_saved *out)
{
	out->pseudonym = k->pseudonym;
	out->clock = k->clock;
}

bool client_credential_knows_time(const client_credential *k)
{
	return ident_is_set(&k->clock);
}

static uint64_t random_u64(void)
{
	return (uint64_t)client_random() << 32 | client_random();
}

uint64_t client_credential_next_id(client_credential *k, core_time now)
{
	return ident_next(&k->clock, now.ms, random_u64());
}

uint64_t client_credential_question_id(void)
{
	return random_u64() | 1; /* 0 is no request */
}

uint32_t client_credential_spi(const client_credential *k)
{
	return k->pseudonym && !k->prefers_profile ? k->pseudonym : k->host->conf->spi;
}

size_t client_credential_build(const client_credential *k, const reg_request *q,
			       uint8_t out[MIP_MAX_MESSAGE])
{
	return reg_request_build(&k->keys, q, out);
}

bool client_credential_verifies(const client_credential *k, const reg_scan *s)
{
	return reg_verify_mobile_home(s, &k->keys);
}

bool client_credential_opens(const client_credential *k, const reg_scan *s, reg_reply *out)
{
	return reg_reply_open(s, &k->keys, out);
}

bool client_credential_opens_notice(const client_credential *k, wire_bytes msg, uint64_t *last_id)
{
	return reg_notice_open(&k->keys, msg, last_id);
}

bool client_credential_derive_sa(const client_credential *k, sa_key_input *in, sa_keys *out)
{
	in->key0 = k->keys.key0;
	return reg_derive_sa_keys(in, out);
}

bool client_credential_derive_key3(const client_credential *k, const char *relay_name,
				   uint8_t out[KEY3_LEN])
{
	return reg_derive_key3(k->keys.key0, relay_name, out);
}

/* Of no consequence here, but its owner may want to know. */
static void log_difference(const client_credential *k, core_time now, uint64_t reply_id)
{
	int64_t s = (int64_t)(reply_id >> 32) - (int64_t)(now.ntp >> 32);

	if (s < -IDENT_TOLERANCE_S || s > IDENT_TOLERANCE_S)
		log_info(k->host->log, "home's clock differs from ours by %lld s", (long long)s);
}

void client_credential_set_clock(client_credential *k, core_time now, uint64_t reply_id)
{
	if (!ident_set(&k->clock, reply_id, now.ms))
		return;
	log_difference(k, now, reply_id);
	client_events_put(k->host->events, (client_event){ .kind = CLIENT_EV_SAVE });
}

void client_credential_set_pseudonym(client_credential *k, uint64_t request_id, uint32_t next)
{
	if (!next || request_id <= k->pseudonym_id)
		return;
	bool is_new = next != k->pseudonym;
	k->pseudonym_id = request_id;
	k->pseudonym = next;
	k->prefers_profile = false;
	if (is_new)
		client_events_put(k->host->events, (client_event){ .kind = CLIENT_EV_SAVE });
}

bool client_credential_leave_pseudonym(client_credential *k)
{
	if (!k->pseudonym || k->prefers_profile)
		return false;
	k->prefers_profile = true;
	return true;
}
