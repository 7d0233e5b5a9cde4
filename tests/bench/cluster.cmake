# SPDX-License-Identifier: ISC
if(STS_REDIS)
	add_executable(bench_shared bench_shared.c)
	target_include_directories(bench_shared PRIVATE
		${CMAKE_SOURCE_DIR}/cache/redis)
	target_link_libraries(bench_shared PRIVATE sts_redis sts_service
		PkgConfig::HIREDIS PkgConfig::EVENT_CORE)
endif()
