# SPDX-License-Identifier: ISC
if(TARGET sts_report)
	sts_fuzz(fuzz_tally SOURCES fuzz_tally.c LINK sts_report)
	sts_fuzz(fuzz_report_read SOURCES fuzz_report_read.c LINK sts_report)
	sts_fuzz(fuzz_dkim SOURCES fuzz_dkim.c LINK sts_dkim)
endif()
