# SPDX-License-Identifier: ISC
sts_fuzz(fuzz_protocol SOURCES fuzz_protocol.c LINK sts_service)
target_include_directories(fuzz_protocol PRIVATE
	${CMAKE_SOURCE_DIR}/core/service)
