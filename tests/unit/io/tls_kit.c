/* SPDX-License-Identifier: MIT */
#include "tls_kit.h"
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DAY = 86400 };

typedef struct wish {
	const char *subject, *names; /* names NULL: an authority */
	long from_day, to_day;
	const char *cert, *key; /* files */
} wish;

static bool add(X509 *x, int nid, const char *value)
{
	X509_EXTENSION *ext = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
	bool ok = ext && X509_add_ext(x, ext, -1) == 1;

	X509_EXTENSION_free(ext);
	return ok;
}

static bool fill(X509 *x, const wish *w, EVP_PKEY *key, long serial)
{
	X509_NAME *name = X509_get_subject_name(x);

	return X509_set_version(x, 2) == 1 &&
	       ASN1_INTEGER_set(X509_get_serialNumber(x), serial) == 1 &&
	       X509_gmtime_adj(X509_getm_notBefore(x), w->from_day * DAY) &&
	       X509_gmtime_adj(X509_getm_notAfter(x), w->to_day * DAY) &&
	       X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
					  (const unsigned char *)w->subject, -1, -1, 0) == 1 &&
	       X509_set_pubkey(x, key) == 1 &&
	       add(x, NID_basic_constraints, w->names ? "critical,CA:FALSE" : "critical,CA:TRUE") &&
	       (!w->names || add(x, NID_subject_alt_name, w->names));
}

static bool write_cert(const char *file, X509 *x)
{
	FILE *f = fopen(file, "w");
	bool ok = f && PEM_write_X509(f, x) == 1;

	if (f)
		ok &= fclose(f) == 0;
	return ok;
}

static bool write_key(const char *file, EVP_PKEY *key)
{
	FILE *f = file ? fopen(file, "w") : NULL;
	bool ok = f && chmod(file, 0600) == 0 &&
		  PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL) == 1;

	if (f)
		ok &= fclose(f) == 0;
	return ok || !file;
}

/* Signed by the authority, or by itself; the caller frees what is in out. */
static bool make(const wish *w, X509 *ca, EVP_PKEY *ca_key, X509 **out, EVP_PKEY **out_key)
{
	static const char curve[] = "P-256";
	EVP_PKEY *key = EVP_EC_gen(curve);
	X509 *x = X509_new();
	bool ok = key && x && fill(x, w, key, ca ? 2 + random() % 100000 : 1) &&
		  X509_set_issuer_name(x, X509_get_subject_name(ca ? ca : x)) == 1 &&
		  X509_sign(x, ca_key ? ca_key : key, EVP_sha256()) > 0 && write_cert(w->cert, x) &&
		  write_key(w->key, key);

	*out = x;
	*out_key = key;
	return ok;
}

static bool make_leaf(const wish *w, X509 *ca, EVP_PKEY *ca_key)
{
	X509 *x;
	EVP_PKEY *key;
	bool ok = make(w, ca, ca_key, &x, &key);

	X509_free(x);
	EVP_PKEY_free(key);
	return ok;
}

static void set_names(tls_kit *k)
{
	char *const files[] = { k->ca,      k->cert,        k->key,        k->old_cert,
				k->old_key, k->client_cert, k->client_key, k->other_ca };
	static const char *const names[] = { "ca",      "cert",        "key",        "old.cert",
					     "old.key", "client.cert", "client.key", "other" };

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		snprintf(files[i], sizeof(k->ca), "%s/%s.pem", k->dir, names[i]);
}

bool tls_kit_make(tls_kit *k)
{
	X509 *ca;
	EVP_PKEY *ca_key;

	strcpy(k->dir, "/tmp/hw-tls-XXXXXX");
	if (!mkdtemp(k->dir))
		return false;
	set_names(k);
	static const char names[] = "DNS:mux.test,IP:127.0.0.1";
	wish authority = { "test authority", NULL, -10, 30, k->ca, NULL },
	     other = { "other authority", NULL, -10, 30, k->other_ca, NULL },
	     good = { "mux", names, -1, 30, k->cert, k->key },
	     old = { "mux", names, -3, -1, k->old_cert, k->old_key },
	     client = { "client", "DNS:client.test", -1, 30, k->client_cert, k->client_key };
	bool ok = make(&authority, NULL, NULL, &ca, &ca_key) && make_leaf(&other, NULL, NULL) &&
		  make_leaf(&good, ca, ca_key) && make_leaf(&old, ca, ca_key) &&
		  make_leaf(&client, ca, ca_key);
	X509_free(ca);
	EVP_PKEY_free(ca_key);
	return ok;
}

void tls_kit_remove(const tls_kit *k)
{
	const char *const files[] = { k->ca,      k->cert,        k->key,        k->old_cert,
				      k->old_key, k->client_cert, k->client_key, k->other_ca };

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		unlink(files[i]);
	rmdir(k->dir);
}
