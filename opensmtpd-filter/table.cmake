# SPDX-License-Identifier: ISC
add_library(sts_table STATIC table_text.c table_imsg.c table_session.c
	table_route.c table_copy.c table_wanted.c table_ask.c table_tell.c
	table_conf.c)
target_link_libraries(sts_table PUBLIC sts_smtpd)

add_executable(table-stsgate table_main.c)
target_link_libraries(table-stsgate PRIVATE sts_table)
install(TARGETS table-stsgate DESTINATION ${STS_SMTPD_LIBEXECDIR}
	COMPONENT opensmtpd)
