# SPDX-License-Identifier: ISC
foreach(name record policy domain tlsrpt)
	sts_fuzz(fuzz_${name} SOURCES fuzz_${name}.c LINK sts_policy)
endforeach()
