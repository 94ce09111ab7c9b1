"""Whether a history could be that of a booking system in which no time is ever given twice.

Each rule returns what breaks it, in words. A call without an answer may have been done at any moment
from its beginning on, or never; a rule accuses only where no such choice would explain what was seen.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import combinations

from .history import NEVER, Call, History, Op, Row, Span

ENDED_AS = {Op.MOVE: "RESCHEDULED", Op.CANCEL: "CANCELLED"}


@dataclass
class _Known:
    """The calls, arranged by what the rules ask."""

    history: History
    endings: dict[str, list[Call]] = field(default_factory=lambda: defaultdict(list))
    takers: dict[tuple[str, date], list[Call]] = field(default_factory=lambda: defaultdict(list))
    rows: dict[str, Row] = field(default_factory=dict)
    first_asked: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.rows = {row.id: row for row in self.history.rows}
        for call in self.history.calls:
            if call.key is not None:
                began = self.first_asked.get(call.key, NEVER)
                self.first_asked[call.key] = min(began, call.began)
            if call.target is not None and call.may_be_done:
                self.endings[call.target].append(call)
            if call.takes and call.may_be_done:
                for place in {place for span in call.spans for place in _days(span)}:
                    self.takers[place].append(call)

    def takers_near(self, span: Span) -> Iterator[Call]:
        seen = set()
        for place in _days(span):
            for call in self.takers[place]:
                if call.id not in seen:
                    seen.add(call.id)
                    yield call

    def surely_until(self, taker: Call) -> float:
        """Before this nobody had even asked to end what it took."""
        endings = self.endings[taker.made] if taker.made else []
        return min((call.began for call in endings), default=NEVER)

    def possibly_until(self, taker: Call) -> float:
        """After this what it took had ended for certain."""
        endings = self.endings[taker.made] if taker.made else []
        return min((call.ended for call in endings if call.done), default=NEVER)

    def surely_together(self, one: Call, other: Call) -> bool:
        """Whether there was a moment at which both were told that they had what they asked for."""
        begin = max(one.ended, other.ended)
        return begin < min(self.surely_until(one), self.surely_until(other))


def check(history: History) -> list[str]:
    """Everything that is wrong with the history; nothing, if all is well."""
    known = _Known(history)
    rules = (
        _other_answers, _overlaps, _two_holders, _too_many_places, _lost, _phantoms, _unjustified,
        _repeated, _stale,
    )  # fmt: skip
    return [fault for rule in rules for fault in rule(known)]


def _other_answers(known: _Known) -> Iterator[str]:
    """Nobody is told anything but success, a conflict, or that it could not be done now."""
    for call in known.history.calls:
        if not (call.may_be_done or call.status == 409 or _found_nothing(call)):
            yield f"answer: {call}"


def _found_nothing(call: Call) -> bool:
    """A hold that was used or given back is not there any more."""
    return call.status == 404 and call.target is not None and call.op in (Op.BOOK, Op.RELEASE)


def _overlaps(known: _Known) -> Iterator[str]:
    """No two rows that stand hold one time."""
    standing = [row for row in known.history.rows if row.stands]
    for one, other in combinations(sorted(standing, key=lambda row: row.span.start), 2):
        if one.span.overlaps(other.span):
            yield f"overlap: {one} and {other}"


def _two_holders(known: _Known) -> Iterator[str]:
    """At no moment two had been told that a time is theirs, whatever became of it later."""
    for one in known.history.calls:
        if not (one.takes and one.done and one.taken):
            continue
        for other in known.takers_near(one.taken):
            if (
                one.id < other.id
                and other.done
                and other.taken
                and one.made != other.made
                and one.taken.overlaps(other.taken)
                and known.surely_together(one, other)
            ):
                yield f"two holders: {one} and {other}"


def _too_many_places(known: _Known) -> Iterator[str]:
    """At no moment more had a place in a session than it has."""
    for call in known.history.calls:
        if not (call.takes and call.done and call.taken and call.taken.group):
            continue
        sharing = {
            other.made
            for other in known.takers_near(call.taken)
            if other.done
            and other.taken == call.taken
            and other.ended <= call.ended < known.surely_until(other)
        }
        if len(sharing) > call.taken.places:
            yield f"places: {len(sharing)} in {call.taken}"
    standing = Counter(row.span for row in known.history.rows if row.stands and row.span.group)
    for span, number in standing.items():
        if number > span.places:
            yield f"places: {number} stand in {span}"


def _lost(known: _Known) -> Iterator[str]:
    """What was acknowledged is stored: each booking, and each end of one."""
    for call in known.history.calls:
        if not call.done:
            continue
        if call.takes and call.made:
            row = known.rows.get(call.made)
            ended = bool(known.endings[call.made])
            if row is None:
                # A hold that was given back or booked leaves nothing.
                if not (call.op is Op.HOLD and ended):
                    yield f"lost: {call}"
            elif row.span != call.taken or not (row.stands or ended):
                yield f"lost: {call} is {row}"
        yield from _lost_end(known, call)


def _lost_end(known: _Known, call: Call) -> Iterator[str]:
    if call.target is None:
        return
    row = known.rows.get(call.target)
    if call.op not in ENDED_AS:
        if row is not None:
            yield f"lost end: {call} left {row}"
    elif row is None or row.status != ENDED_AS[call.op] or row.moved_to != call.made:
        yield f"lost end: {call} left {row}"


def _phantoms(known: _Known) -> Iterator[str]:
    """No row, and no end of one, without somebody who asked for it."""
    for row in known.history.rows:
        if not any(_explains(call, row) for call in known.takers_near(row.span)):
            yield f"phantom: {row}"
        if not row.stands and not any(
            ENDED_AS.get(call.op) == row.status for call in known.endings[row.id]
        ):
            yield f"phantom end: {row}"


def _explains(call: Call, row: Row) -> bool:
    if call.done:
        return call.made == row.id
    if row.span not in call.wanted:
        return False
    if call.op is Op.MOVE:
        return call.target == row.moved_from
    if call.op is Op.HOLD:
        return row.status == "HELD"
    return row.moved_from is None and call.key == row.key


def _unjustified(known: _Known) -> Iterator[str]:
    """Whoever was refused can name somebody who had it, or was about to, while they asked."""
    for call in known.history.calls:
        if call.status != 409 and not _found_nothing(call):
            continue
        if call.code == "slot_unavailable":
            justified = all(_is_taken(known, call, span) for span in call.wanted)
        elif call.code in ("invalid_transition", "hold_expired", "not_found"):
            endings = known.endings[call.target or ""]
            justified = any(ending.began < call.ended for ending in endings)
        else:
            justified = call.code == "idempotency_in_flight" and _in_flight(known, call)
        if not justified:
            yield f"unjustified: {call}"


def _is_taken(known: _Known, refused: Call, span: Span) -> bool:
    sharing = set()
    for other in known.takers_near(span):
        is_own = other.key == refused.key or (other.made and other.made == refused.target)
        if is_own or not _meet(known, other, refused):
            continue
        if any(span.overlaps(theirs) for theirs in other.spans):
            return True
        if span.group and span in other.spans:
            sharing.add(other.made or other.id)
    return span.group is not None and len(sharing) >= span.places


def _meet(known: _Known, taker: Call, refused: Call) -> bool:
    """A refusal that is asked for again with its key is the first one."""
    began = known.first_asked[refused.key] if refused.key else refused.began
    return taker.began < refused.ended and known.possibly_until(taker) > began


def _in_flight(known: _Known, refused: Call) -> bool:
    """The first call with the key was under way; without an answer it may be for ever."""
    return any(
        other.key == refused.key
        and other.id != refused.id
        and other.began < refused.ended
        and (other.unknown or other.ended > refused.began)
        for other in known.history.calls
    )


def _repeated(known: _Known) -> Iterator[str]:
    """One key makes one row at most, and has one answer."""
    answers = defaultdict(set)
    for call in known.history.calls:
        if call.key is not None and call.done:
            answers[call.key].add((call.made, call.body))
    for key, given in answers.items():
        if len(given) > 1:
            yield f"repeated: {key} was answered with {given}"
    booked = Counter(row.key for row in known.history.rows if row.key and not row.moved_from)
    for repeated, number in booked.items():
        if number > 1:
            yield f"repeated: {number} rows of {repeated}"


def _stale(known: _Known) -> Iterator[str]:
    """Once somebody was told that a time is theirs, it is shown to nobody as free."""
    for call in known.history.calls:
        if not (call.op is Op.LIST and call.done):
            continue
        for slot in call.shown:
            for taker in known.takers_near(slot):
                if (
                    taker.done
                    and taker.taken
                    and slot.overlaps(taker.taken)
                    and taker.ended < call.began
                    and call.ended < known.surely_until(taker)
                ):
                    yield f"stale: {slot} is shown by {call.id} after {taker}"


def _days(span: Span) -> list[tuple[str, date]]:
    """Where to look for what overlaps: no time here is longer than a day."""
    first, last = span.start.date(), (span.end - timedelta(microseconds=1)).date()
    return [(span.provider, day) for day in sorted({first, last})]
