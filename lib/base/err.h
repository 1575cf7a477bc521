/* SPDX-License-Identifier: MIT */
/* err.h - an error is a value: a kind and one sentence about what is wrong and what to do.
 * Libraries fill it and return false or NULL; only the outermost shell prints it, once. */
#ifndef HW_BASE_ERR_H
#define HW_BASE_ERR_H

#include <stdbool.h>

typedef enum err_kind {
	ERR_NONE,
	ERR_USAGE,  /* the caller or the user asked for something impossible */
	ERR_CONFIG, /* a configuration file is wrong; text starts "FILE:LINE: " */
	ERR_SYSTEM, /* the operating system refused; text ends with its reason */
	ERR_PEER,   /* the peer violated the protocol */
	ERR_CRYPTO, /* a cryptographic operation failed */
	ERR_LIMIT,  /* one of our limits was reached */
} err_kind;

typedef struct err {
	err_kind kind;
	char text[256];
} err;

/* Fills *e (NULL is fine) and returns false, so that `return err_set(...)` reads well. */
bool err_set(err *e, err_kind kind, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* As err_set() with ERR_SYSTEM; appends ": " and strerror(errno_value). */
bool err_sys(err *e, int errno_value, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Puts "PREFIX: " before the text that is there; returns false. */
bool err_prefix(err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
