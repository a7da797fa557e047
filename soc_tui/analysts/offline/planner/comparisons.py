"""How requests compare: "is not", "starts with", "at least", with the operator for each. Pure."""

from __future__ import annotations

import re

from soc_tui.model.plan import Operator

_BE = r"(?:is|are|was|were|be|being)"
_NOT = (
    rf"(?:(?:{_BE}|do|does|did|has|have|must|should)?\s*(?:not|n['’]t|never)|(?:{_BE}|do|does"
    rf"|did)n['’]t|neither|no)"
)
# "Users who have logged in" compares nothing, "keys that have acme" does.
_DONE = (
    r"(?:(?:also|ever|never|not|only|recently|just|already|since|\w+ly)\s+)*"
    r"(?:\w+ed|been|gone|done|made|run|sent|got|gotten|seen|had|come|taken|written|given|known"
    r"|shown|begun|put|set|set up|caught|found|lost|left|kept|met|read|spoken|stolen|more|less"
    r"|fewer|at least|no|any)\b"
)
_LINK = r"(?:that|which|whose|who)?\s*"
# The comparisons in the order in which they are tried.
_WORDS: tuple[tuple[str, Operator], ...] = (
    (
        rf"(?:{_NOT}\s+(?:empty|blank|null)|(?:{_BE}|has been)\s+(?:set|present|filled)"
        rf"|non-?empty|exists?)\b",
        Operator.NOT_EMPTY,
    ),
    (rf"(?:{_BE}\s+)?(?:empty|blank|null|missing|{_NOT}\s+(?:set|present))\b", Operator.EMPTY),
    (
        rf"{_NOT}\s+(?:match(?:es|ing)?)\s+(?:the\s+)?(?:regex|regexp|regular expressions?"
        rf"|pattern)(?:\s+of)?",
        Operator.NOT_REGEX,
    ),
    (
        r"match(?:es|ed|ing)?\s+(?:with\s+|the\s+|a\s+)*(?:regex|regexp|regular expressions?"
        r"|pattern)(?:\s+of)?",
        Operator.REGEX,
    ),
    (
        rf"(?:{_NOT}\s+(?:contain(?:s|ing)?|includ(?:e|es|ing)|mention(?:s|ing)?)|without"
        rf"|lacks|lacking|!contains)\b",
        Operator.NOT_CONTAINS,
    ),
    (
        r"(?:contain(?:s|ed|ing)?|includ(?:e|es|ed|ing)|mention(?:s|ing)?|with the (?:text"
        r"|string|words?)|like)\b",
        Operator.CONTAINS,
    ),
    (rf"(?:{_NOT}\s+(?:have|has|having)|!has)\b", Operator.NOT_HAS),
    (rf"{_NOT}\s+(?:start(?:s|ing|ed)?|begin(?:s|ning)?)\s+with\b", Operator.NOT_STARTS_WITH),
    (
        r"(?:start(?:s|ing|ed)?|begin(?:s|ning)?)\s+with\b|prefixed (?:with|by)\b",
        Operator.STARTS_WITH,
    ),
    (rf"{_NOT}\s+end(?:s|ing|ed)?\s+(?:with|in)\b", Operator.NOT_ENDS_WITH),
    (r"end(?:s|ing|ed)?\s+(?:with|in|by)\b", Operator.ENDS_WITH),
    (
        rf"(?:{_BE}\s+)?(?:greater|larger|higher|more|bigger"
        rf"|later)\s+than\s+or\s+equals?\s+(?:to\s+)?|(?:{_BE}\s+)?(?:of\s+)?(?:at least"
        rf"|no less than|not less than|not below|not under)\b|>=",
        Operator.GREATER_OR_EQUAL,
    ),
    (
        rf"(?:{_BE}\s+)?(?:less|lower|smaller|fewer"
        rf"|earlier)\s+than\s+or\s+equals?\s+(?:to\s+)?|(?:{_BE}\s+)?(?:of\s+)?(?:at most"
        rf"|no more than|not more than|not above|not over|up to)\b|<=",
        Operator.LESS_OR_EQUAL,
    ),
    (
        rf"(?:{_BE}\s+|has\s+|of\s+)?(?:(?:greater|larger|higher|more|bigger)\s+than|over"
        rf"|above|exceed(?:s|ing)?)\b|>(?!=)",
        Operator.GREATER,
    ),
    (
        rf"(?:{_BE}\s+|of\s+)?(?:(?:less|lower|smaller|fewer)\s+than|below|under)\b|<(?![=>])",
        Operator.LESS,
    ),
    (
        rf"{_NOT}\s+(?:equals?(?:\s+to)?|one of|any of|in|(?:named|called))\b"
        rf"|(?:{_BE}\s+)?(?:other than|different from|unlike|anything but|not equal to)\b"
        rf"|(?:except|excluding|but not)(?:\s+for)?\b|!=|!~|<>|{_BE}\s+neither\b"
        rf"|(?:{_BE}\s+not|{_BE}n['’]t|not|never)\b",
        Operator.NOT_IN,
    ),
    (rf"(?:has|have|having)\b(?!\s+{_DONE})", Operator.HAS),
    (
        rf"(?:(?:{_BE}\s+)?equals?(?:\s+to)?|equal(?:ing)?\s+to|{_BE}\s+(?:in|one of|any of"
        rf"|either|named|called|set to)|{_BE}|in(?=\s*[(\[])|named|called|either"
        rf"|of(?=\s+[\d\"'“]))\b|==|=~|=|:",
        Operator.IN,
    ),
)
COMPARISONS = tuple(
    (re.compile(rf"\s*{_LINK}(?:{words})", re.I), operator) for words, operator in _WORDS
)
"""Regular expressions right after what is compared, in the order in which they are tried."""
