"""Names of what rows are about, as they are called now."""


def names_of(records, missing=""):
    """``{id: name}``; what is archived keeps its name, what is gone is called ``missing``."""
    there = {record.id: record.name for record in records.exists()}
    return {number: there.get(number, missing) for number in records.ids}
