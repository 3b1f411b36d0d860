"""How long is a note, and do two notes say the same?

Notes are typed by people who are in a hurry, and by some who want a note to be there, not to say something. What is
typed around the words (case, white space, punctuation, figures, the wide letters of a Chinese keyboard) is no
difference.

>>> length("  ok  "), length("................"), length("ooooooooook")
(2, 0, 4)
>>> same("Called at 10:30, no answer", "called  at 16:05 - NO ANSWER!")
True
>>> same("Called, wants the price list", "Visited him, wants the contract")
False
"""

import re
from collections import Counter
from unicodedata import category, east_asian_width, normalize

#: Two notes with this part of their pairs of letters in common say the same.
SAME = 0.9
#: Weight (letters; one of Chinese is worth two) up to which a note is a short one, "Called, nobody answered".
SHORT = 20
#: Characters of a note that are compared.
COMPARED = 500
#: The same character again and again is one that got stuck: so many of them count.
STUCK = 3


def length(text):
    """Characters of a note that say something.

    White space around and between words is worth one character at most, invisible characters and a character held down
    nothing; a note without a letter or figure is none. The dialog counts the same way (follow_up_note.js).
    """
    text = normalize("NFKC", text)
    text = "".join(sign for sign in text if sign.isspace() or category(sign) not in ("Cc", "Cf"))
    text = re.sub(r"\s+", " ", text).strip()
    text = re.sub(rf"(.)\1{{{STUCK},}}", r"\1" * STUCK, text, flags=re.DOTALL)
    return len(text) if any(category(sign)[0] in "LN" for sign in text) else 0


def fold(text):
    """The letters of a note, and nothing else.

    >>> fold("Ｃalled, 10:30"), fold("电话接通，已报价 3000 元。")
    ('called', '电话接通已报价元')
    """
    text = normalize("NFKC", normalize("NFKC", text[:COMPARED]).casefold())
    return normalize("NFKC", "".join(sign for sign in text if category(sign)[0] in "LM"))


def is_short(text):
    """Whether a note is of the kind that one writes again and again in good faith.

    >>> is_short("Called, no answer"), is_short("无人接听，已发短信"), is_short("Sent the offer, he asks his boss")
    (True, True, False)
    """
    return sum(2 if east_asian_width(sign) in "WF" else 1 for sign in fold(text)) <= SHORT


def likeness(one, other):
    """How much two folded notes have in common, 0 to 1: the Dice coefficient of their pairs of neighbouring letters.

    L. R. Dice, Measures of the Amount of Ecologic Association Between Species, Ecology 26 (1945). It is the same from
    both sides, needs no words (Chinese has no spaces between them), and one word more or less in a long note changes
    it little.

    >>> likeness("abcd", "abcd"), likeness("abcd", "bcda"), likeness("abcd", "efgh")
    (1.0, 0.6666666666666666, 0.0)
    """
    if one == other:
        return 1.0
    first, second = Counter(zip(one, one[1:], strict=False)), Counter(zip(other, other[1:], strict=False))
    pairs = first.total() + second.total()
    return 2 * (first & second).total() / pairs if pairs else 0.0


def same(one, other):
    """Whether two notes say the same, or nearly."""
    one, other = fold(one), fold(other)
    shorter, longer = sorted((len(one), len(other)))
    if shorter < SAME * (longer - 1) / (2 - SAME):  # too different in length to be alike
        return False
    return likeness(one, other) >= SAME
