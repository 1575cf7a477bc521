/* SPDX-License-Identifier: MIT */
#include "core/sa/negotiate.h"
#include "core/crypto/dh.h"
#include <string.h>

enum { ATTR_GROUP, ATTR_ESN, ATTR_KEY_LENGTH, N_ATTRS };

static const struct {
	uint16_t id, key_bits; /* key_bits 0: the id says it all */
} cipher_ids[ESP_N_CIPHERS] = {
	[ESP_AES_128_GCM] = { SA_ENCR_AES_GCM_16, 128 },
	[ESP_AES_256_GCM] = { SA_ENCR_AES_GCM_16, 256 },
	[ESP_CHACHA20_POLY1305] = { SA_ENCR_CHACHA20_POLY1305, 0 },
};

sa_policy sa_policy_default(void)
{
	return (sa_policy){
		.ciphers = { ESP_AES_128_GCM, ESP_CHACHA20_POLY1305, ESP_AES_256_GCM },
		.groups = { DH_X25519, DH_P256, DH_P384, DH_MODP2048 },
		.n_ciphers = 3,
		.n_groups = 4,
		.lifetime_s = 3600,
	};
}

/* The next item of a comma-separated list into word[32]; false at the end or at one too long. */
static bool next_word(const char **list, char word[32])
{
	size_t n;

	*list += strspn(*list, " \t,");
	n = strcspn(*list, " \t,");
	if (n == 0 || n >= 32)
		return false;
	memcpy(word, *list, n);
	word[n] = 0;
	*list += n;
	return true;
}

bool sa_policy_parse_ciphers(const char *list, sa_policy *p, err *e)
{
	char word[32];

	p->n_ciphers = 0;
	while (next_word(&list, word)) {
		if (p->n_ciphers == SA_POLICY_CIPHERS)
			return err_set(e, ERR_CONFIG, "too many ciphers");
		if (!esp_cipher_parse(word, &p->ciphers[p->n_ciphers++]))
			return err_set(e, ERR_CONFIG,
				       "unknown cipher %s: aes-128-gcm, aes-256-gcm or "
				       "chacha20-poly1305",
				       word);
	}
	return (*list == 0 && p->n_ciphers > 0) ||
	       err_set(e, ERR_CONFIG, "a list of ciphers is expected");
}

bool sa_policy_parse_groups(const char *list, sa_policy *p, err *e)
{
	char word[32];

	p->n_groups = 0;
	while (next_word(&list, word)) {
		if (p->n_groups == SA_POLICY_GROUPS)
			return err_set(e, ERR_CONFIG, "too many groups");
		if (!dh_group_parse(word, &p->groups[p->n_groups++]))
			return err_set(e, ERR_CONFIG,
				       "unknown group %s: x25519, p256, p384 or modp2048", word);
	}
	return (*list == 0 && p->n_groups > 0) ||
	       err_set(e, ERR_CONFIG, "a list of groups is expected");
}

static void fill_transform(sa_transform *t, uint8_t number, esp_cipher cipher, uint16_t group,
			   uint8_t storage[N_ATTRS][2])
{
	*t = (sa_transform){ .subtype = SA_CLIENT_HOME, .number = number, .n_keys = 2 };
	t->id = cipher_ids[cipher].id;
	sa_attr_set_u16(t, SA_ATTR_GROUP, group, storage[ATTR_GROUP]);
	sa_attr_set_u16(t, SA_ATTR_ESN, 1, storage[ATTR_ESN]);
	if (cipher_ids[cipher].key_bits)
		sa_attr_set_u16(t, SA_ATTR_KEY_LENGTH, cipher_ids[cipher].key_bits,
				storage[ATTR_KEY_LENGTH]);
}

static sa_proposal *add_proposal(sa_offer *o, uint8_t number, uint32_t lifetime_s, uint32_t spi)
{
	sa_proposal *p = &o->payload.proposals[o->payload.n_proposals++];

	*p = (sa_proposal){ .subtype = SA_CLIENT_HOME,
			    .number = number,
			    .protocol_number = 1,
			    .protocol_id = SA_PROTO_ESP,
			    .lifetime_s = lifetime_s,
			    .spi = spi };
	return p;
}

void sa_make_offer(const sa_policy *p, uint16_t group, uint32_t my_spi, sa_offer *out)
{
	uint16_t order[1 + SA_POLICY_GROUPS] = { group };
	unsigned n = 1;

	for (unsigned i = 0; i < p->n_groups; i++)
		if (p->groups[i] != group)
			order[n++] = p->groups[i];
	out->payload.subtype = SA_CLIENT_HOME;
	out->payload.n_proposals = 0;
	for (unsigned i = 0; i < n; i++) {
		sa_proposal *pr = add_proposal(out, (uint8_t)(i + 1), p->lifetime_s, my_spi);
		for (uint8_t c = 0; c < p->n_ciphers; c++)
			fill_transform(&pr->transforms[pr->n_transforms++], (uint8_t)(c + 1),
				       p->ciphers[c], order[i], out->storage[i][c]);
	}
}

