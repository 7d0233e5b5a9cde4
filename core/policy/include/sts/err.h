/* SPDX-License-Identifier: ISC */
#ifndef STS_ERR_H
#define STS_ERR_H

/*
 * What a fallible function returns. Out-parameters are written only on
 * STS_OK. "It is not there" (STS_ENOENT) and "could not look" (STS_ETEMP)
 * are never the same value.
 */
enum sts_err {
	STS_OK = 0,
	STS_ENOENT,  /* looked, and it is not there */
	STS_ETEMP,   /* could not look; says nothing about what is there */
	STS_ESYNTAX, /* the text breaks the grammar */
	STS_EINVAL,  /* grammatical, but not usable here */
	STS_ELIMIT,  /* one of our own limits */
	STS_ENOMEM
};

/* A word for logs and answers, such as "temporary". Static storage. */
const char *sts_err_name(enum sts_err err);

#endif
