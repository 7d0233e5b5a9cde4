# SPDX-License-Identifier: ISC
sts_need(OPENSSL openssl libssl-dev 3.0)
sts_need(EVENT_CORE libevent_core libevent-dev 2.1)

sts_library(sts_probe
	SOURCES probe.c probe_dialog.c probe_request.c
		probe_room.c probe_tls.c
	LINK sts_fetch
	PRIVATE_LINK sts_policy sts_smtp_reply PkgConfig::OPENSSL PkgConfig::EVENT_CORE)
