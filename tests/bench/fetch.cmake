# SPDX-License-Identifier: ISC
add_executable(bench_fetch bench_fetch.c ../unit/discovery_fetch/certs.c)
target_link_libraries(bench_fetch PRIVATE sts_fetch PkgConfig::OPENSSL
	PkgConfig::EVENT_CORE)
