# SPDX-License-Identifier: ISC
find_package(Threads REQUIRED)
add_executable(bench_sink bench_sink.c)
target_link_libraries(bench_sink PRIVATE PkgConfig::OPENSSL Threads::Threads)
