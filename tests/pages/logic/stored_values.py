"""Stored values that are hard to get right, by the kind of what they mostly are."""

from __future__ import annotations

from random import Random

MISSING_CODES = frozenset({"UNK", "NASK", "-999"})
KINDS = ("number", "text", "date", "truth")

NUMBERS = [
    "0",
    "1",
    "2",
    "5",
    "7",
    "10",
    "42",
    "-1",
    "-3",
    "2.5",
    "-2.5",
    "0.5",
    "1.5",
    "1.005",
    "2.675",
    "0.1",
    "0.2",
    "0.3",
    "-0.4",
    "0.045",
    "100",
    "1000",
    "365.2425",
    "1e3",
    "007",
    "+5",
    ".5",
    "-.5",
    "0,5",
    "1,5",
    "-2,25",
    "5e-7",
    "1e-5",
    "0.0001",
    "1e15",
    "999999999999999",
    "999999999999999.9",
    "1e16",
    "123456789012345678",
    "1e22",
    "1e300",
    "-1e308",
    "1e308",
    "5e-324",
    "2.2250738585072014e-308",
    "9007199254740993",
    "0.30000000000000004",
    "134217729",
    "1e400",
    "-0",
]
NO_NUMBERS = ["1.", "1,000.5", "--5", "5-", "0x10", "NaN", "Infinity", "１２", "1_0", "1e", "1e5.5", "."]
SPACED_NUMBERS = [" 7 ", "\u00a05\t", "\x1c5", "\ufeff5", "\x855\u3000", "- 5"]
DATES = [
    "2024-02-29",
    "2023-02-29",
    "2000-02-29",
    "1900-02-28",
    "0001-01-01",
    "0000-01-01",
    "9999-12-31",
    "2024-03-01",
    "2024-03-10",
    "2024-12-31",
    "1969-12-31",
    "2024-03-10T15:30",
    "2024-03-10T15:30:59",
    "09:30",
    "23:59:59",
    "24:00",
    "00:00",
    "9:30",
    "2024-3-1",
    "10-03-2024",
    "2024/03/10",
    "today",
    "now",
    "Today",
    "2024-02-30",
    "2024-13-01",
    "2024-03-10Z",
    "20240310",
]
SPACED_DATES = ["2024-03-10 15:30", "2024-03-10 15:29:59", "2024-03-10 24:00", "2024-03-10 15:60", " 2024-03-11 "]
WORDS = [
    "Ulcer",
    "ulcer",
    "ULCER",
    "lc",
    "a",
    "A",
    "b",
    "cer",
    "1",
    "0",
    "true",
    "TRUE",
    "straße",
    "STRASSE",
    "ΣΑΣ",
    "ςας",
    "ΌΔΟΣ",
    "İstanbul",
    "ıI",
    "ﬁn",
    "ǅ",
    "日本語",
    "本",
    "腎",
    "é",
    "é",
    "😀x",
    "x😀y😀",
    "￮",
    "𐐀",
    "𐐨",
    "it's",
    "back\\slash",
    "</script><!--",
    "a&b<c>",
    "ŉ",
    "１",
    "[five]",
    "UNK,-999",
]
SPACED_TEXTS = [
    "",
    " ",
    "  a b ",
    "UNK, NASK",
    'say "no"',
    "line\nbreak",
    "a\u2028b",
    "\u3000wide\x85",
    "// neither",
]


def stored_value(random: Random, kind: str) -> str:
    """Choose a stored value, mostly of a kind; sometimes blank, missing or of another kind."""
    if random.random() < 0.1:
        return random.choice(("", "", "UNK", "-999", "NASK"))
    if random.random() < 0.05:
        kind = random.choice(KINDS)
    match kind:
        case "number":
            odd = random.choice((NUMBERS, NUMBERS, NUMBERS, NO_NUMBERS, SPACED_NUMBERS))
            return random.choice((random.choice(odd), _number(random)))
        case "date":
            return random.choice((random.choice((*DATES, *SPACED_DATES)), _date(random)))
        case "text":
            return random.choice((*WORDS, *SPACED_TEXTS))
        case _:
            return random.choice("01")


def _number(random: Random) -> str:
    if random.random() < 0.7:
        return f"{random.uniform(-200, 200):.{random.randrange(5)}f}"
    return repr(random.lognormvariate(0, 6) * random.choice((1, -1)))


def _date(random: Random) -> str:
    day = f"{random.randrange(1950, 2030)}-{random.randrange(1, 13):02}-{random.randrange(1, 31):02}"
    return day + random.choice(("", "", f" {random.randrange(24):02}:{random.randrange(60):02}"))