static bool transform_cipher(const sa_transform *t, esp_cipher *out)
{
	uint16_t bits = 0;

	sa_attr_u16(t, SA_ATTR_KEY_LENGTH, &bits);
	for (unsigned c = 0; c < ESP_N_CIPHERS; c++)
		if (cipher_ids[c].id == t->id && cipher_ids[c].key_bits == bits)
			return *out = (esp_cipher)c, true;
	return false;
}

static bool allowed(const sa_policy *p, esp_cipher cipher, uint16_t group)
{
	bool c = false, g = false;

	for (unsigned i = 0; i < p->n_ciphers; i++)
		c = c || p->ciphers[i] == cipher;
	for (unsigned i = 0; i < p->n_groups; i++)
		g = g || p->groups[i] == group;
	return c && g;
}

/* Without a policy (NULL) anything we know of is acceptable. */
static bool acceptable(const sa_policy *p, const sa_transform *t, sa_choice *out)
{
	uint16_t esn = 0;

	return transform_cipher(t, &out->cipher) && sa_attr_u16(t, SA_ATTR_GROUP, &out->group) &&
	       sa_attr_u16(t, SA_ATTR_ESN, &esn) && esn == 1 &&
	       (!p || allowed(p, out->cipher, out->group));
}

/* The same number in another proposal: they are meant together (AND). */
static bool stands_alone(const sa_payload *offer, const sa_proposal *pr)
{
	unsigned same = 0;

	for (unsigned i = 0; i < offer->n_proposals; i++)
		same += offer->proposals[i].number == pr->number;
	return same == 1 && pr->protocol_id == SA_PROTO_ESP && pr->spi >= ESP_MIN_SPI;
}

static uint32_t lesser_lifetime(uint32_t offered, uint32_t ours)
{
	return offered && offered < ours ? offered : ours;
}

sa_verdict sa_choose(const sa_policy *p, const sa_payload *offer, uint16_t ke_group, sa_choice *out)
{
	uint16_t wanted = 0;

	if (offer->subtype != SA_CLIENT_HOME)
		return SA_NONE_ACCEPTABLE;
	for (unsigned i = 0; i < offer->n_proposals; i++) {
		const sa_proposal *pr = &offer->proposals[i];
		for (unsigned t = 0; stands_alone(offer, pr) && t < pr->n_transforms; t++) {
			if (!acceptable(p, &pr->transforms[t], out))
				continue;
			out->proposal_number = pr->number;
			out->transform_number = pr->transforms[t].number;
			out->lifetime_s = lesser_lifetime(pr->lifetime_s, p->lifetime_s);
			out->peer_spi = pr->spi;
			if (out->group == ke_group)
				return SA_CHOSEN;
			wanted = wanted ? wanted : out->group;
		}
	}
	out->group = wanted;
	return wanted ? SA_WRONG_GROUP : SA_NONE_ACCEPTABLE;
}

void sa_make_answer(const sa_choice *c, uint32_t my_spi, sa_offer *out)
{
	out->payload.subtype = SA_CLIENT_HOME;
	out->payload.n_proposals = 0;
	sa_proposal *pr = add_proposal(out, c->proposal_number, c->lifetime_s, my_spi);
	fill_transform(&pr->transforms[pr->n_transforms++], c->transform_number, c->cipher,
		       c->group, out->storage[0][0]);
}

/* The transform of our offer that the answer names, if it says the same of it. */
static bool was_offered(const sa_payload *offer, const sa_proposal *pr, const sa_choice *c)
{
	sa_choice ours;

	for (unsigned i = 0; i < offer->n_proposals; i++) {
		const sa_proposal *o = &offer->proposals[i];
		for (unsigned t = 0; o->number == pr->number && t < o->n_transforms; t++)
			if (o->transforms[t].number == c->transform_number)
				return acceptable(NULL, &o->transforms[t], &ours) &&
				       ours.cipher == c->cipher && ours.group == c->group;
	}
	return false;
}

bool sa_check_answer(const sa_payload *offer, const sa_payload *answer, sa_choice *out)
{
	const sa_proposal *pr = &answer->proposals[0];

	if (answer->subtype != SA_CLIENT_HOME || answer->n_proposals != 1 ||
	    pr->n_transforms != 1 || !stands_alone(answer, pr) ||
	    !acceptable(NULL, &pr->transforms[0], out))
		return false;
	out->proposal_number = pr->number;
	out->transform_number = pr->transforms[0].number;
	out->lifetime_s = pr->lifetime_s;
	out->peer_spi = pr->spi;
	return was_offered(offer, pr, out);
}
