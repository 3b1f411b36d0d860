"""Sentences one after the other, in any language.

>>> paragraph(["It waits.", "", "You may claim it."])
'It waits. You may claim it.'
>>> paragraph(["它在等候。", "您可以领取。"])
'它在等候。您可以领取。'
"""

#: Full-width marks have their space in themselves.
WIDE = tuple("。！？；：，）」”")


def paragraph(sentences):
    """Sentences in one text. After a full-width mark there is no space.

    :param sentences: texts; empty ones are left out
    :returns: str
    """
    text = ""
    for sentence in filter(None, sentences):
        text += sentence if not text or text.endswith(WIDE) else f" {sentence}"
    return text
