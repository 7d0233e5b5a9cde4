# SPDX-License-Identifier: ISC
"""stats --prometheus: of a service with fixed answers, and of the real one."""
import json
import re
import subprocess
import sys
import tempfile
import time
import unittest

from command import SOURCE, Service, main, run

STSGATED = sys.argv[3]
SAMPLE = re.compile(
    r'([a-z_]+)(?:\{([a-z_]+="[ -!#-\[\]-~]*")\})? (-?\d+)\Z')
STATS = {"version": "0.1", "uptime": 5, "store": "ok", "resolver": "off",
         "engine": {"asked": 7, "none": 4, "policy": 2}, "overrides": 3}
LIFE = 604800


def parse(text):
    """Samples by name and label; the format is held to what Prometheus takes:
    each name in one group, HELP and TYPE before it and once."""
    samples, group, seen, kind = {}, None, set(), {}
    for line in text.splitlines():
        if line.startswith("# HELP "):
            group = line.split()[2]
            assert group not in seen, f"{group} is in two groups"
            assert len(line.split()) > 3, f"{group} has no help"
            seen.add(group)
            continue
        if line.startswith("# TYPE "):
            _, _, name, kind[name] = line.split()
            assert name == group, line
            continue
        match = SAMPLE.match(line)
        assert match, f"no sample: {line!r}"
        assert match[1] == group and group in kind, f"alone: {line!r}"
        assert match[1].startswith("stsgate_"), line
        assert (kind[group] == "counter") == group.endswith("_total"), line
        assert (match[1], match[2]) not in samples, f"twice: {line!r}"
        samples[match[1], match[2]] = int(match[3])
    return samples


def policy(domain, mode, fetched, expires):
    return {"domain": domain, "answer": "policy", "state": "fresh",
            "mode": mode, "fetched": fetched, "expires": expires}


def ask(answers):
    with Service(answers) as service:
        code, out, err = run("stats", "--prometheus", "--socket",
                             service.path)
    return code, parse(out), err


class Fixed(unittest.TestCase):
    stats = {"STS1 stats": "STS1 json " + json.dumps(STATS)}

    def test_counters(self):
        listed = {"STS1 list": 'STS1 json {"policies":[],"more":false}'}
        code, got, _ = ask(self.stats | listed)
        self.assertEqual(code, 0)
        self.assertEqual(got["stsgate_up", None], 1)
        self.assertEqual(got["stsgate_lookups_total", None], 7)
        self.assertEqual(got["stsgate_answers_total", 'answer="none"'], 4)
        self.assertEqual(got["stsgate_overrides", None], 3)
        self.assertEqual(got["stsgate_store_ok", 'state="ok"'], 1)
        self.assertEqual(got["stsgate_policies", 'mode="enforce"'], 0)
        self.assertNotIn(("stsgate_redis_keys", None), got)

    def test_policies_at_risk(self):
        now = int(time.time())
        first = [policy("a.example", "enforce", now - 9, now - 9 + LIFE),
                 policy("b.example", "enforce", now - LIFE + 100, now + 100),
                 policy("c.example", "enforce", now - LIFE - 9, now - 9)]
        second = [policy("d.example", "testing", now - 9, now - 9 + LIFE)]
        code, got, _ = ask(self.stats | {
            "STS1 list": "STS1 json " + json.dumps(
                {"policies": first, "more": True}),
            "STS1 list after=c.example": "STS1 json " + json.dumps(
                {"policies": second, "more": False})})
        self.assertEqual(code, 0)
        self.assertEqual(got["stsgate_policies", 'mode="enforce"'], 2)
        self.assertEqual(got["stsgate_policies_at_risk", 'mode="enforce"'], 1)
        self.assertEqual(got["stsgate_policies", 'mode="testing"'], 1)
        self.assertEqual(got["stsgate_policies_at_risk", 'mode="testing"'], 0)
        name = "stsgate_policy_first_expiry_timestamp_seconds"
        self.assertEqual(got[name, 'mode="enforce"'], now + 100)

    def test_a_state_ends_no_label(self):
        stats = STATS | {"store": 'full: "/a\\b"\n', "shared": {
            "state": "connecting", "keys": 4}}
        listed = {"STS1 list": 'STS1 json {"policies":[],"more":false}'}
        _, got, _ = ask(
            {"STS1 stats": "STS1 json " + json.dumps(stats)} | listed)
        self.assertEqual(
            [label for name, label in got if name == "stsgate_store_ok"],
            ['state="full: ?x22/a?x5cb?x22?x0a"'])
        self.assertEqual(got["stsgate_redis_up", 'state="connecting"'], 0)
        self.assertEqual(got["stsgate_redis_keys", None], 4)

    def test_no_service(self):
        code, out, err = run("stats", "--prometheus", "--socket",
                             "/nonexistent/sock")
        self.assertEqual((code, parse(out)), (2, {("stsgate_up", None): 0}))
        self.assertTrue(err)

    def test_half_an_answer_is_not_up(self):
        for answers in (self.stats, {"STS1 stats": "STS1 json {}"},
                        {"STS1 stats": "STS1 ok"}):
            code, got, _ = ask(answers)
            self.assertEqual((code, got["stsgate_up", None]), (2, 0))

    def test_only_for_stats(self):
        self.assertEqual(run("query", "a.example", "--prometheus")[0], 64)
        self.assertEqual(run("stats", "--json", "--prometheus")[0], 64)


