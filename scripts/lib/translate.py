"""Merges exported terms into the translations: python translate.py CHECKOUT ADDON.pot…

For each add-on the template is written to i18n/ADDON.pot and merged into i18n/zh_CN.po: what is translated
stays, what is no longer a term goes, nothing is guessed (no fuzzy entries). The files carry no dates, so that
they change only when a term does. Prints what is not translated; the exit code is 1 if there is any.
"""

import pathlib
import sys

import polib

LANGUAGES = {"zh_CN": "nplurals=1; plural=0;"}  # plural forms of what we translate to


def catalogue(addon, entries, language=None):
    """A file of these entries in the order of their source texts.

    :param entries: list of ``polib.POEntry``
    :param language: its code, ``None`` for the template
    :returns: ``polib.POFile``
    """
    result = polib.POFile(wrapwidth=100)
    result.header = f"Translation of the Odoo add-on {addon}."
    result.metadata = {
        "Project-Id-Version": f"{addon} 19.0",
        "Language": language or "",
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": LANGUAGES.get(language, ""),
    }
    result.extend(entries)
    return result


def merged(terms, known):
    """The terms with what is known of their translations.

    :param terms: the exported entries
    :param known: ``{source: translation}``
    """
    return [
        polib.POEntry(
            msgid=term.msgid,
            msgstr=known.get(term.msgid, ""),
            comment=term.comment,
            occurrences=term.occurrences,
        )
        for term in terms
    ]


def translations(path):
    """``{source: translation}`` of a file; neither obsolete nor fuzzy entries count."""
    if not path.exists():
        return {}
    return {entry.msgid: entry.msgstr for entry in polib.pofile(str(path)).translated_entries()}


def main(root, exported):
    missing = 0
    for template in exported:
        addon, terms = template.stem, list(polib.pofile(str(template)))
        folder = root / addon / "i18n"
        folder.mkdir(exist_ok=True)
        catalogue(addon, merged(terms, {})).save(str(folder / f"{addon}.pot"))
        for language in LANGUAGES:
            path = folder / f"{language}.po"
            known = translations(path)
            entries = merged(terms, known)
            catalogue(addon, entries, language).save(str(path))
            gone = known.keys() - {term.msgid for term in terms}
            print(f"{path.relative_to(root)}: {len(terms)} terms, {len(gone)} dropped")
            for entry in entries:
                if not entry.msgstr:
                    missing += 1
                    print(f"  not translated: {entry.msgid!r} ({entry.occurrences[0][0]})")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]).resolve(), [pathlib.Path(name) for name in sys.argv[2:]]))
