# SPDX-License-Identifier: ISC
# All of filter-stsgate but main(), for the tests as well.
add_library(sts_filter STATIC filter.c filter_line.c filter_names.c
	filter_stance.c filter_hold.c filter_sessions.c filter_sent.c
	filter_delivery.c filter_log.c line_in.c line_out.c)
target_link_libraries(sts_filter PUBLIC sts_smtpd)
add_executable(filter-stsgate filter_main.c)
target_link_libraries(filter-stsgate PRIVATE sts_filter)
target_link_options(filter-stsgate PRIVATE -Wl,-z,relro,-z,now,--as-needed)
install(TARGETS filter-stsgate DESTINATION ${STS_SMTPD_LIBEXECDIR}
	COMPONENT opensmtpd)