class Real(unittest.TestCase):
    """Every number that the service counts has a name."""

    def test_all(self):
        self.look('report_organization = "Example"\n'
                  'report_contact = "a@example.com"\n', 0)
        self.look('report_collectd = "/nonexistent/collectd"\n', 1)

    def look(self, more, states):
        with tempfile.TemporaryDirectory() as folder:
            conf = folder + "/conf"
            with open(conf, "w") as file:
                file.write(f'query_socket = "{folder}/q"\n'
                           f'admin_socket = "{folder}/a"\n'
                           f'store = "{folder}/store"\nlog = stderr\n'
                           'resolver = forward\ntrust_anchor = ""\n'
                           'forwarders = "127.0.0.1@9"\n' + more)
            with subprocess.Popen([STSGATED, "-f", "-c", conf],
                                  stderr=subprocess.PIPE) as service:
                try:
                    self.assertIn(b"started", service.stderr.readline())
                    self.compare(folder + "/a", states)
                finally:
                    service.terminate()
                    service.stderr.close()

    def compare(self, path, states):
        _, stats, _ = run("stats", "--json", "--socket", path)
        code, out, _ = run("stats", "--prometheus", "--socket", path)
        self.assertEqual(code, 0)
        stats = json.loads(stats)
        numbers = [(part, key) for part, value in stats.items()
                   for key in (value if isinstance(value, dict) else [None])
                   if isinstance(value[key] if key else value, int)]
        table = out.count("\n") - out.count("# ")
        # What is no number in stats: the version, the store, the resolver, up,
        # the collector, two gauges of three modes, and when the first expires.
        self.assertEqual(table, len(numbers) + 4 + states + 2 * 3 + 1, numbers)
        parse(out)


class Shipped(unittest.TestCase):
    """The rules and the dashboard speak of what there is."""

    def test_names(self):
        table = (SOURCE / "core/cli/metrics_table.c").read_text()
        code = "".join((SOURCE / "core/cli" / name).read_text()
                       for name in ("metrics.c", "metrics_policies.c"))
        known = set(re.findall(r'"(stsgate_[a-z_]+)"', table + code))
        self.assertGreater(len(known), 40)
        for name in ("alerts.yml", "grafana.json"):
            text = (SOURCE / "packaging/prometheus" / name).read_text()
            used = set(re.findall(r"stsgate_[a-z_]+", text))
            self.assertGreater(len(used), 5)
            self.assertEqual(used - known, set(), name)
        json.loads((SOURCE / "packaging/prometheus/grafana.json").read_text())


if __name__ == "__main__":
    main()
