# SPDX-License-Identifier: ISC
def rows(world, relay, out): pass
