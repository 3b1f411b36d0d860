"""What of a person is looked for in texts, and when the data of an ended lead has been kept long enough.

>>> needles("+86 138-0013 8000", "13800138000", "Zhang@Example.com", "")
['13800138000', 'zhang@example.com']
>>> needles("110", "", "", "wx1")  # too short to mean one person
[]
"""

import calendar
import re

#: What a lead says of a person, besides texts in custom fields. City and region stay: figures are by them.
OF_LEAD = (
    "contact_name partner_name email_from email_normalized email_domain_criterion email_cc phone phone_sanitized "
    "wechat function website street street2 zip referred description company_registry_code lead_properties reveal_id"
).split()
#: Digits of a number, letters of a WeChat account, below which they would be found in many a text.
SHORTEST = 7
#: How an ended lead ended, by what the settings say of it.
ENDED = ("invalid", "lost")
#: Left out of a text before a number is looked for in it.
SEPARATORS = " -()+./"


def needles(phone, national, email, wechat):
    """What is looked for in texts, in small letters and without separators.

    :param str phone: as typed
    :param str national: digits of the same number without its country; empty: it is no number
    """
    digits = national or re.sub(r"\D", "", phone or "")
    return [one for one in (digits, (email or "").strip().lower(), (wechat or "").strip().lower())
            if len(one) >= SHORTEST]  # fmt: skip


def forgotten_before(now, months):
    """What ended before this moment is not kept any longer; ``None``: it is kept for good.

    >>> from datetime import datetime
    >>> forgotten_before(datetime(2026, 3, 31), 1), forgotten_before(datetime(2026, 3, 31), 0)
    (datetime.datetime(2026, 2, 28, 0, 0), None)
    """
    if months <= 0:
        return None
    year, month = divmod(now.year * 12 + now.month - 1 - months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return now.replace(year=year, month=month + 1, day=min(now.day, last))
