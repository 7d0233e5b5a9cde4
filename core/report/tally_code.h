/* SPDX-License-Identifier: ISC */
#ifndef STS_REPORT_TALLY_CODE_H
#define STS_REPORT_TALLY_CODE_H

/*
 * The stored form of a tally: lines of text, and the policies' own octets.
 *
 *	stsgate-tally 1
 *	domain <name>	day <days since 1970>	dropped <n>
 *	policies <n>	(one each line, in this order)
 *
 * then for each policy, in the order of their types and texts,
 *
 *	policy <type> <successful> <failed> <dropped> <octets> <details>
 *
 * so many octets of text, LF, and for each detail, in their order, one line
 *
 *	<result> <sessions> <mx> <sending-ip> <receiving-ip> <helo> <reason>
 *
 * with a tab between; texts are printable ASCII or empty. A reader takes
 * exactly this, and only numbers that agree; another version is STS_EINVAL.
 */
#define STS_TALLY_MAGIC   "stsgate-tally "
#define STS_TALLY_VERSION "1"

#endif
