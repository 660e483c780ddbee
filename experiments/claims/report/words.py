"""The fixed words of the report, in its languages."""

from __future__ import annotations

from experiments.claims.claim import FAILS, HOLDS, IN_PART, Text
from experiments.claims.shared.wording import chosen

LANGUAGES = ("en", "ko")
FAILED = "failed"
"""Beside the three kinds of verdicts: the claim raised an error."""

WORDS = {
    "title": Text("Claims about recurrent networks, measured", "순환 신경망에 관한 주장과 측정"),
    "about": Text(
        "Recurrent networks are taught by claims. Each is tried here by an experiment, and judged"
        " by a rule that was written before the run; one that does not hold is reported so. Where a"
        " first trial led to another rule, the rule says so. The networks are small and made-up"
        " data are common, so a verdict speaks of what was tried. Numbers are means ± standard"
        " deviations over seeds.",
        "순환 신경망(recurrent neural network)은 여러 주장과 함께 가르친다. 여기서는 주장마다"
        " 실험을 하고, 실행 전에 적어 둔 규칙으로 판정한다. 성립하지 않는 주장은 성립하지 않는다고"
        " 그대로 적는다. 첫 시험 뒤에 규칙을 바꾼 경우에는 규칙에 그렇게 적었다. 신경망은 작고"
        " 데이터는 만들어 낸 것이 많으므로, 판정은 시험한 범위에서만 유효하다. 수치는 여러"
        " 시드(seed)에 대한 평균 ± 표준편차이다.",
    ),
    "machine": Text("Machine", "측정 환경"),
    "command": Text("Command", "명령"),
    "summary": Text("Summary", "요약"),
    "summary_caption": Text(
        "All claims of this report and what became of them", "이 보고서의 모든 주장과 판정"
    ),
    "number": Text("No.", "번호"),
    "claim": Text("Claim", "주장"),
    "verdict": Text("Verdict", "판정"),
    "experiment": Text("Experiment", "실험"),
    "numbers": Text("Numbers", "수치"),
    "rule": Text("The rule, written before the run", "실행 전에 적어 둔 판정 규칙"),
    "plot": Text("Plot", "그림"),
    "reproduce": Text("To measure it again", "다시 측정하는 방법"),
    "contents": Text("Contents", "목차"),
    "skip": Text("Skip to the claims", "본문으로 건너뛰기"),
    "top": Text("Back to the summary", "요약으로 돌아가기"),
    "failure": Text("It could not be measured", "측정하지 못했다"),
    "measured": Text(
        "Measured from {seeds} in {seconds} seconds, compilation included.",
        "{seeds}로 측정하는 데 컴파일을 포함해 {seconds}초가 걸렸다.",
    ),
    "seeds": Text("{count} seeds ({list})", "시드 {count}개({list})"),
    "seed": Text("one seed ({list})", "시드 1개({list})"),
    "not_run": Text(
        "Not measured yet with this code: {names}.",
        "이 코드로 아직 측정하지 않은 주장: {names}.",
    ),
    "no_font": Text(
        "No font with Hangul is installed, so the words in plots are English.",
        "한글 글꼴이 설치되어 있지 않아 그림 안의 글자는 영어로 적었다. 나눔고딕이나 Noto Sans"
        " CJK를 설치하고 같은 명령을 다시 실행하면 한글로 나온다.",
    ),
    "no_hover": Text(
        "Plots do not answer to the pointer, since Bokeh is not installed: pip install"
        " 'seqjax[hover]' and run the command again.",
        "Bokeh가 설치되어 있지 않아 그림에 포인터를 올려도 값이 나오지 않는다. pip install"
        " 'seqjax[hover]'로 설치하고 같은 명령을 다시 실행하면 된다.",
    ),
    "cores": Text("{processor}, {count} cores", "{processor}, 코어 {count}개"),
    "no_accelerator": Text("no accelerator", "가속기 없음"),
    HOLDS: Text("holds", "성립한다"),
    IN_PART: Text("holds in part", "일부만 성립한다"),
    FAILS: Text("does not hold here", "여기서는 성립하지 않는다"),
    FAILED: Text("failed", "실패"),
}


def said(key: str, language: str, **values: object) -> str:
    """Fixed words in a language, with values in their places.

    >>> said("seeds", "en", count=3, list="0, 1, 2")
    '3 seeds (0, 1, 2)'
    """
    return chosen(WORDS[key], language).format(**values)
