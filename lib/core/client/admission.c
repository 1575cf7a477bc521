/* SPDX-License-Identifier: MIT */
#include "core/client/admission.h"

#include <openssl/crypto.h>

void client_admission_init(client_admission *a, const client_credential *credential,
			   const client_agents *agents)
{
	*a = (client_admission){ .credential = credential, .agents = agents };
}

void client_admission_reset(client_admission *a, unsigned slot)
{
	OPENSSL_cleanse(&a->of[slot], sizeof a->of[slot]);
}

void client_admission_grant(client_admission *a, const client_path *p, uint64_t until_ms,
			    const reg_key3 *k)
{
	a->of[p->slot].until_ms = until_ms;
	if (k->spi)
		a->of[p->slot].key3 = *k;
}

void client_admission_close(client_admission *a, const client_path *p)
{
	a->of[p->slot].until_ms = 0;
}

void client_admission_forget(client_admission *a, const client_path *p)
{
	client_admission_reset(a, p->slot);
}

bool client_admission_drop_key(client_admission *a, const client_path *p, const reg_key3 *used)
{
	reg_key3 *k = &a->of[p->slot].key3;

	if (!k->spi || k->spi != used->spi)
		return false;
	OPENSSL_cleanse(k, sizeof *k);
	return true;
}

void client_admission_forget_key(client_admission *a, const client_path *p)
{
	OPENSSL_cleanse(&a->of[p->slot].key3, sizeof a->of[p->slot].key3);
}

/* The first time KEY3 follows from the credential and the relay's name. */
static bool pick_key3(const client_admission *a, const client_path *p, uint32_t spi, bool first,
		      reg_key3 *out)
{
	const char *name = a->agents->list[p->agent].relay.name;

	*out = a->of[p->slot].key3;
	if (out->spi && !(first && *name))
		return true;
	out->spi = *name ? spi : 0;
	return !*name || client_credential_derive_key3(a->credential, name, out->key);
}

size_t client_admission_sign(const client_admission *a, const client_path *p, uint32_t spi,
			     bool first, uint8_t *msg, size_t n, reg_key3 *used)
{
	if (!pick_key3(a, p, spi, first, used))
		return 0;
	return used->spi ? reg_auth_add(msg, n, MIP_MAX_MESSAGE, MIP_EXT_MOBILE_FOREIGN, used->spi,
					used->key)
			 : n;
}

bool client_admission_is_signed(const reg_scan *s, const reg_key3 *k)
{
	return k->spi && s->mobile_foreign.present && s->mobile_foreign.spi == k->spi &&
	       reg_verify_mobile_foreign(s, k->key);
}
