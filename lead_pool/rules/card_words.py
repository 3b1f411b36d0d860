"""The words by which the lines of a business card are told apart, Chinese and English.

>>> bool(TITLE_CJK.search("销售经理")), bool(COMPANY_CJK.search("星河有限公司")), "王" in SURNAMES
(True, True, True)
"""

import re

from .identity import CJK

#: Labels in front of a value. One letter is a label only before a colon or a value of the right shape.
LABELS = {
    "mobile": (
        "手机号码 手机号 手机 移动电话 手提电话 手提 行动电话",
        "mobile mob cellphone cell handphone whatsapp mp hp",
    ),
    "phone": (
        "联系电话 办公电话 公司电话 服务热线 咨询热线 全国热线 热线电话 热线 固定电话 座机 总机 直线 电话 電話",
        "telephone tel phone ph direct office hotline switchboard",
    ),
    "fax": ("传真 傳真", "facsimile fax"),
    "email": ("电子邮箱 电子邮件 邮箱地址 邮箱 邮件 電郵", "e-mail email mail"),
    "website": ("公司网址 官方网站 网址 网站 官网 主页 網址", "website web url homepage http"),
    "address": (
        "公司地址 办公地址 联系地址 通讯地址 工厂地址 总部地址 厂址 地址 地 址 總部",
        "address addr add headquarters hq",
    ),
    "wechat": ("微信号码 微信号 微信 微 信", "wechat weixin wx"),
    "other": ("邮政编码 邮编 税号 开户行 账号 统一社会信用代码", "qq skype zip postcode postal line linkedin twitter"),
    "zip": ("邮政编码 邮编", "zip postcode"),
    "company": ("公司名称 单位名称 公司 单位", "company"),
    "name": ("姓名 联系人", "name contact"),
    "title": ("职务 职位 职称", "title position"),
}
LETTERS = {
    "m": "mobile",
    "t": "phone",
    "p": "phone",
    "d": "phone",
    "f": "fax",
    "e": "email",
    "w": "website",
    "a": "address",
}

TITLE_CJK = re.compile(
    "经理|總經理|總監|总监|工程师|工程師|总裁|董事|主管|主任|专员|顾问|代表|助理|副总|会长|院长|校长|教授|律师|设计师|架构师|"
    "创始人|合伙人|负责人|店长|厂长|部长|处长|科长|组长|秘书|会计师|会计|研究员|业务员|采购员|销售员|分析师|首席|策划|医师|"
    "总工|监事|站长|区域销售|销售$|采购$|市场$|讲师|技术员"
)
TITLE_START = re.compile(
    f"(?:总|副|执行|常务|高级|资深|区域|大区|销售|客户|市场|产品|项目|财务|技术|商务|业务|采购|人事|行政|运营|生产|研发|工程|质量|品牌)*"
    f"(?:{TITLE_CJK.pattern})$"
)
TITLE_LATIN = re.compile(
    r"\b(?:manager|director|engineer|president|ceo|cto|cfo|coo|cmo|cio|vp|svp|evp|founder|co-founder|partner|consultant|"
    r"executive|officer|representative|assistant|specialist|supervisor|head of|chief|architect|designer|professor|"
    r"attorney|lawyer|accountant|analyst|developer|coordinator|administrator|secretary|chairman|chairwoman|owner|buyer|"
    r"merchandiser|sales rep|team lead|counsel|scientist|planner|sales|purchasing|key account)\b",
    re.IGNORECASE,
)
DEPARTMENT = re.compile(f"^[{CJK}]{{2,10}}(?:部|事业部|处|科|室)$|\\b(?:department|dept|division)\\b", re.IGNORECASE)

COMPANY_CJK = re.compile(
    "(?:有限责任公司|股份有限公司|有限公司|公司|集团|事务所|研究院|研究所|设计院|大学|学院|医院|银行|工厂|厂|工作室|协会|商会|"
    "商行|有限合伙|合作社|控股|酒店|中学|商店|经营部|贸易行|株式会社|會社|企业|\\(有限合伙\\))(?:\\([^)]*\\))?$"
)
LEGAL_CJK = re.compile("公司|有限合伙|株式会社|集团")
LEGAL_LATIN = re.compile(
    r"(?:\bco\.?,?\s*,?\s*ltd\b|\binc\b|\bllc\b|\bgmbh\b|\bltd\b|\blimited\b|\bcorp(?:oration)?\b|\bplc\b|\bs\.a\.|\bb\.v\.|"
    r"\bpte\b|\bpty\b|\bag$|\bs\.?r\.?l\b|\bkk$|\bl\.l\.c\b|\bs\.?p\.?a\b\.?$|\bllp\b)",
    re.IGNORECASE,
)
COMPANY_LATIN = re.compile(
    r"\b(?:company|group|university|institute|hospital|bank|technologies|technology|solutions|industries|holdings|"
    r"consulting|associates|partners|studios?|labs?|laboratories|systems|logistics|electronics|robotics|automation|"
    r"software|international|enterprises|ventures|capital|trading|foundation|association|agency|media|motors)\b",
    re.IGNORECASE,
)

ADDRESS_CJK = re.compile("省|市|区|县|路|街|大道|号|楼|层|室|大厦|座|园|巷|村|镇|广场|弄|栋|单元|胡同|區|號|樓")
ADDRESS_LATIN = re.compile(
    r"\b(?:road|rd|street|st|avenue|ave|building|bldg|floor|\d+/?f|room|rm|district|dist|suite|ste|blvd|boulevard|lane|"
    r"drive|dr|tower|plaza|park|zone|block|unit|no|highway|square|p\.?r\.?\s?china|china|usa|germany|singapore|uk|"
    r"hong kong|shanghai|beijing|shenzhen|guangzhou|stra(?:ss|ß)e|str|province|p\.?o\.? box|court|quay|house)\b\.?",
    re.IGNORECASE,
)
CITY = re.compile(f"(?:省|自治区|^中国|^)(?P<city>[{CJK}]{{2,6}}?市)")

#: The most frequent family names; with them about 98 of 100 people are covered.
SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于余叶蒋杜苏魏程吕丁沈任姚卢傅钟姜崔谭廖范汪陆金石"
    "戴贾韦夏邱方侯邹熊孟秦白江阎薛尹段雷黎史龙陶贺顾毛郝龚邵万钱严覃武赖洪文莫孔向汤常易乔温康施牛樊葛邢安齐庞伍章鲁路岳游"
    "梅庄兰辛管左苗关穆房柳翟鲍季俞单翁申骆詹阮盛符倪包喻聂焦柏靳耿童凌裴祝柴车冉谷卓纪沙宁欧席尚屈艾褚卫项蓝殷查费牟祁候"
    "張劉陳楊黃趙吳孫馬羅鄭謝許韓馮鄧蕭葉蔣蘇呂盧鐘薑譚範陸賈韋鄒閻龍賀顧龔萬錢嚴賴湯喬溫龐莊蘭關單駱聶車紀寧歐衛項藍費闫付代"
    "宗冷米甘曲柯佟丛阳仇佘储桂党晏臧麦苟匡植瞿官楼邬简云裘权上牧缪应解荆邝"
)
SURNAMES_OF_TWO = frozenset("欧阳 司马 上官 诸葛 皇甫 尉迟 公孙 慕容 令狐 司徒 东方 夏侯 端木 歐陽 司馬 諸葛".split())
