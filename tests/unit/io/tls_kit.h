/* SPDX-License-Identifier: MIT */
/* tls_kit.h - certificates for tests: made on the spot, in a folder that goes with them. */
#ifndef HW_TESTS_TLS_KIT_H
#define HW_TESTS_TLS_KIT_H

#include <stdbool.h>

typedef struct tls_kit {
	char dir[64];
	char ca[96], cert[96], key[96];       /* of mux.test and 127.0.0.1, signed by ca */
	char old_cert[96], old_key[96];       /* the same, expired yesterday */
	char client_cert[96], client_key[96]; /* of a client, signed by ca */
	char other_ca[96];                    /* has signed nothing */
} tls_kit;
bool tls_kit_make(tls_kit *k);
void tls_kit_remove(const tls_kit *k);

#endif
