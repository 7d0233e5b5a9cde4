# SPDX-License-Identifier: ISC
sts_library(sts_post
	SOURCES post.c post_url.c
	LINK sts_engine sts_sending
	PRIVATE_LINK sts_fetch PkgConfig::CURL)
