"""From a network on a text to the whole page."""

from __future__ import annotations

from collections.abc import Callable

from experiments.inspection.network import Network
from experiments.inspection.page import page
from experiments.inspection.reading import reading
from experiments.inspection.sections import SECTIONS
from experiments.inspection.words import Words
from seqjax.diagnostics import plots
from seqjax.tasks import Loaded

NO_HOVER = Words(
    "Curves do not answer to the pointer, since Bokeh is not installed: pip install"
    " 'seqjax[hover]' and run the command again.",
    "Bokeh가 설치되어 있지 않아 곡선에 포인터를 올려도 값이 나오지 않는다. pip install"
    " 'seqjax[hover]'로 설치하고 같은 명령을 다시 실행하면 된다.",
)


def whole_page(
    loaded: Loaded,
    network: Network,
    *,
    name: str,
    steps: int,
    language: str,
    hover: bool,
    say: Callable[[str], None],
) -> str:
    """The document.

    Args:
      loaded: the run.
      network: of it, on a text.
      name: of the run.
      steps: tokens at which derivatives are taken.
      language: "en" or "ko".
      hover: curves answer to the pointer; without Bokeh a note says that they do not.
      say: is told how far it is.
    """
    library, note = "", ""
    try:
        library = plots.library_html() if hover else ""
    except ImportError:
        note = NO_HOVER.in_(language)
    given = reading(network, steps, language, hover=bool(library))
    sections = []
    for number, section in enumerate(SECTIONS, 1):
        say(f"{number} of {len(SECTIONS)}: {section.__name__}")
        sections.append(section(given))
    count, short = len(network.tokens), len(given.short.tokens)
    about = [
        loaded.task.describe(loaded.record, loaded.vocabularies),
        given.said(
            f"Step {loaded.step} of training; a text of {count} tokens, derivatives at the first"
            f" {short}.",
            f"학습 스텝 {loaded.step}의 모델이다. 토큰 {count}개를 읽었고, 미분은 앞의"
            f" {short}개에서 구했다.",
        ),
    ]
    title = given.said(f"Inside {name}", f"{name}의 안쪽")
    return page(title, about, sections, language, library=library, note=note)
