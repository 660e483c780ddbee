"""Dates as people write them, and as ISO 8601 does: pairs that are made, not read."""

from __future__ import annotations

import datetime

import numpy as np

from seqjax.data.formats.pairs import Pair

MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
FIRST, LAST = datetime.date(1970, 1, 1), datetime.date(2069, 12, 31)
"""A hundred years, so that two digits mean one of them."""
FORMATS = (
    "{day} {month} {year}",  # 3 may 1979
    "{day} {short} {year}",
    "{day} {short} {two}",
    "{month} {day}, {year}",
    "{month} {day} {year}",
    "{short} {day}, {year}",
    "{weekday}, {month} {day} {year}",  # friday, april 7 2017
    "{weekday} {day} {month} {year}",
    "{weekday}, {day} {short} {year}",
    "{day}/{mm}/{year}",  # 5/09/2016: the day comes first
    "{dd}/{mm}/{two}",
    "{dd}.{mm}.{year}",
    "{day}.{number}.{two}",
    "{day}-{short}-{year}",
    "the {ordinal} of {month} {year}",
    "{month} {ordinal}, {year}",
    "{year} {month} {day}",
    "{year}/{mm}/{dd}",
)
CASES = (str, str.lower, str.upper)


def dates(count: int, *, seed: int = 0) -> list[Pair]:
    """``count`` different dates in words with their ISO form: "3 May 1979" -> "1979-05-03".

    Days of 1970 to 2069 in one of ``FORMATS``, as written, in small or in capital letters. Of
    numbers alone the day comes first.

    Raises:
      ValueError: for a count below 1, or more than can be told apart easily.

    >>> dates(1)
    [Pair(source='24.01.2055', target='2055-01-24')]
    """
    most = (LAST - FIRST).days
    if not 1 <= count <= most:
        raise ValueError(f"count: got {count}, want 1 to {most}")
    draw = np.random.default_rng(seed)
    iso_of: dict[str, str] = {}
    while len(iso_of) < count:
        day = FIRST + datetime.timedelta(int(draw.integers(most + 1)))
        form, case = FORMATS[draw.integers(len(FORMATS))], CASES[draw.integers(len(CASES))]
        iso_of[case(form.format(**_words(day)))] = day.isoformat()
    return [Pair(*pair) for pair in iso_of.items()]


def _words(day: datetime.date) -> dict[str, object]:
    month = MONTHS[day.month - 1].capitalize()
    return {
        "day": day.day,
        "dd": f"{day.day:02}",
        "ordinal": f"{day.day}{_ordinal_suffix(day.day)}",
        "month": month,
        "short": month[:3],
        "number": day.month,
        "mm": f"{day.month:02}",
        "year": day.year,
        "two": f"{day.year % 100:02}",
        "weekday": DAYS[day.weekday()].capitalize(),
    }


def _ordinal_suffix(day: int) -> str:
    return "th" if 10 < day < 14 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")


def date_parts() -> dict[str, list[Pair]]:
    """18,000 dates for training, 1,000 for validation and 1,000 for the test.

    >>> {part: len(pairs) for part, pairs in date_parts().items()}
    {'train': 18000, 'valid': 1000, 'test': 1000}
    """
    pairs = dates(20_000)
    return {"train": pairs[:18_000], "valid": pairs[18_000:19_000], "test": pairs[19_000:]}
