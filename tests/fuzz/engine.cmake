# SPDX-License-Identifier: ISC
sts_fuzz(fuzz_entry SOURCES fuzz_entry.c LINK sts_engine)
target_include_directories(fuzz_entry PRIVATE
	${CMAKE_CURRENT_SOURCE_DIR}/../../core/engine)
