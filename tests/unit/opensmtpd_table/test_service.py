# SPDX-License-Identifier: ISC
"""The service is gone, hangs, is slow, talks nonsense, or comes back."""
import time

import table
from table import Case, Service

ENFORCE = "policy {0} mode=enforce id=1 state=fresh fetched=1 expires=2 mx="


class Clock:
    def __enter__(self):
        self.start = time.monotonic()
        return self

    def __exit__(self, *_):
        self.spent = time.monotonic() - self.start


class Patient(Case):
    """Waits by so much, that a busy machine is no wait."""
    WAIT = "2"
    PATIENCE = float(WAIT)


class Gone(Patient):
    def test_absent_at_start_and_back(self):
        self.service.stop()
        run = self.table()
        run.greet()
        with Clock() as clock:
            self.assertEqual(run.check("good.example"),
                             "error|MTA-STS: service-gone")
            self.assertEqual(
                run.lookup("good.example"), "found|smtp+tls://"
                "service-gone.good.example.stsgate.invalid")
        self.assertLess(clock.spent, self.PATIENCE)
        self.service = Service(self.socket)
        self.route("good.example", "mx.good.example")
        self.until(lambda: run.check("good.example") == "found")
        self.logged(run, "service-gone", "service-back")

    def until(self, true):
        end = time.monotonic() + 60
        while not true():
            self.assertLess(time.monotonic(), end)
            time.sleep(0.02)

    def test_own_copy_bridges_a_restart(self):
        self.route("good.example", "mx.good.example")
        self.service.said.update({
            "route bad.example now": "blocked bad.example mode=enforce id=1 "
            "reason=unreachable detail=x until=+300",
            "route plain.example now": "none plain.example state=negative "
            "reason=no-record",
            "route plain.example mx progress": "none plain.example "
            "state=negative reason=no-record mx=mx.plain.example"})
        run = self.table()
        run.greet()

        def answers():
            return [run.check("good.example"), run.lookup("good.example"),
                    run.check("bad.example"), run.lookup("bad.example"),
                    run.check("plain.example"), run.lookup("plain.example")]
        before = answers()
        self.assertEqual(before, [
            "found", "found|smtp+tls://mx.good.example", "found",
            "found|smtp+tls://unreachable.bad.example.stsgate.invalid",
            "not-found", "found|smtp+tls://mx.plain.example"])
        self.service.stop()
        self.assertEqual(answers(), before)
        self.assertEqual(run.check("other.example"),
                         "error|MTA-STS: service-gone")
        # It is back, but knows nothing yet.
        self.service = Service(self.socket)
        self.until(lambda: run.check("other.example") ==
                   "error|MTA-STS: not-known" or self.service.asked)
        self.assertEqual(answers(), before)
        # It knows better: what it says holds, and is the copy from then on.
        self.service.said["route good.example now"] = (
            "none good.example state=negative reason=no-record")
        self.assertEqual(run.check("good.example"), "not-found")
        self.service.stop()
        self.assertEqual(run.check("good.example"), "not-found")

    def test_copy_ends_when_it_was_to_be_asked_again(self):
        self.service.said["route good.example now"] = (
            "route good.example mode=enforce id=1 host=mx.good.example "
            f"until={int(time.time()) + 5}")
        self.service.said["route old.example now"] = (
            "route old.example mode=enforce id=1 host=mx.old.example "
            f"until={int(time.time()) - 1}")
        run = self.table()
        run.greet()
        for name in ("good.example", "old.example"):
            self.assertEqual(run.check(name), "found")
        self.service.stop()
        self.assertEqual(run.check("old.example"),
                         "error|MTA-STS: service-gone")
        self.assertEqual(run.check("good.example"), "found")
        self.until(lambda: run.check("good.example") ==
                   "error|MTA-STS: service-gone")
        self.assertEqual(
            run.lookup("good.example"), "found|smtp+tls://"
            "service-gone.good.example.stsgate.invalid")

    def test_what_went_wrong_ends_a_copy(self):
        self.route("good.example", "mx.good.example")
        run = self.table()
        run.greet()
        self.assertEqual(run.check("good.example"), "found")
        self.service.said["route good.example now"] = (
            "temp good.example reason=dns-bogus")
        self.assertEqual(run.check("good.example"),
                         "error|MTA-STS: dns-bogus")
        self.service.stop()
        self.assertEqual(run.check("good.example"),
                         "error|MTA-STS: service-gone")

    def test_busy_service_is_bridged_too(self):
        self.route("good.example", "mx.good.example")
        run = self.table()
        run.greet()
        self.assertEqual(run.check("good.example"), "found")
        for reason in ("busy", "stopping", "no-memory", "not-known", "limit",
                       "store-failed"):
            self.service.said["route good.example now"] = (
                f"temp - reason={reason}")
            self.assertEqual(run.lookup("good.example"),
                             "found|smtp+tls://mx.good.example", reason)

    def test_no_answers(self):
        """What is not a whole known answer is none at all."""
        for said in (b"", b"\n", b"STS1 none", b"STS2 none x\n",
                     b"STS1 nones x\n", b"STS1 route x\n", b"\0\0\n",
                     b"STS1 route x mode=enforce id=1\n", b"A" * 200000,
                     b"STS1 route x mode=testing id=1 host=mx.x until=9\n",
                     b"STS1 none x \0\n", b"HTTP/1.1 200 OK\r\n\r\n",
                     b"STS1 blocked x reason=x\n", b"STS1 wait\n"):
            self.service.said["route x.example now"] = said
            run = self.table()
            run.greet()
            self.assertIn(run.check("x.example"), (
                "error|MTA-STS: service-gone", "error|MTA-STS: service-error"),
                said)
            self.assertRegex(run.check("x.example"), "^error")

    def test_reasons_that_are_no_words(self):
        """They must not end the line: half a line ends smtpd."""
        run = self.table()
        run.greet()
        for said in ("a%0Ab", "a%7Cb", "a%20b", "%01", "%FF", "x" * 100,
                     "a.b", "-"):
            self.service.said.update({
                "route x.example now": f"temp x.example reason={said}",
                "route y.example now":
                    f"temp y.example reason={said} mode=enforce id=1",
                "route z.example now":
                    f"blocked z.example mode=enforce id=1 reason={said} "
                    "detail=x until=+300"})
            self.assertEqual(run.check("x.example"),
                             "error|MTA-STS: service-error", said)
            self.assertEqual(
                run.lookup("y.example"), "found|smtp+tls://service-error."
                "y.example.stsgate.invalid", said)
            self.assertEqual(
                run.lookup("z.example"), "found|smtp+tls://service-error."
                "z.example.stsgate.invalid", said)

    def test_killed_while_it_answers(self):
        whole = b"STS1 none x.example state=negative reason=no-record\n"
        for n in range(0, len(whole), 6):
            self.service.said["route x.example now"] = whole[:n]
            run = self.table()
            run.greet()
            sent = len(self.service.asked)
            run.ours.sendall(
                b"table|0.1|1|sts|check|domain|1|x.example\n")
            self.until(lambda sent=sent: len(self.service.asked) > sent)
            self.service.stop()
            self.assertEqual(run.line(),
                             "check-result|1|error|MTA-STS: service-gone")
            self.service = Service(self.socket)


