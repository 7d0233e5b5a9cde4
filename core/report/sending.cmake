# SPDX-License-Identifier: ISC
# What core/discovery sees of this folder: a way out, as an interface.
sts_library(sts_sending
	SOURCES loopback.c sending.c
	LINK sts_policy)

sts_need(EVENT_CORE libevent_core libevent-dev 2.1)
sts_library(sts_sendmail
	SOURCES sendmail.c sendmail_child.c sendmail_job.c sendmail_verdict.c
	LINK sts_sending sts_engine sts_policy
	PRIVATE_LINK PkgConfig::EVENT_CORE)

# The other sink of results.
sts_library(sts_collectd
	SOURCES collectd.c collectd_send.c collectd_wish.c
	LINK sts_report sts_engine sts_policy
	PRIVATE_LINK PkgConfig::EVENT_CORE)

# Is a report signed? For the command.
sts_need(OPENSSL openssl libssl-dev 3.0)
sts_library(sts_dkim
	SOURCES dkim.c dkim_canon.c dkim_key.c dkim_mail.c dkim_sig.c
		dkim_tags.c
	LINK sts_policy
	PRIVATE_LINK sts_report PkgConfig::OPENSSL)
