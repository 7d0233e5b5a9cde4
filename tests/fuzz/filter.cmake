# SPDX-License-Identifier: ISC
if(TARGET sts_filter)
	sts_fuzz(fuzz_filter SOURCES fuzz_filter.c LINK sts_filter sts_policy)
endif()
