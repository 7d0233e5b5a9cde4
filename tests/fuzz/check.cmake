# SPDX-License-Identifier: ISC
sts_fuzz(fuzz_mail SOURCES fuzz_mail.c LINK sts_check sts_engine sts_policy)
target_include_directories(fuzz_mail PRIVATE ${CMAKE_SOURCE_DIR}/core/check)
