# SPDX-License-Identifier: ISC
sts_need(CURL libcurl libcurl4-openssl-dev 7.87)
sts_need(OPENSSL openssl libssl-dev 3.0)
sts_need(EVENT_CORE libevent_core libevent-dev 2.1)

sts_library(sts_fetch
	SOURCES cert_look.c guard.c fetch.c fetch_admit.c fetch_easy.c fetch_get.c
		fetch_loop.c fetch_proxy.c fetch_read.c fetch_request.c fetch_slots.c
		fetch_trace.c fetch_verdict.c x509_name.c
	LINK sts_engine
	PRIVATE_LINK PkgConfig::CURL PkgConfig::OPENSSL PkgConfig::EVENT_CORE)
