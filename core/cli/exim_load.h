/* SPDX-License-Identifier: ISC */
#ifndef STS_EXIM_LOAD_H
#define STS_EXIM_LOAD_H

#include "exim.h"

/* What questions name must do in this Exim. Return 0, -1 without memory. */
int sts_exim_check_module(const struct sts_exim *exim, struct sts_str module);
/* The ACL of the light form. */
int sts_exim_check_file(const struct sts_exim *exim, struct sts_str file);

#endif
