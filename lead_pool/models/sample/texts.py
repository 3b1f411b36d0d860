"""Names and sentences for made-up leads; every person and company is invented."""

FAMILY = "王 李 张 刘 陈 杨 赵 黄 周 吴 徐 孙 胡 朱 高 林 何 郭 马 罗".split()
GIVEN = "伟 芳 娜 敏 静 丽 强 磊 军 洋 勇 艳 杰 娟 涛 明 超 秀英 建国 雨桐 子涵 浩然 欣怡 思远 嘉怡 文博".split()
WESTERN = (
    "Anna Ben Carla Daniel Elena Felix Hannah Ivan Julia Karim Laura Marco Nina Oscar Priya Rosa Samir Tom".split()
)
WESTERN_FAMILY = "Becker Costa Dubois Evans Fischer Gupta Hughes Jansen Keller Lopez Moreau Novak Rossi Shah".split()
COMPANIES = [
    "北京星河科技有限公司",
    "天津海川物流有限公司",
    "济南恒通机械股份有限公司",
    "大连远航贸易有限公司",
    "石家庄华康医药有限公司",
    "上海云帆信息技术有限公司",
    "深圳博远电子有限公司",
    "杭州青禾文化传媒有限公司",
    "成都蓉信金融服务有限公司",
]
WESTERN_COMPANIES = [
    "Blue Harbour Logistics Ltd",
    "Kestrel Analytics GmbH",
    "Maison Verte SARL",
    "Northwind Textiles Inc",
    "Silverline Foods Pvt Ltd",
]
#: (city, code of its Chinese province; none: abroad). The northern ones come more often.
CITIES = [
    ("北京", "BJ"),
    ("北京", "BJ"),
    ("Beijing", "BJ"),
    ("天津", "TJ"),
    ("石家庄", "HE"),
    ("济南", "SD"),
    ("青岛", "SD"),
    ("大连", "LN"),
    ("上海", "SH"),
    ("Shanghai", "SH"),
    ("杭州", "ZJ"),
    ("苏州", "JS"),
    ("广州", "GD"),
    ("深圳", "GD"),
    ("成都", "SC"),
    ("武汉", "HB"),
    ("Berlin", ""),
    ("Lyon", ""),
    ("London", ""),
    ("Mumbai", ""),
    ("Boston", ""),
]
NOTES = {
    "first": [
        "Called, asked about the dates of the next class.",
        "Introduced our courses, wants the price list by mail.",
        "No answer, wrote a short message.",
        "电话接通,想了解课程安排,已加微信。",
        "微信已添加,发送了课程大纲。",
        "无人接听,晚上再联系。",
        "Talked for ten minutes; compares us with two others.",
        "ok",  # too short to count
    ],
    "later": [
        "Sent the offer, will decide with his manager.",
        "Asked for a discount for three participants.",
        "Took part in the trial lesson, liked it.",
        "试听后反馈不错,等待公司审批。",
        "已发报价单,下周再沟通。",
        "询问分期付款方式,已答复。",
        "Second call: budget is there from next quarter.",
        "Wants the contract in both languages.",
        "…",  # too short to count
    ],
    "given up": [
        "Rang five times on different days.",
        "Bought a course elsewhere last week.",
        "多次联系无人接听。",
        "号码错误,对方不是本人。",
        "Only wanted our free material.",
    ],
}
