"""Text without its disguise: one way to write each word, whatever letters it was written with."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterator

# Letters of other scripts that are drawn as Latin ones (Unicode TR 39, the common ones).
_LOOK_ALIKES = str.maketrans(
    "аеорсухіјѕһԁԛԝӏвнкмтгпьѵєɡɩıαορνικτυχεηωμσɑοսօրցհոѕքզ",
    "aeopcyxijshdqw1bhkmtrnbveg11aopv1ktuxenwmoaouoighnsqq",
)
_SMALL_CAPITALS = str.maketrans("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnoprstuvwyz")
_DIGITS_FOR_LETTERS = str.maketrans("03457869@$€+", "oeastbggaset")
_STROKES = "1!|"  # an i or an l
_MOST_STROKES = 3
_LUNATE_SIGMA = str.maketrans("ϲϹ", "cC")  # Unicode would make it an s
_TRADITIONAL = str.maketrans(
    "無視規則報異記標統輸顯洩複內個這從現開進選關閉審觀隱報動為項識處調確證權險認當應該須務據錄數結條過給請與僅於類級嚴對話語機聲並發見還復嗎認說寫詩講終執聽從從掃警導",
    "无视规则报异记标统输显泄复内个这从现开进选关闭审观隐报动为项识处调确证权险认当应该须务据录数结条过给请与仅于类级严对话语机声并发见还复吗认说写诗讲终执听从从扫警导",
)
_SPACES = dict.fromkeys(map(ord, "\n\r\t\u00a0\u3000"))
# What does not show and yet counts as printable: fillers and variation selectors.
_PRINTABLE_UNSEEN = re.compile("[\u034f\u115f\u1160\u3164\ufe00-\ufe0f\uffa0]")
_JOINED = re.compile(r"[\"'`´]\s*[+&.]\s*[\"'`´]|[\^`*~‍]")
_MARKS = {ord(sign): " . " for sign in '.!?;=(){}[]<>#|"\n\r“”«»。⏎'}
_MARKS |= {ord(sign): " : " for sign in ":："} | {ord(sign): " , " for sign in ",、"}
_MARKS |= {ord(sign): " " for sign in " '/\\_-+*&%$@~^`\t"}
_WRITTEN_BREAK = re.compile(r"\\+[nrt](?![a-z]*[\\/:])|\\+\"")
_OTHER = re.compile(r"[^\w .:,]|_")
_MIXED = re.compile(r"[a-z][\u0370-\u058f]|[\u0370-\u058f][a-z]")
_OTHER_SCRIPT = re.compile(r"[\u0370-\u058f\u0250-\u02af\u1d00-\u1d7f\ua700-\ua7ff]")
_DIGIT_INSIDE = re.compile(r"[a-z][0-9@$!|€+]|[0-9@$!|€+][a-z]| [0134578@$] ")
_LEET = re.compile(r"(?=[\w@$!|€+]*[^\W\d_])[\w@$!|€+]*[0134-9@$!|€+][\w@$!|€+]*")
_SPACED = re.compile(r"(?<![^\W\d_])(?:[^\W\d_0-9]|[0134578@$])(?:[\s._\-*|/+,]{1,4}\w(?!\w)){5,}")
_LETTERS = re.compile(r"[^\W\d_]+")
_LONG_WORD = 16
# Without one of these stems a text in disguise tells nothing.
_STEMS = (
    "ignor|disreg|forget|overrid|instru[ck]|prompt|report|anweis|vergiss|missacht|findings|benign"
    "|consign|olvid|oubli|assist|language|analyst|nothing|model|rules|regle|reglas|harmless|clean"
    "|restrict|respon|safety|system|verdict|answer|melde|signal|игнор|инстр|правил|указан|модел|сообщ"
)
_TELLING = re.compile(_STEMS)
_LONG = re.compile(r"[^\W\d_]{16,}")
_TURNS = "\u202a\u202b\u202d\u202e"  # another direction begins: words do not go on over it
_CJK = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_CJK_BLANK = re.compile(f"(?<=[{_CJK}])[\\s\u3000]+(?=[{_CJK}])")


def visible(text: str) -> str:
    """Without characters that do not show; tag characters are read as the letters they hide."""
    if text.isascii() or (
        text.translate(_SPACES).isprintable() and not _PRINTABLE_UNSEEN.search(text)
    ):
        return text
    kept = []
    for letter in text:
        code = ord(letter)
        if 0xE0020 <= code <= 0xE007E:
            kept.append(chr(code - 0xE0000))
        elif letter in _TURNS:
            kept.append(" ")
        elif (
            unicodedata.category(letter) in {"Cf", "Cs", "Co"}
            or 0xFE00 <= code <= 0xFE0F
            or code in {0x115F, 0x1160, 0x3164, 0xFFA0, 0x034F, 0x180E}
        ):
            continue
        else:
            kept.append(letter)
    return "".join(kept)


def plain(text: str) -> str:
    """Visible text in lower case, without accents, styles of letters and marks inside words."""
    if text.isascii():
        return text.lower()
    text = unicodedata.normalize("NFKC", visible(text).translate(_LUNATE_SIGMA)).casefold()
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text)
        text = "".join(letter for letter in text if unicodedata.category(letter) != "Mn")
        text = unicodedata.normalize("NFC", text).translate(_TRADITIONAL)
        text = _CJK_BLANK.sub("", text)
    return text


_SPECIAL_TOKEN = re.compile(r"<\|[^<>|\s]{2,20}\|>")


def framing(lowered: str) -> str:
    """Plain text with the special tokens of a prompt in plain letters."""
    return _SPECIAL_TOKEN.sub(
        lambda found: (
            f"<|{found[0][2:-2].translate(_LOOK_ALIKES).translate(_DIGITS_FOR_LETTERS)}|>"
        ).replace("1", "i"),
        lowered,
    )


def words(text: str) -> str:
    """Plain text as words with a blank on each side; punctuation is a word: `.`, `:` or `,`.

    The first one is `.`, as before every sentence.
    """
    text = _JOINED.sub("", _WRITTEN_BREAK.sub("\n", text))
    spaced = _OTHER.sub(" ", text.replace("--", "\n").translate(_MARKS))
    return f" . {' '.join(spaced.split())} "


def readings(text: str, known: frozenset[str]) -> Iterator[str]:
    """The ways in which a text can be read, as `words` writes them; the plain one first.

    Args:
        known: Words to cut letters without blanks into.
    """
    lowered = plain(text)
    yield words(lowered)
    mixed = _MIXED.search(lowered) or (_OTHER_SCRIPT.search(lowered) and not _russian(lowered))
    if mixed:
        lowered = lowered.translate(_SMALL_CAPITALS).translate(_LOOK_ALIKES)
        yield words(lowered)
    for reading in dict.fromkeys((lowered, _without_leet(lowered, known))):
        if reading != lowered:
            yield words(reading)
        if _SPACED.search(reading):
            yield words(_SPACED.sub(lambda found: _joined(found[0], known), reading))
    if any(_TELLING.search(word) for word in _LONG.findall(lowered)):
        yield words(_LONG.sub(lambda found: _segmented(found[0], known), lowered))


def _without_leet(lowered: str, known: frozenset[str]) -> str:
    """Letters for the digits inside of words, when that makes words which tell something."""
    if not _DIGIT_INSIDE.search(lowered):
        return lowered
    letters = _LEET.sub(lambda found: _unleeted(found[0], known), lowered)
    spaced = _SPACED.search(lowered)
    more = len(_TELLING.findall(letters)) > len(_TELLING.findall(lowered))
    if more or spaced or _known(letters, known) > _known(lowered, known) + 1:
        return letters
    return lowered


def _known(text: str, known: frozenset[str]) -> int:
    return sum(word in known for word in _LETTERS.findall(text))


def _unleeted(word: str, known: frozenset[str]) -> str:
    """The word in letters; a stroke is what makes it a known word, else an i."""
    letters = word.translate(_DIGITS_FOR_LETTERS)
    body = letters.rstrip("!")
    strokes = [at for at, letter in enumerate(body) if letter in _STROKES]
    if len(strokes) <= _MOST_STROKES:
        for choice in itertools.product("il", repeat=len(strokes)):
            made = list(body)
            for at, letter in zip(strokes, choice, strict=True):
                made[at] = letter
            if "".join(made) in known:
                return "".join(made) + "." * (body != letters)
    return letters.translate(dict.fromkeys(map(ord, _STROKES), "i"))


def _russian(text: str) -> bool:
    """Mostly Cyrillic: letters that look alike are what they are."""
    other = len(re.findall(r"[\u0400-\u04ff]", text))
    return other > len(re.findall(r"[a-z]", text))


def _joined(spaced: str, known: frozenset[str]) -> str:
    """`i g n o r e   a l l` as `ignore all`; without wider gaps, cut into known words."""
    gaps = re.findall(r"[\s._\-*|/+,]+", spaced)
    least = min(map(len, gaps))
    if any(len(gap) > least for gap in gaps):
        parts = re.split(rf"[\s._\-*|/+,]{{{least + 1},}}", spaced)
        whole = " ".join(re.sub(r"[\s._\-*|/+,]", "", part) for part in parts)
    else:
        whole = re.sub(r"[\s._\-*|/+,]", "", spaced)
    return " ".join(
        _segmented(word, known) if len(word) >= _LONG_WORD // 2 else word for word in whole.split()
    )


def _segmented(letters: str, known: frozenset[str]) -> str:
    """The letters cut into known words where that takes the fewest pieces."""
    letters = letters[:600]
    best: list[tuple[float, int]] = [(0.0, 0)]
    for end in range(1, len(letters) + 1):
        cost, start = best[end - 1][0] + 1.4, end - 1
        for begin in range(max(0, end - 16), end - 1):
            piece = letters[begin:end]
            if piece in known and best[begin][0] + 1 < cost:
                cost, start = best[begin][0] + 1, begin
        best.append((cost, start))
    cuts, end = [], len(letters)
    while end:
        start = best[end][1]
        cuts.append(letters[start:end])
        end = start
    pieces: list[str] = []
    for piece in reversed(cuts):
        if len(piece) == 1 and pieces and pieces[-1] not in known:
            pieces[-1] += piece
        else:
            pieces.append(piece)
    return " ".join(pieces)
