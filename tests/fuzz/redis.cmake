# SPDX-License-Identifier: ISC
if(TARGET sts_seal)
	sts_fuzz(fuzz_seal SOURCES fuzz_seal.c LINK sts_seal)
endif()