class Slow(Patient):
    def test_hangs(self):
        self.route("good.example", "mx.good.example")
        run = self.table()
        run.greet()
        self.assertEqual(run.check("good.example"), "found")
        self.service.stuck = True
        with Clock() as first:
            self.assertEqual(run.check("other.example"),
                             "error|MTA-STS: service-gone")
        with Clock() as more:
            for _ in range(20):
                self.assertEqual(run.check("good.example"), "found")
                self.assertEqual(run.check("other.example"),
                                 "error|MTA-STS: service-gone")
        self.assertLess(first.spent, 2 * self.PATIENCE)
        self.assertLess(more.spent, self.PATIENCE)
        self.service.stuck = False
        self.service.stop()
        self.service = Service(self.socket)
        self.route("new.example", "mx.new.example")
        end = time.monotonic() + 60
        while run.check("new.example") != "found":
            self.assertLess(time.monotonic(), end)
            time.sleep(0.02)

    def test_late_once_is_not_gone(self):
        """A service that is busy for a moment refuses no mail."""
        self.route("good.example", "mx.good.example")
        self.service.said["policy cold.example progress"] = (
            "none cold.example state=negative reason=no-record")
        run = self.table()
        run.greet()
        self.assertEqual(run.check("good.example"), "found")
        self.service.said["route good.example now"] = (0.1, self.service.said[
            "route good.example now"])
        self.assertEqual(run.check("good.example"), "found")
        self.assertEqual(run.check("cold.example"), "not-found")
        self.logged(run)

    def test_late_without_a_copy(self):
        """Waited for as a domain that is looked up, by the same account: it
        is for two waits, less than three of these."""
        for name in ("a.example", "b.example", "c.example"):
            self.service.said[f"route {name} now"] = (
                0.7 * self.PATIENCE, f"none {name} state=negative reason=no-record")
        run = self.table()
        run.greet()
        for name in ("a.example", "b.example"):
            self.assertEqual(run.check(name), "not-found")
        self.logged(run)
        self.assertEqual(run.check("c.example"),
                         "error|MTA-STS: service-gone")

    def test_hangs_for_who_has_copies(self):
        """Not 20 ms for each of them."""
        names = [f"d{i}.example" for i in range(200)]
        for name in names:
            self.route(name, "mx." + name)
        run = self.table()
        run.greet()
        for name in names:
            self.assertEqual(run.check(name), "found")
        with Clock() as usual:
            for name in names:
                self.assertEqual(run.check(name), "found")
        self.service.stuck = True
        with Clock() as clock:
            for name in names:
                self.assertEqual(run.check(name), "found")
        self.assertLess(clock.spent - usual.spent, 2.5)

    def test_cold_domain_is_waited_for(self):
        self.service.said.update({
            "policy cold.example progress":
                (0.2, ENFORCE.format("cold.example")),
            "policy plain.example progress":
                (0.2, "none plain.example state=negative reason=no-record")})
        run = self.table()
        run.greet()
        with Clock() as clock:
            self.assertEqual(run.check("cold.example"), "found")
        self.assertGreater(clock.spent, 0.19)
        self.assertEqual(run.check("plain.example"), "not-found")
        self.logged(run)

    def test_wait_is_bounded(self):
        self.service.said["policy dead.example progress"] = (60, "")
        run = self.table()
        run.greet()
        with Clock() as clock:
            self.assertEqual(run.check("dead.example"),
                             "error|MTA-STS: not-known")
        self.assertGreater(clock.spent, self.PATIENCE - 0.01)
        self.assertLess(clock.spent, 2 * self.PATIENCE)
        self.logged(run, "not-known domain=dead.example")
        # The next cold domain is not held up by what nobody waits for.
        self.service.said["policy cold.example progress"] = (
            ENFORCE.format("cold.example"))
        self.assertEqual(run.check("cold.example"), "found")

    def test_many_cold_domains_do_not_stop_smtpd(self):
        """Two waits in a row, from then on a third of the time."""
        for i in range(40):
            self.service.said[f"policy d{i}.example progress"] = (60, "")
        run = self.table()
        run.greet()
        with Clock() as clock:
            for i in range(40):
                self.assertEqual(run.check(f"d{i}.example"),
                                 "error|MTA-STS: not-known")
        self.assertLess(clock.spent, 4 * self.PATIENCE)

    def test_probe_is_waited_for(self):
        self.service.said.update({
            "route cold.example now":
                "temp cold.example reason=probing mode=enforce id=1",
            "route cold.example mx progress": (
                1, "route cold.example mode=enforce id=1 "
                "host=mx.cold.example until=+300"),
            "route dead.example now":
                "temp dead.example reason=probing mode=enforce id=1",
            "route dead.example mx progress": (60, "")})
        run = self.table()
        run.greet()
        with Clock() as clock:
            self.assertEqual(run.check("cold.example"), "found")
        self.assertLess(clock.spent, 1)
        self.assertEqual(run.lookup("cold.example"),
                         "found|smtp+tls://mx.cold.example")
        self.assertEqual(
            run.lookup("dead.example"),
            "found|smtp+tls://probing.dead.example.stsgate.invalid")
        # That it is enforced is known, and no more.
        self.service.said["policy new.example progress"] = (
            ENFORCE.format("new.example"))
        self.service.said["route new.example mx progress"] = (
            "route new.example mode=enforce id=1 host=mx.new.example "
            "until=+300")
        self.assertEqual(run.check("new.example"), "found")
        self.assertEqual(run.lookup("new.example"),
                         "found|smtp+tls://mx.new.example")
        # It was not in time, but is known by now.
        self.route("dead.example", "mx.dead.example")
        self.assertEqual(run.lookup("dead.example"),
                         "found|smtp+tls://mx.dead.example")


if __name__ == "__main__":
    table.main()
