"""What a report is: pure Python, without Odoo and without a clock of its own.

``table`` has the value types that screen, workbook and mail render; each other module builds the table of
one report from plain rows. Tables carry codes, no words: those come from the models, in the user's language.

A report is added in three steps: a module here that builds its :class:`~.table.Table`, a model in
``models/reports/`` with its SQL and its words, and a menu.
"""
