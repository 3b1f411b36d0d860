r"""A file with a table of leads: how its text is encoded, what separates its cells, what its headings mean.

>>> encoding("姓名,电话".encode("gb18030")), encoding("\ufeffName".encode("utf-8")), encoding("姓名,a".encode("utf-16"))
('gb18030', 'utf-8-sig', 'utf-16')
>>> separator("Name;Phone, mobile;City\n"), separator("Name\n")
(';', ',')
"""

import codecs
import re

from .columns import fold

SEPARATORS = ",;\t|"
#: Beginnings of a text that say how it is encoded.
MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
#: As everybody writes it, else as Chinese spreadsheets do.
ENCODINGS = ("utf-8", "gb18030")
LOOKED_AT = 4000  # bytes that tell UTF-16 without a mark
#: What neither a screen nor the database takes.
_UNSHOWABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

#: ``{folded heading: field}``: how files name what Odoo names otherwise. A field whose label or name it is comes first,
#: but these of Odoo's fields are hardly ever what the column of a file means: whose the lead is, not who it is.
HARDLY_MEANT = ("partner_id", "company_id")
ALIASES = {
    "email": "email_from",
    "e-mail": "email_from",
    "email address": "email_from",
    "mobile": "phone",
    "mobile phone": "phone",
    "phone number": "phone",
    "telephone": "phone",
    "mobile number": "phone",
    "cell phone": "phone",
    "tel": "phone",
    "company": "partner_name",
    "company name": "partner_name",
    "organization": "partner_name",
    "account name": "partner_name",
    "full name": "contact_name",
    "message": "description",
    "comments": "description",
    "lead source": "source_id",
    "channel": "source_id",
    "province": "state_id",
    "state/province": "state_id",
    "zip code": "zip",
    "postal code": "zip",
    "job title": "function",
    "owner": "user_id",
    "sales rep": "user_id",
    "remarks": "description",
    "lead quality": "lead_group_id",
    "specialization": "product_interest_ids",
    "notes": "description",
    "线索": "name",
    "线索名称": "name",
    "姓名": "contact_name",
    "contact": "contact_name",
    "联系人": "contact_name",
    "联系人姓名": "contact_name",
    "客户姓名": "contact_name",
    "电话": "phone",
    "手机": "phone",
    "手机号": "phone",
    "手机号码": "phone",
    "电话号码": "phone",
    "联系电话": "phone",
    "客户电话": "phone",
    "联系方式": "phone",
    "联系人电话": "phone",
    "联系人手机": "phone",
    "邮箱": "email_from",
    "电子邮箱": "email_from",
    "邮件": "email_from",
    "联系邮箱": "email_from",
    "电子邮件": "email_from",
    "公司": "partner_name",
    "公司名": "partner_name",
    "公司名称": "partner_name",
    "企业名称": "partner_name",
    "公司全称": "partner_name",
    "所属公司": "partner_name",
    "客户名称": "partner_name",
    "单位": "partner_name",
    "微信": "wechat",
    "微信号": "wechat",
    "微信号码": "wechat",
    "城市": "city",
    "所在城市": "city",
    "地区": "city",
    "所在地区": "city",
    "地域": "city",
    "所在地": "city",
    "省份": "state_id",
    "省": "state_id",
    "所在省份": "state_id",
    "所属省份": "state_id",
    "国家": "country_id",
    "职位": "function",
    "职务": "function",
    "网址": "website",
    "地址": "street",
    "详细地址": "street",
    "联系地址": "street",
    "邮编": "zip",
    "来源": "source_id",
    "渠道": "source_id",
    "线索来源": "source_id",
    "来源渠道": "source_id",
    "渠道来源": "source_id",
    "客户来源": "source_id",
    "活动": "campaign_id",
    "媒介": "medium_id",
    "预计收入": "expected_revenue",
    "预计金额": "expected_revenue",
    "标签": "tag_ids",
    "行业": "industry_id",
    "所属行业": "industry_id",
    "意向产品": "product_interest_ids",
    "备注": "description",
    "备注信息": "description",
    "说明": "description",
    "留言": "description",
    "需求": "description",
    "线索池": "pool_id",
    "负责人": "user_id",
    "跟进人": "user_id",
    "归属人": "user_id",
    "销售": "user_id",
}
#: Columns that a file of ours adds to the rows of another file.
ROW, REASON = ("row", "line", "行"), ("reason", "原因")


def encoding(data):
    r"""The name of the encoding that the bytes of a text are read with; ``""`` when it cannot be said.

    >>> encoding("Name,Phone".encode("utf-16-le")), encoding(b"\xff\xff\xff"), encoding(b"")
    ('utf-16-le', '', 'utf-8')
    """
    for mark, name in MARKS:
        if data.startswith(mark):
            return name
    head = data[:LOOKED_AT]
    for offset, name in ((1, "utf-16-le"), (0, "utf-16-be")):
        if head[offset::2].count(0) * 3 > len(head):
            return name
    for name in ENCODINGS:
        try:
            data.decode(name)
        except UnicodeDecodeError:
            continue
        return name
    return ""


def separator(text):
    """What separates the cells of a text: what its first line has most of, quoted cells left out.

    >>> separator('"Last, first";Phone'), separator("a|b|c"), separator("a\\tb,c\\td")
    (';', '|', '\\t')
    """
    line = re.sub(r'"[^"]*"', "", text.lstrip("\r\n").partition("\n")[0])
    return max(SEPARATORS, key=line.count)


def harmless(text):
    r"""A cell as it is kept: without what no screen can show, in one line unless it has several of text.

    >>> harmless(" a@b.c\r\nBcc: x@y.z\x00 ")
    'a@b.c\nBcc: x@y.z'
    """
    return _UNSHOWABLE.sub("", text).replace("\r\n", "\n").replace("\r", "\n").strip()


def in_one_line(text):
    r"""A text for a field of one line.

    >>> in_one_line("a@b.c\nBcc: x@y.z")
    'a@b.c Bcc: x@y.z'
    """
    return " ".join(text.split())


def match(headings, known):
    """The field of each heading, ``""`` for an unknown one; a field is taken by its first column alone.

    :param headings: ``[str]``
    :param known: ``{folded label or name: field}`` of the database

    >>> match(["姓名", "Phone", "Mobile", "Shoe Size", "Row"], {"phone": "phone"})
    ['contact_name', 'phone', '', '', '']
    >>> match(["联系人", "公司"], {"联系人": "partner_id", "公司": "company_id"})  # of a new lead they are names
    ['contact_name', 'partner_name']
    >>> match(["联系方式", "地区", "所属公司", "跟进人"], {})  # as advertising platforms and other systems export
    ['phone', 'city', 'partner_name', 'user_id']
    >>> match(["company_id"], {"company_id": "company_id"})
    ['company_id']
    """
    found, taken = [], set()
    for heading in headings:
        label = fold(heading)
        field = known.get(label, "")
        if not field or field in HARDLY_MEANT:
            field = ALIASES.get(label, field)
        if label in ROW + REASON:
            field = ""
        found.append("" if field in taken else field)
        taken.add(field)
    return found


def is_own(heading):
    """Whether the column was added by us: it says which row it was, or why it was not taken."""
    return fold(heading) in ROW + REASON
