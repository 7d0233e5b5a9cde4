/* SPDX-License-Identifier: ISC */
#include "scripts.h"

/*
 * What is no item, or says that it is of the future by Redis' own clock, was
 * not put by one of us, and must not stand in the way for ever (THR-9). 300:
 * STS_SHARED_AHEAD. Both items are S<n> <fetched> <checked> ... (seal.h).
 */
/* Sets f to the dates of what is there, if it may stand in the way of new. */
#define NEWEST                                                     \
	"local f, c\n"                                             \
	"if type(old) == 'string' then\n"                          \
	"  f, c = string.match(old, '^S%d+ (%d+) (%d+) ')\n"       \
	"end\n"                                                    \
	"local max = tonumber(redis.call('TIME')[1]) + 300\n"      \
	"if f and (#f ~= 13 or #c ~= 13 or tonumber(f) > max or\n" \
	"    tonumber(c) > max) then f = nil end\n"                \
	"local new = string.sub(ARGV[1], 4, 30)\n"                 \
	"if f and f .. ' ' .. c > new then return 0 end\n"

const char sts_rd_script_put[] =
    "local old = redis.pcall('GETRANGE', KEYS[1], 0, 63)\n" NEWEST
    "redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])\n"
    "local fetched = string.sub(new, 1, 13)\n"
    "if f == fetched and string.sub(new, 15) ~= fetched then return 1 end\n"
    "redis.call('PUBLISH', ARGV[3], ARGV[4])\n"
    "return 2\n";

/* What is no hash was not put by one of us. */
const char sts_rd_script_put_part[] =
    "if redis.call('TYPE', KEYS[1]).ok ~= 'hash' then\n"
    "  redis.call('DEL', KEYS[1])\n"
    "end\n"
    "if ARGV[3] ~= ARGV[4] and\n"
    "    redis.call('HEXISTS', KEYS[1], ARGV[4]) == 1 then return 0 end\n"
    "local old = redis.call('HGET', KEYS[1], ARGV[3])\n" NEWEST
    "redis.call('HSET', KEYS[1], ARGV[3], ARGV[1])\n"
    "redis.call('PEXPIRE', KEYS[1], ARGV[2])\n"
    "return 1\n";

/* 128: STS_SHARED_PART. */
const char sts_rd_script_parts[] =
    "if redis.call('TYPE', KEYS[1]).ok ~= 'hash' then return {} end\n"
    "if redis.call('HLEN', KEYS[1]) > tonumber(ARGV[1]) then return -1 end\n"
    "local out = {}\n"
    "for _, k in ipairs(redis.call('HKEYS', KEYS[1])) do\n"
    "  if #k <= 128 then out[#out + 1] = k end\n"
    "end\n"
    "return out\n";

const char sts_rd_script_part[] =
    "if redis.call('TYPE', KEYS[1]).ok ~= 'hash' or\n"
    "    redis.call('HSTRLEN', KEYS[1], ARGV[1]) > tonumber(ARGV[2]) then\n"
    "  return ''\n"
    "end\n"
    "return redis.call('HGET', KEYS[1], ARGV[1]) or ''\n";

const char sts_rd_script_lease[] =
    "if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then\n"
    "  return 1\n"
    "end\n"
    "if redis.pcall('GETRANGE', KEYS[1], 0, 511) ~= ARGV[1] then\n"
    "  return 0\n"
    "end\n"
    "redis.call('PEXPIRE', KEYS[1], ARGV[2])\n"
    "return 1\n";

const char sts_rd_script_release[] =
    "if redis.pcall('GETRANGE', KEYS[1], 0, 511) == ARGV[1] then\n"
    "  return redis.call('DEL', KEYS[1])\n"
    "end\n"
    "return 0\n";

const char sts_rd_script_leases[] =
    "local r = redis.call('SCAN', ARGV[1], 'MATCH', ARGV[2], 'COUNT', 200)\n"
    "local out = {r[1]}\n"
    "for _, k in ipairs(r[2]) do\n"
    "  local v = redis.pcall('GETRANGE', k, 0, 511)\n"
    "  if #k < 1024 and type(v) == 'string' then\n"
    "    out[#out + 1] = k\n"
    "    out[#out + 1] = v\n"
    "    out[#out + 1] = redis.call('PTTL', k)\n"
    "  end\n"
    "end\n"
    "return out\n";
