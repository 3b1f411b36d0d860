"""The verbs of a lead's life, one file each, and the one place that writes the ledgers."""

from . import (
    ledger,
    answers,
    rights,
    enter,
    claim,
    follow_up,
    known_by,
    describe,
    distribute,
    age,
    observe,
    explain,
    enrol,
    give_back,
    convert,
    guard,
    projection,
    tell,
    buttons,
)
