"""What a look at growing results may cost, so that who looks until something shows is not fooled by it.

Five looks at a nominal 5 % each find a difference between equal arms in 14 % of studies. So the whole study spends
5 %: the first look half of it, each later one half of what is left (alpha spending; Lan and DeMets, 1983). The first
look is dear to few and decides most, the last ones wait for effects that many runs have made clear, and there is no
number of looks after which nothing is left. Looks are added up as if they were independent (Bonferroni), which
holds for every test, a rank test of seven pairs too, and gives away little: it also pays for runs that are added where
the last look was close, which bounds for looks at fixed numbers do not.

A look tells of the two that it trained, and the verdicts of others stay as they are: nothing is rejected that was not
rejected before. But each look that trains any of those that are compared is paid for by all of them. Were it paid for
by its own two alone, m others that are each confirmed apart would together spend 1 + 1/2 + ... + 1/m times as much.
"""

from __future__ import annotations

from collections.abc import Sequence

ALPHA = 0.05
"""How often a study of equal arms may find a difference, all its looks and comparisons together."""


def level_of(look: int) -> float:
    """What look number ``look``, counted from 1, may spend."""
    return ALPHA / 2.0**look


def levels_at(p_values: Sequence[float], looks: Sequence[int]) -> list[float]:
    """The level of each of several comparisons, each at a look of its own: what that may spend, corrected by Holm."""
    own = [level_of(look) for look in looks]
    shares = holm([p / level for p, level in zip(p_values, own, strict=True)], 1.0)
    return [level * share for level, share in zip(own, shares, strict=True)]


def holm(p_values: Sequence[float], alpha: float) -> list[float]:
    """The level at which each of several comparisons is tested so that together they err at most ``alpha`` (1979).

    The smallest p must pass at alpha / m, the next at alpha / (m - 1), and so on up to the first that does not pass;
    that one's level is then that of all the rest.
    """
    levels = [0.0] * len(p_values)
    passed, level = True, alpha / max(len(p_values), 1)
    for place, index in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        if passed:
            level = alpha / (len(p_values) - place)
            passed = p_values[index] <= level
        levels[index] = level
    return levels
