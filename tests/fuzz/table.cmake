# SPDX-License-Identifier: ISC
if(STS_OPENSMTPD)
	sts_fuzz(fuzz_table SOURCES fuzz_table.c LINK sts_table sts_policy)
endif()
