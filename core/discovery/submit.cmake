# SPDX-License-Identifier: ISC
sts_need(EVENT_CORE libevent_core libevent-dev 2.1)
sts_library(sts_submit
	SOURCES submit.c submit_dialog.c submit_text.c
	LINK sts_engine sts_sending
	PRIVATE_LINK sts_smtp_reply PkgConfig::EVENT_CORE)
