# SPDX-License-Identifier: ISC
add_executable(bench_echo echo_server.c)
add_executable(bench_hits bench_hits.c)
add_executable(bench_prime prime.c)
target_link_libraries(bench_prime PRIVATE sts_cache PkgConfig::EVENT_CORE)
