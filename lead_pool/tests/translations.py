"""What the translation tests of both add-ons have in common."""

import re
from collections import Counter
from pathlib import Path
from unittest.mock import patch

from lxml import etree

from odoo.modules import Manifest, get_module_path
from odoo.tools import file_open
from odoo.tools.translate import TranslationModuleReader, code_translations, translation_file_reader

import odoo.addons

LANG = "zh_CN"
CHINESE = re.compile(r"[\u4e00-\u9fff]")
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]")
TAG = re.compile(r"</?[a-z][^>]*>")
WORDS_IN_TAGS = re.compile(r'\b(title|aria-label|placeholder)="[^"]*"')

#: English word: what every translation of a term with that word contains.
VOCABULARY = {
    r"claim(s|ed|ing|able)?": "领取",
    r"assign(s|ed|ing)?": "分配",
    r"transfer(s|red|ring)?": "转移|转入|转出",
    r"return(s|ed|ing)?": "退回",
    r"reclaim(s|ed|ing)?|(take|taken) back|recall(ed)?": "收回",
    r"follow(ed)?[- ]ups?": "跟进",
    r"conver(t|ts|ted|ting|sion)": "转换",
    r"my leads": "我的线索",
    r"members?": "成员",
    r"admins?": "管理员",
}


class TranslationsMixin:
    """Every term that Odoo exports for ``module`` has its Chinese in the add-on's file.

    :cvar module: name of the add-on
    :cvar labels: ``{whole term: its translation}`` that must stay as it is
    """

    allow_inherited_tests_method = True  # else Odoo's runner passes over the tests of a base class
    module = None
    labels = {}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # the reader walks through every folder of add-ons: one is enough
        with patch.object(odoo.addons, "__path__", [str(Path(get_module_path(cls.module)).parent)]):
            rows = list(TranslationModuleReader(cls.env.cr, [cls.module]))
        demo = cls._demo_records()
        cls.terms = {}  # {source: where it comes from}
        for _module, kind, name, place, source, _value, _comments in rows:
            if place not in demo:
                cls.terms.setdefault(source, f"{kind}:{name}:{place}")
        with file_open(f"{cls.module}/i18n/{LANG}.po", "rb") as file:
            cls.chinese = {row["src"]: row["value"] for row in translation_file_reader(file) if row["value"]}

    @classmethod
    def _demo_records(cls):
        """External ids of the add-on's demo records, which are terms of a database with demo data only."""
        found = set()
        for path in Manifest.for_addon(cls.module).get("demo", ()):
            with file_open(f"{cls.module}/{path}", "rb") as file:
                found |= {f"{cls.module}.{record.get('id')}" for record in etree.parse(file).iter("record")}
        return found

    def test_every_term_is_translated(self):
        missing = {source: place for source, place in self.terms.items() if source not in self.chinese}
        self.assertFalse(missing, "make translate lists what is not translated")

    def test_nothing_is_translated_that_is_no_term(self):
        self.assertFalse(self.chinese.keys() - self.terms.keys(), "make translate drops them")

    def test_placeholders_and_tags_are_kept(self):
        for source, text in self.chinese.items():
            with self.subTest(source=source):
                self.assertEqual(Counter(PLACEHOLDER.findall(text)), Counter(PLACEHOLDER.findall(source)))
                self.assertEqual(TAG.findall(self._bare(text)), TAG.findall(self._bare(source)))

    @staticmethod
    def _bare(text):
        return WORDS_IN_TAGS.sub("", text)

    def test_each_word_has_one_translation(self):
        for source, text in self.chinese.items():
            for word, chinese in VOCABULARY.items():
                if re.search(rf"\b({word})\b", PLACEHOLDER.sub("", source), re.IGNORECASE):
                    with self.subTest(source=source):
                        self.assertRegex(text, chinese)

    def test_labels_are_those_of_the_vocabulary(self):
        for source, text in self.labels.items():
            with self.subTest(source=source):
                self.assertEqual(self.chinese.get(source), text)

    def test_page_scripts_find_their_words(self):
        """What ``_t`` and the templates of components ask for is sent to the browser."""
        sent = {row["id"] for row in code_translations.get_web_translations(self.module, LANG)["messages"]}
        wanted = {source for source, place in self.terms.items() if "/static/src/" in place}
        self.assertTrue(wanted)
        self.assertFalse(wanted - sent)
