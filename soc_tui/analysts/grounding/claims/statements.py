"""Claims of one word, clearing, harmful advice, and orders to an AI that are only repeated."""

from __future__ import annotations

import re
from collections.abc import Iterator

from soc_tui.analysts.grounding.claims.figures import Figures
from soc_tui.analysts.grounding.claims.prose import Passage, said
from soc_tui.analysts.grounding.claims.wordlists import concepts, phrases

_SENTENCE = re.compile(r"(?<=[.!?;\n])\s+|\n+|(?<=[。！？])")
# The sentence does not say it: it denies it, asks for it, or speaks of what is usual.
_NOT_SAID = re.compile(
    r"\b(?:not|no|nor|never|none|cannot|can't|didn't|doesn't|isn't|wasn't|without|"
    r"whether|unclear|unknown|unconfirmed|if|unless|may|might"
    r"|could|would|can|often|commonly|usually|typical(?:ly)?|frequently|generally|"
    r"normally|known to|used (?:by|to|for|in)|legitimate(?:ly)?"
    r"|rule out|ruled out|before|prior to|in order to|risk of|possib(?:le|ly|ility)|"
    r"potential(?:ly)?|perhaps|instead of|rather than|check|look)\b",
    re.IGNORECASE,
)
_CERTAIN = re.compile(
    r"\b(?:no (?:doubt|question)|without (?:a |any )?(?:doubt|question)|not only|"
    r"not just|undoubtedly|cannot be denied)\b",
    re.I,
)
_SHORTEST_ECHO = 5
_MOST_WORDS = 2


def unshown(passage: Passage, figures: Figures) -> Iterator[str]:
    """A sentence for each claim of the passage that the cited rows show by no word."""
    if passage.is_advice:
        return
    strict = passage.part in {"title", "tag"}
    text = re.sub(r"[-_]", " ", passage.plain) if passage.part == "tag" else passage.plain
    for sentence in _SENTENCE.split(text):
        plain = _CERTAIN.sub(" ", sentence)
        if not strict and _NOT_SAID.search(plain):
            continue
        for concept in concepts():
            match = concept.says.search(sentence)
            if not match or figures.shows(concept.shown):
                continue
            if _stands_in(match[0], figures):
                continue
            yield (
                f"Its text speaks of {concept.name} ({said(match[0])}), which the cited rows do "
                f"not show by any word."
            )


def borne_out(passage: Passage, figures: Figures) -> Iterator[str]:
    """Words of the passage, in lower case, that are a claim which the cited rows show."""
    for concept in concepts():
        said_of_it = [match[0].lower() for match in concept.says.finditer(passage.plain)]
        if said_of_it and figures.shows(concept.shown):  # a passage is short, the rows are not
            for words in said_of_it:
                found = re.findall(r"[^\W_]+", words)
                yield from found if len(found) <= _MOST_WORDS else ()


def clearing(passage: Passage) -> Iterator[str]:
    """A sentence when the passage says that all is well, or that nothing is to be done."""
    for sentence in _SENTENCE.split(passage.plain):
        match = phrases("clears").search(sentence.strip())
        if match and phrases("weighed").search(sentence):
            match = None
        match = match or phrases("dismisses").search(sentence)
        if match:
            yield (
                f"Its text clears what it reports ({said(match[0].strip())}), which no rows can "
                f"show."
            )


def harmful(passage: Passage) -> Iterator[str]:
    """A sentence for advice that harms: run this, delete that, switch defences off."""
    if passage.part not in {"advice", "notes", "description"}:
        return
    for sentence in _SENTENCE.split(passage.plain) if passage.is_advice else ():
        match = phrases("harmful_advice").search(sentence)
        if match and not phrases("warns").search(sentence[: match.start()]):
            yield f"Its advice may do harm: {said(match[0].strip())}."


def orders(passages: tuple[Passage, ...], figures: Figures) -> Iterator[str]:
    """A sentence when the text repeats an order to an AI, and does not report it as one."""
    statements = [one for one in passages if not one.is_advice]
    whole = "\n".join(one.plain for one in statements)
    found = phrases("orders").search(whole)
    if found and not phrases("tells_of_orders").search(whole):
        yield f"Its text repeats an instruction ({said(found[0])}) and reports nothing."
    for one in passages:
        if one.is_advice and (match := phrases("orders").search(one.plain)):
            yield f"Its advice repeats an instruction ({said(match[0])})."
    for one in statements:
        words = " ".join(one.plain.lower().split()).strip(" .!\"'")
        if (
            len(words.split()) >= _SHORTEST_ECHO
            and words in " ".join(figures.text.split())
            and not phrases("tells_of_orders").search(whole.replace(one.plain, ""))
        ):
            yield f"Its {one.part} only repeats what a cell says ({said(one.plain)})."


def _stands_in(words: str, figures: Figures) -> bool:
    told = words.lower().split()
    return all(re.sub(r"\W", "", one) in figures.words for one in told) if told else False
