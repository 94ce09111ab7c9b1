"""Listing slots, against the floor, against a bare server of the same bytes, and as tables grow."""

import http.client
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from sloty_deploy.bench.load import Load
from sloty_deploy.bench.options import Options
from sloty_deploy.bench.rig import Rig, Served
from sloty_deploy.bench.rounds import PRODUCT, Contestant, expect, run_load, take_turns, told
from sloty_deploy.bench.shop import BOOKINGS
from sloty_deploy.bench.sites import Site, bearer, request
from sloty_deploy.bench.slots_case import DAYS, SlotsCase, named, slots_cases
from sloty_deploy.listening import LOOPBACK
from sloty_deploy.refusal import Refusal

CONCURRENCIES = (1, 16)
UNCHANGED = "unchanged"


@dataclass(frozen=True)
class Measuring:
    """One site with its limits beside it: the floor, and the bare server of the same bytes.

    `forgetful` is the product that makes each answer anew, as the floor does.
    """

    site: Site
    cases: list[SlotsCase]
    forgetful: Served
    floor_server: Served
    bare_server: Served
    database_process: int
    options: Options

    def product(self, case: SlotsCase, connections: int) -> Contestant:
        return self._contestant(self.forgetful, self._asked(case), connections)

    def asked_again(self, case: SlotsCase, connections: int, *headers: str) -> Contestant:
        asked = self._asked(case, *headers)
        return self._contestant(self.site.availability, asked, connections)

    def floor(self, case: SlotsCase, connections: int) -> Contestant:
        asked = request("GET", f"/slots/{self.cases.index(case)}")
        return self._contestant(self.floor_server, asked, connections)

    def bare(self, answer: object, connections: int) -> Contestant:
        return self._contestant(self.bare_server, request("GET", f"/{answer}"), connections)

    def _asked(self, case: SlotsCase, *headers: str) -> str:
        return request("GET", f"/v1/slots?{case.query}", bearer(self.site.shop), *headers)

    def _contestant(self, server: Served, asked: str, connections: int) -> Contestant:
        load = Load(LOOPBACK, server.port, [asked], connections, self.options.seconds)
        return Contestant(partial(run_load, load), [*server.processes, self.database_process])


def bench_slots(rig: Rig, sites: list[Site], options: Options) -> dict[str, Any]:
    """Each case on each site, then the growth from the small one to the large one."""
    measuring = [_prepare(rig, site, options) for site in sites]
    return {
        "cases": [result for each in measuring for result in _cases(each)],
        "askedAgain": [result for each in measuring for result in _asked_again(each)],
        "conditional": [result for each in measuring for result in _conditional(each)],
        "growthWithStored": _growth(measuring),
        "costOfBookings": _cost_of_bookings(measuring[0]),
    }


def _prepare(rig: Rig, site: Site, options: Options) -> Measuring:
    cases = slots_cases(site.shop)
    folder = rig.folder / f"slots-{site.stored}"
    folder.mkdir()
    work = {"url": site.database.superuser_url, "cases": [asdict(case) for case in cases]}
    (folder / "work.json").write_text(json.dumps(work | {"rows": None}))
    (folder / UNCHANGED).touch()
    settings = {"BENCH_WORK": str(folder / "work.json"), "BENCH_ANSWERS": str(folder)}
    serve = partial(rig.serve, settings=settings, processes=options.api_processes, ready=False)
    floor, bare = (serve(f"sloty_deploy.bench.{name}") for name in ("floor", "bare"))
    forgets = rig.settings(site.database) | {"SLOTY_ANSWERS_KEPT_BYTES": "0"}
    forgetful = rig.serve("sloty_availability", forgets, processes=options.api_processes)
    measuring = Measuring(site, cases, forgetful, floor, bare, rig.database_process, options)
    for number, case in enumerate(cases):
        (folder / str(number)).write_bytes(_agreed_answer(measuring, case))
    return measuring


def _agreed_answer(measuring: Measuring, case: SlotsCase) -> bytes:
    """The answer's bytes. Raises Refusal where product and floor do not answer the same."""
    site = measuring.site
    headers = {"authorization": f"Bearer {site.shop.token}"}
    ours = _body(site.availability.port, f"/v1/slots?{case.query}", headers)
    theirs = _body(measuring.floor_server.port, f"/slots/{measuring.cases.index(case)}", {})
    if ours != theirs:
        raise Refusal(f"The floor does not answer as the product does: {case.name}")
    return ours


