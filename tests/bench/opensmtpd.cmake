# SPDX-License-Identifier: ISC
find_package(Threads REQUIRED)
add_executable(bench_proceed bench_proceed.c)
add_executable(bench_inject bench_inject.c smtp_talk.c)
target_link_libraries(bench_inject PRIVATE Threads::Threads)
add_executable(bench_table bench_table.c)
add_executable(bench_banner bench_banner.c smtp_talk.c)
target_link_libraries(bench_banner PRIVATE Threads::Threads)
