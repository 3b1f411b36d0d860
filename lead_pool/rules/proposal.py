"""A first mapping, made from a sample of what a platform sends.

>>> sample = {"lead_id": "7", "answers": [{"column_id": "PHONE_NUMBER", "string_value": "138"}], "full_name": "Li"}
>>> [(path, target) for path, _text, target in propose(sample)]
[('lead_id', ''), ('answers[column_id=PHONE_NUMBER].string_value', 'phone'), ('full_name', 'contact_name')]
>>> [target for _path, _text, target in propose({"campaign": {"name": "Spring"}, "customer": {"name": "Li"}})]
['campaign_id', 'contact_name']
"""

import re

from .payload import find, text_of

MOST = 100  # rows
#: Names that tell what a value is.
NAMES = {
    "contact_name": "full_name fullname name contact contact_name real_name username customer_name your_name "
    "姓名 联系人 客户姓名 first_name last_name firstname lastname given_name family_name",
    "phone": "phone phone_number telephone tel mobile mobile_phone cellphone cell work_phone user_phone "
    "电话 手机 手机号 联系电话",
    "email_from": "email e_mail mail email_address user_email work_email 邮箱 电子邮箱 邮件",
    "wechat": "wechat weixin wx wechat_id weixin_id 微信 微信号",
    "partner_name": "company company_name organization organisation corp 公司 公司名称 企业名称 单位",
    "function": "job_title position job title 职位 职务",
    "city": "city town city_name 城市 所在城市",
    "state_id": "province state region province_name 省份 省",
    "country_id": "country country_code 国家",
    "zip": "zip postal_code postcode zip_code 邮编",
    "street": "street address street_address addr 地址 详细地址",
    "website": "website url homepage 网站",
    "description": "message remark remarks comment comments note notes question inquiry content 备注 留言 咨询内容",
    "campaign_id": "campaign campaign_name utm_campaign plan_name ad_plan_name 推广计划 计划名称",
    "source_id": "source utm_source source_name channel 来源",
    "medium_id": "medium utm_medium",
}
KNOWN = {name: target for target, names in NAMES.items() for name in names.split()}
#: Of a list of answers: what names the question, and what is the answer.
QUESTIONS = ("column_id", "name", "key", "field", "field_name", "label", "question", "id")
ANSWERS = ("string_value", "values", "value", "answer", "text")


def propose(data, path=""):
    """``[(path, text found there, target or '')]``, at most :data:`MOST`."""
    found = [(where, text_of(find(data, where)[0])) for where in _leaves(data, path)][:MOST]
    return [(where, text, _target_at(where)) for where, text in found]


def _target_at(path):
    """The name of a campaign, company or city is that of the thing which has it; else a name is a person's."""
    thing = re.fullmatch(r"(?:.*\.)?([^.\[\]]+)\.(?:name|title|label)", path)
    return thing and target_of(thing[1]) or target_of(_name(path))


def target_of(name):
    """Where a value of this name belongs; empty if it is not known.

    >>> target_of("PHONE_NUMBER"), target_of("userPhone"), target_of("手机号"), target_of("gcl_id")
    ('phone', 'phone', 'phone', '')
    """
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name.strip())
    name = re.sub(r"[\s.\-]+", "_", name).lower()
    return KNOWN.get(name, "")


def _name(path):
    question = re.search(r"\[[^\]=]+=([^\]]+)\][^\[\]]*$", path)
    return question[1] if question else re.split(r"[.\[\]\"]+", path.rstrip('"]'))[-1]


def _leaves(data, path):
    """Paths to all single values; a list of questions and answers is addressed by the question."""
    if isinstance(data, dict):
        for name, value in data.items():
            plain = re.fullmatch(r"[^.\[\]\"]+", name)
            step = (f".{name}" if path else name) if plain else f'["{name}"]'
            if '"' not in name:
                yield from _leaves(value, path + step)
    elif isinstance(data, list) and data and isinstance(data[0], dict):
        question, answer = (next((key for key in keys if key in data[0]), None) for keys in (QUESTIONS, ANSWERS))
        if question and answer:
            for row in data:
                asked = text_of(row.get(question)) if isinstance(row, dict) else ""
                if asked and "]" not in asked and answer in row:
                    yield f"{path}[{question}={asked}].{answer}"
        else:
            yield from _leaves(data[0], f"{path}[0]")
    elif path:
        yield path
