# SPDX-License-Identifier: ISC
add_executable(bench_report bench_report.c)
target_link_libraries(bench_report PRIVATE sts_report sts_cache
	PkgConfig::EVENT_CORE)
add_executable(bench_result bench_result.c)
target_link_libraries(bench_result PRIVATE sts_client)
