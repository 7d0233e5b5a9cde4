# SPDX-License-Identifier: ISC
sts_need(UNBOUND libunbound libunbound-dev 1.17)
sts_need(EVENT_CORE libevent_core libevent-dev 2.1)

sts_library(sts_resolver
	SOURCES resolver.c resolver_address.c resolver_anchor.c resolver_ask.c
		resolver_probe.c resolver_question.c resolver_servers.c
		resolver_upstream.c wire.c wire_answer.c wire_rdata.c
	LINK sts_engine
	PRIVATE_LINK sts_policy PkgConfig::UNBOUND PkgConfig::EVENT_CORE)
