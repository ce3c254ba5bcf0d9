"""Which of several volumes is the T1ce and which the FLAIR, told by their names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_T1 = re.compile(r"t1|mp-?rage|mprage|bravo|spgr|vibe|tfl3d")
# "t1c", "t1ce", "t1 + c", "t1gd", "t1_km", "t1post": the contrast mark follows the sequence directly.
_T1_CONTRAST = re.compile(r"t1w?[\s_.+-]*(ce|c|gd|gad\w*|km|post|contrast|enh\w*)(?![a-z])")
_CONTRAST = re.compile(
    r"(?<![a-z])(post|contrast|gd|gad\w*|km|ce|enhanced|dotarem|gadovist|vueway)(?![a-z])|\+\s*c(?![a-z])"
)
_WITHOUT_CONTRAST = re.compile(
    r"(?<![a-z])(pre|native?|non?[\s_-]*contrast|without|unenhanced)(?![a-z])|pre[\s_-]*contrast"
)
_FLAIR = re.compile(r"flair|dark[\s_-]*fluid|tirm|(?<![a-z0-9])t2[\s_-]*f(?![a-z])|da[\s_-]*fl(?![a-z])")
_DERIVED = re.compile(r"seg(?![a-z])|segmentation|label|mask|prob|adc|subtract|difference")


@dataclass(frozen=True)
class Guess:
    """Positions in the list of names, or None where no name fits; ``reason`` is one sentence for the user."""

    t1ce: int | None
    flair: int | None
    reason: str


def guess_inputs(names: Sequence[str]) -> Guess:
    """Pick the T1ce and the FLAIR out of volume names.

    A name is taken only when it says what it is; of equally good names the first wins. The two
    positions are never the same.

    Examples
    --------
    >>> guess_inputs(["AX T2 FLAIR", "AX T1", "AX T1 POST"])
    Guess(t1ce=2, flair=0, reason='Chosen by name: T1ce "AX T1 POST", FLAIR "AX T2 FLAIR".')
    >>> guess_inputs(["CT"]).t1ce is None
    True
    """
    t1ce = _best([t1ce_score(name) for name in names])
    flair = _best([0 if i == t1ce else flair_score(name) for i, name in enumerate(names)])
    found = [f'{role} "{names[i]}"' for role, i in (("T1ce", t1ce), ("FLAIR", flair)) if i is not None]
    missing = [role for role, i in (("T1ce", t1ce), ("FLAIR", flair)) if i is None]
    sentences = []
    if found:
        sentences.append(f"Chosen by name: {', '.join(found)}.")
    if missing:
        sentences.append(f"No volume name says that it is the {' or the '.join(missing)}: please choose.")
    return Guess(t1ce, flair, " ".join(sentences))


def t1ce_score(name: str) -> int:
    """How surely a name speaks of a contrast-enhanced T1: 0 not at all, 3 beyond doubt."""
    text = _normalised(name)
    if _DERIVED.search(text) or _WITHOUT_CONTRAST.search(text):
        return 0
    if _T1_CONTRAST.search(text):
        return 3
    if _CONTRAST.search(text):
        # "FLAIR post contrast" is a FLAIR; "T1 FLAIR +C" is a T1.
        if _T1.search(text):
            return 2
        return 0 if _FLAIR.search(text) or "t2" in text else 1
    return 0


def flair_score(name: str) -> int:
    """How surely a name speaks of a (T2) FLAIR: 0 not at all, 2 beyond doubt."""
    text = _normalised(name)
    if _DERIVED.search(text) or not _FLAIR.search(text):
        return 0
    return 1 if re.search(r"t1", text) else 2


def _normalised(name: str) -> str:
    # An underscore counts as a word character in regular expressions, which would hide "t1_post".
    return name.lower().replace("_", " ")


def _best(scores: Sequence[int]) -> int | None:
    if not scores or max(scores) == 0:
        return None
    return scores.index(max(scores))
