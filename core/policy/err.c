/* SPDX-License-Identifier: ISC */
#include "sts/err.h"

const char *
sts_err_name(enum sts_err err)
{
	switch (err) {
	case STS_OK:
		return "ok";
	case STS_ENOENT:
		return "not-found";
	case STS_ETEMP:
		return "temporary";
	case STS_ESYNTAX:
		return "syntax";
	case STS_EINVAL:
		return "invalid";
	case STS_ELIMIT:
		return "limit";
	case STS_ENOMEM:
		return "no-memory";
	}
	return "unknown";
}
