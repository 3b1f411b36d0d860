"""Sentences one after the other, in any language.

>>> paragraph(["It waits.", "", "You may claim it."])
'It waits. You may claim it.'
>>> paragraph(["它在等候。", "您可以领取。"])
'它在等候。您可以领取。'
>>> paragraph(["“Beijing”", "Reload the list."])
'“Beijing” Reload the list.'
"""

#: Full-width marks have their space in themselves. The closing quote is none: English has it, too.
WIDE = tuple("。！？；：，）」")


def paragraph(sentences):
    """Sentences in one text. After a full-width mark there is no space.

    :param sentences: texts; empty ones are left out
    :returns: str
    """
    text = ""
    for sentence in filter(None, sentences):
        text += sentence if not text or text.endswith(WIDE) else f" {sentence}"
    return text
