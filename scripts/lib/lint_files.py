"""Checks of files that no linter on PyPI does for us: python lint_files.py CHECKOUT

* every XML file is well formed;
* every translation is there, not fuzzy, and keeps the placeholders and tags of its source.
Prints one line per finding.
"""

import pathlib
import re
import sys
from collections import Counter

import polib
from lxml import etree

PLACEHOLDER = re.compile(r"%\(\w+\)[-#0 +]?[\d.]*[a-zA-Z]|%[-#0+]?[\d.]*[sdifr%](?![a-z])|\$?\{\w*\}")
TAG = re.compile(r"</?[a-zA-Z][^>]*?>")
WORDS = re.compile(r'\b(title|aria-label|alt|placeholder|string|label)="[^"]*"')  # translated inside of tags
IGNORED = {".git", "node_modules", "__pycache__", ".venv"}


def files(root, pattern):
    found = sorted(root.rglob(pattern))
    return [path for path in found if not IGNORED.intersection(path.relative_to(root).parts)]


def bad_xml(path):
    try:
        etree.parse(path)
    except etree.XMLSyntaxError as error:
        yield error.lineno or 1, str(error)


def bad_translations(path):
    try:
        catalogue = polib.pofile(str(path))
    except OSError as error:  # polib's word for a syntax error
        yield 1, str(error)
        return
    for entry in catalogue:
        if entry.obsolete:
            continue
        texts = [entry.msgstr, *entry.msgstr_plural.values()]
        sources = [entry.msgid, entry.msgid_plural]
        if "fuzzy" in entry.flags:
            yield entry.linenum, f"fuzzy: {entry.msgid!r}"
        if not any(texts) or (entry.msgstr_plural and not all(entry.msgstr_plural.values())):
            yield entry.linenum, f"not translated: {entry.msgid!r}"
            continue
        for text in filter(None, texts):
            for kind, what in ((PLACEHOLDER, "placeholders"), (TAG, "tags")):
                wanted = [Counter(kind.findall(WORDS.sub("", source))) for source in sources if source]
                if Counter(kind.findall(WORDS.sub("", text))) not in wanted:
                    yield entry.linenum, f"{what} differ: {entry.msgid!r} -> {text!r}"


def main(root):
    findings = 0
    for pattern, check in (("*.xml", bad_xml), ("*.po", bad_translations)):
        for path in files(root, pattern):
            for line, what in check(path):
                print(f"{path.relative_to(root)}:{line}: {what}")
                findings += 1
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]).resolve()))
