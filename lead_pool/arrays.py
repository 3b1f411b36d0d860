"""Many values for one statement.

A list is given to PostgreSQL as ``ARRAY['a', 'b', …]``, an expression of which each element is parsed, resolved and
computed by itself; the same as one text is read in a third of the time, and made in a third, too.
"""


def as_array(values):
    """These values as one text that PostgreSQL reads as an array; the place where it stands says of what.

    :param values: texts, numbers, booleans, moments; ``None`` is NULL. No text with a zero byte, as in any statement

    >>> as_array([1, None, "NULL", 'say "\\\\"', True, ""])
    '{"1",NULL,"NULL","say \\\\"\\\\\\\\\\\\"","True",""}'
    """
    return "{" + ",".join(map(_element, values)) + "}"


def _element(value):
    if value is None:
        return "NULL"
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'
