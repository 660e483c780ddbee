"""Units that track a property of the text, as a section of the page."""

from __future__ import annotations

import html

import jax
import numpy as np

from experiments.inspection.reading import Reading, Section, picture
from experiments.inspection.words import property_name
from seqjax import diagnostics
from seqjax.diagnostics import plots

SHOWN = 400
"""Tokens of a heat map."""
LEAST = 16
"""Tokens of a text in which units can track anything."""


def tracked_units(given: Reading) -> Section:
    """Units that track a property of the text, with heat maps."""
    network, say = given.network, given.said
    title = say("Units that track something", "무언가를 따라가는 유닛")
    if not network.is_text:
        words = say(
            "What this run reads is no text, so there are no quotes or words to look for.",
            "이 실행이 읽는 것은 글이 아니어서 찾아볼 따옴표나 단어가 없다.",
        )
        return Section(title, words, "")
    if len(network.tokens) < LEAST:
        words = say(
            f"The text has {len(network.tokens)} tokens; {LEAST} are needed to look for units.",
            f"글이 토큰 {len(network.tokens)}개이다. 유닛을 찾으려면 {LEAST}개가 필요하다.",
        )
        return Section(title, words, "")
    properties = diagnostics.text_properties(network.tokens, network.separator)
    pieces, fragments = [], []
    values_of = jax.jit(network.units)()
    for walker in network.walkers:
        name, values = given.named(walker), np.asarray(values_of[walker.name])
        found = [
            each._replace(name=property_name(each.name, given.language))
            for each in diagnostics.tracking(values, properties)
        ]
        tracks = [each for each in found if each.tracks]
        units = "; ".join(
            say(f"unit {e.unit}: {e.name}", f"유닛 {e.unit}: {e.name}") + f" ({e.held_out:+.2f})"
            for e in tracks
        )
        none = say("no unit tracks any of the properties", "어떤 성질도 따라가는 유닛이 없다")
        alt = f"{name}: {units or none}."
        drawn = picture(plots.tracking_figure(found, given.language), alt, given) if found else ""
        pieces.append(f"<h3>{html.escape(name)}</h3>{drawn}<p>{html.escape(alt)}</p>")
        fragments += [
            _heat_map(given, values[:SHOWN, each.unit], name, each) for each in tracks[:3]
        ]
    return Section(
        title,
        say(
            "For each property of the text the unit that goes with it best on the first half,"
            " judged on the second: correlation there above 0.5 and above what shifted copies reach"
            " by chance.",
            "글의 성질마다 앞 절반에서 그것과 가장 잘 맞는 유닛을 고르고, 뒤 절반에서 판정한다."
            " 뒤 절반의 상관계수가 0.5보다 크고, 밀어 옮긴 사본이 우연히 이르는 값보다 커야 한다.",
        ),
        "".join(pieces + fragments),
    )


def _heat_map(given: Reading, values: np.ndarray, name: str, each: diagnostics.Tracked) -> str:
    tokens, (high, low) = given.network.tokens[:SHOWN], (int(values.argmax()), int(values.argmin()))
    title = given.said(
        f"{name}, unit {each.unit}: {each.name} (correlation {each.held_out:+.2f})",
        f"{name}, 유닛 {each.unit}: {each.name} (상관계수 {each.held_out:+.2f})",
    )
    alt = "" if given.language == "en" else (
        f"주황: 높음, 파랑: 낮음. {low + 1}번째 토큰 {tokens[low]!r}에서 {values[low]:.2f}, "
        f"{high + 1}번째 토큰 {tokens[high]!r}에서 {values[high]:.2f}."
    )  # fmt: skip
    separator = given.network.separator
    return plots.heat_map_html(tokens, values, title, separator=separator, alt=alt)
