"""Commands that texts name can be typed: launches, flags, targets of make, files of flags."""

from __future__ import annotations

import re

from paths import ROOT

COMMAND = re.compile(r"python -m (experiments(?:\.\w+)*)((?:[^\n`]*\\\n)*[^\n`]*)")
FLAG = re.compile(r"(?<![\w-])--(\w+)")
PROSE = re.compile(r"`--[^`\n]*`")


ALWAYS = {"help", "flagfile"}


def known(flag: str, flags: set[str]) -> bool:
    return flag in flags | ALWAYS or (flag.startswith("no") and flag[2:] in flags)


def commands(text: str) -> list[tuple[str, list[str]]]:
    """Name of the launch ("" for the list of them) and flags, of every command of a text."""
    return [
        (match[1].removeprefix("experiments").removeprefix("."), FLAG.findall(match[2]))
        for match in COMMAND.finditer(text)
    ]


def test_commands_are_found() -> None:
    text = "`python -m experiments.tag --cell=rnn` --a\n\n    python -m experiments.x --a \\\n --b"
    assert commands(text) == [("tag", ["cell"]), ("x", ["a", "b"])]


def test_launches_and_their_flags_exist(documents, launch_flags) -> None:
    seen = 0
    for path, text in documents.items():
        for name, flags in commands(text):
            if name in {"", "NAME"}:
                continue
            assert name in launch_flags, f"{path}: {name}"
            # Behind -- a sweep has the flags of the launch that it runs.
            swept = launch_flags["language_model"] if name == "sweep" else set()
            for flag in flags:
                seen += 1
                assert known(flag, launch_flags[name] | swept), f"{path}: {name} --{flag}"
    assert seen > 200


def test_flags_in_prose_exist(documents, launch_flags) -> None:
    every = set().union(*launch_flags.values())
    for path, text in documents.items():
        for span in PROSE.findall(text):
            for flag in FLAG.findall(span):
                assert known(flag, every), f"{path}: {flag}"


def test_targets_of_make_exist(documents) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for path, text in documents.items():
        for target in re.findall(r"(?:^    |`)make ([a-z]\w*)", text, re.MULTILINE):
            assert re.search(rf"^{target}:", makefile, re.MULTILINE), f"{path}: {target}"


def test_recipes_exist(documents) -> None:
    for path, text in documents.items():
        for recipe in re.findall(r"--flagfile=(\S+?\.flags)", text):
            assert "NAME" in recipe or (ROOT / recipe).is_file(), f"{path}: {recipe}"
