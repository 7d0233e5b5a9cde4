# SPDX-License-Identifier: ISC
sts_fuzz(fuzz_wire SOURCES fuzz_wire.c LINK sts_resolver sts_engine sts_policy)
target_include_directories(fuzz_wire PRIVATE
	${CMAKE_SOURCE_DIR}/core/discovery)