def _body(port: int, path: str, headers: dict[str, str]) -> bytes:
    with _answered(port, path, headers) as answer:
        if answer.status != http.client.OK:
            raise Refusal(f"{path} answered {answer.status}: {answer.read()[:500]!r}")
        return answer.read()


@contextmanager
def _answered(port: int, path: str, headers: dict[str, str]) -> Iterator[http.client.HTTPResponse]:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=30)
    try:
        connection.request("GET", path, headers=headers)
        yield connection.getresponse()
    finally:
        connection.close()


def _cases(measuring: Measuring) -> Iterator[dict[str, Any]]:
    quick = measuring.options.quick
    for number, case in enumerate(measuring.cases):
        if quick and case not in (_usual(measuring), measuring.cases[-1]):
            continue
        for connections in CONCURRENCIES:
            contestants = {
                PRODUCT: measuring.product(case, connections),
                "floor": measuring.floor(case, connections),
                "bare": measuring.bare(number, connections),
            }
            yield _taken(measuring, case.name, connections, contestants, "200")


def _asked_again(measuring: Measuring) -> Iterator[dict[str, Any]]:
    """Asked without a pause while nobody books, so that most of it is given again."""
    case = _usual(measuring)
    for connections in CONCURRENCIES:
        contestants = {
            PRODUCT: measuring.asked_again(case, connections),
            "madeAnew": measuring.product(case, connections),
            "bare": measuring.bare(measuring.cases.index(case), connections),
        }
        yield _taken(measuring, f"{case.name}, again", connections, contestants, "200")


def _conditional(measuring: Measuring) -> Iterator[dict[str, Any]]:
    """Asked again with the ETag of the last answer, against the same bytes and against a bare 304."""
    case = _usual(measuring)
    site = measuring.site
    headers = {"authorization": f"Bearer {site.shop.token}"}
    with _answered(site.availability.port, f"/v1/slots?{case.query}", headers) as answer:
        tag = answer.getheader("etag")
    for connections in CONCURRENCIES:
        contestants = {
            PRODUCT: measuring.asked_again(case, connections, f"if-none-match: {tag}"),
            "bareWithBytes": measuring.bare(measuring.cases.index(case), connections),
            "bare304": measuring.bare(UNCHANGED, connections),
        }
        name = f"{case.name}, unchanged"
        yield _taken(measuring, name, connections, contestants, "200", "304")


def _usual(measuring: Measuring) -> SlotsCase:
    """What a calendar on a page asks for: a month of somebody who has things to do."""
    return named(measuring.cases, DAYS[-1], BOOKINGS[1])


def _growth(measuring: list[Measuring]) -> list[dict[str, Any]]:
    """The rate at the large site over that at the small one."""
    small, large = measuring
    results = []
    for number in BOOKINGS[1:2] if small.options.quick else BOOKINGS:
        contestants = {
            PRODUCT: large.product(named(large.cases, DAYS[-1], number), 1),
            "small": small.product(named(small.cases, DAYS[-1], number), 1),
        }
        name = named(large.cases, DAYS[-1], number).name
        results.append(_taken(large, name, 1, contestants, "200"))
    return results


def _cost_of_bookings(measuring: Measuring) -> list[dict[str, Any]]:
    """The rate with many bookings over that with none: over 1 / 1.5 is what is aimed at."""
    none, *_, many = (named(measuring.cases, DAYS[-1], number) for number in BOOKINGS)
    contestants = {
        PRODUCT: measuring.product(many, 1),
        "withoutBookings": measuring.product(none, 1),
    }
    return [_taken(measuring, many.name, 1, contestants, "200")]


def _taken(
    measuring: Measuring,
    name: str,
    connections: int,
    contestants: dict[str, Contestant],
    *statuses: str,
) -> dict[str, Any]:
    result = expect(take_turns(contestants, measuring.options.rounds), *statuses)
    stored = measuring.site.stored
    measuring.options.say(f"  {name} ({stored} stored, {connections} at once): {told(result)}")
    return {"case": name, "stored": stored, "concurrency": connections, **result}
