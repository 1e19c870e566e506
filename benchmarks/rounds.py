"""Paired, interleaved rounds: every contender has a turn in each, in an order that is shuffled.

What is compared are the times of one round, so that a phase in which the machine is slow is slow
for all of them.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median, quantiles

Measure = Callable[[], float]
"""Take one measurement of a contender, in whatever unit."""

Taken = dict[str, list[float]]
"""What was measured of each contender, round by round."""


@dataclass(frozen=True)
class Figure:
    """The median of the rounds, and the half of them in the middle."""

    value: float
    low: float
    high: float

    @classmethod
    def of(cls, values: list[float]) -> "Figure":
        low, _, high = quantiles(values, n=4) if len(values) > 1 else values * 3
        return cls(*(round(number, 4) for number in (median(values), low, high)))


def take(contenders: Mapping[str, Measure], rounds: int, *, warm_up: bool = True) -> Taken:
    """Measure them round by round, after two rounds that do not count."""
    taken: Taken = {name: [] for name in contenders}
    order = list(contenders)
    for number in range(-2 * warm_up, rounds):
        random.shuffle(order)
        for name in order:
            found = contenders[name]()
            if number >= 0:
                taken[name].append(found)
    return taken


def ratio(taken: Taken, name: str, against: str) -> Figure:
    """One contender's cost, as a multiple of another's in the same round."""
    pairs = zip(taken[name], taken[against], strict=True)
    return Figure.of([mine / theirs for mine, theirs in pairs])


def added(taken: Taken, name: str, against: str, bare: str) -> Figure:
    """What one adds to `bare`, as a multiple of what another adds.

    A difference of a single round may be noise, and near nothing: the median is that of the
    differences, and the middle half is that of ours over the other's median.
    """
    mine = [one - none for one, none in zip(taken[name], taken[bare], strict=True)]
    theirs = [one - none for one, none in zip(taken[against], taken[bare], strict=True)]
    whole = median(theirs)
    if whole <= 0:
        raise ArithmeticError(f"{against} adds nothing to {bare}; more rounds are needed")
    return Figure.of([one / whole for one in mine])
