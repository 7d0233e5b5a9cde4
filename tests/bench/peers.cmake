# SPDX-License-Identifier: ISC
add_executable(bench_ask bench_ask.c)
add_executable(bench_certs bench_certs.c)
target_link_libraries(bench_certs PRIVATE PkgConfig::OPENSSL)
add_executable(bench_floor bench_floor.c)
target_link_libraries(bench_floor PRIVATE PkgConfig::CURL PkgConfig::UNBOUND)
