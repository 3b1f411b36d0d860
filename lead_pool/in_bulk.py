"""Values for the computed fields of many records.

A field that is given its value record by record does its bookkeeping for each; a page of a list has few values, and
many records of each of them.
"""


def assign(records, names, rows):
    """Give these fields their values, as a method that computes them does: one assignment for each value of a field.

    :param names: of fields whose values can be keys of a ``dict``, so no JSON and no record
    :param rows: one tuple of values for each of ``records``, in their order
    """
    for name, values in zip(names, zip(*rows, strict=True), strict=True):
        having = {}
        for number, value in zip(records._ids, values, strict=True):
            having.setdefault(value, []).append(number)
        for value, numbers in having.items():
            records.browse(numbers)[name] = value
