"""What marketing and platforms sent in the demo history, where every person and company is invented; and its names in
Chinese."""

#: A list from the stand at the fair. {known} and {phone} are of somebody whose lead is there already.
LIST_OF_THE_FAIR = [
    "姓名,手机,邮箱,公司,国家,标签,Notes",
    "沈佳宁,13800001201,shen.jianing@example.com,杭州青禾文化传媒有限公司,中国,Student,想了解 Python 课程",
    "Grace Okafor,+44 7700 900741,grace.okafor@example.com,Blue Harbour Logistics Ltd,United Kingdom,,Wants the MBA",
    "{known},{phone},,,中国,,展会上又来咨询",
    "陶然,13800001202,tao.ran@example.com,,中国,Student,",
    "Tobias Brandt,+49 151 00001203,tobias.brandt@example.com,Kestrel Analytics GmbH,Germany,Company Training,12 seats",
    "陶然,138 0000 1202,,,中国,,写了两次",
    "邵一鸣,13800001204,shao.yiming@example.com,深圳博远电子有限公司,中国,VIP 客户,没有这个标签",
    ",,,,中国,,没有名字",
    "Nadia Haddad,+33 6 00 00 12 05,nadia.haddad@example.com,Maison Verte SARL,France,,Wants a trial lesson",
    "夏雨晴,1380000,xia.yuqing@example.com,,中国,,号码少了几位",
    "Owen Price,+44 7700 900742,owen.price@example.com,,Britain,,",
    "顾北,13800001206,gu.bei@example.com,上海云帆信息技术有限公司,中国,Company Training,需要发票",
]
#: What a landing page's form sends. The third calls the phone otherwise, the fourth says nothing of himself.
LANDING_PAGE = [
    {"name": "苏晓晨", "phone": "138 0000 1301", "message": "秋季班还有名额吗?", "utm_campaign": "New Intake"},
    {"name": "Ella Novak", "email": "ella.novak@example.com", "message": "Is there an evening class?"},
    {"mobile": "13800001302", "message": "请尽快联系我"},
    {"message": "hello"},
]
#: What an advertising platform sends. The third has no phone, which its mapping asks for.
PLATFORM_LEADS = [
    {
        "clue": {
            "id": "C-20871",
            "city_code": 1,
            "customer": {"name": "韩雪", "tel": "+86 138 0000 1401", "company": "北京星河科技有限公司"},
            "answers": [{"question": "course", "text": "Online MBA"}],
        }
    },
    {
        "clue": {
            "id": "C-20872",
            "city_code": 2,
            "customer": {"name": "Lucas Meyer", "tel": "+86 138 0000 1402"},
            "answers": [{"question": "course", "text": "Business English"}],
        }
    },
    {"clue": {"id": "C-20873", "city_code": 9, "customer": {"name": "游客"}}},
]
#: What somebody writes who wrote before.
INQUIRIES = [
    "I wrote two weeks ago and have one more question: can I pay in instalments?",
    "上次咨询过,现在想确认开课时间。",
    "Please send me the price list again.",
    "请问试听课还能预约吗?",
]
#: What the demo data calls its records in English: in Chinese.
CHINESE = {
    # pools and teams
    "Beijing / North": "北京 / 华北",
    "North China": "华北",
    "Online Courses": "在线课程",
    "Enterprise": "企业客户",
    "Leads from Beijing, Tianjin, Hebei, Shandong and Liaoning. They are distributed in fair rotation; Zhang Wei works "
    "full time and gets two shares.": "北京、天津、河北、山东和辽宁的线索。按公平轮转分配；Zhang Wei 全职，分得两份。",
    "Everybody else who asks for a course. First come, first served: claim what you can follow up.": (
        "其他所有咨询课程的人。先到先得：领取您跟进得过来的线索。"
    ),
    "Companies that train their people. Everybody in the pool reads what waits; Sophie gets it first.": (
        "为员工安排培训的企业。池内成员都能看到待分配的线索，首先分给 Sophie。"
    ),
    # rules
    "Two weeks without a word": "两周没有跟进",
    "Call within four days, then every ten": "四天内首次联系，之后每十天跟进",
    "Hot leads: every five days": "高意向线索：每五天跟进",
    "Call within three days, then every week": "三天内首次联系，之后每周跟进",
    "Urgent ones to who has least in hand": "紧急线索给手上线索最少的人",
    # what leads ask for, and how they are told apart
    "Python for Analysts": "Python 数据分析",
    "Online MBA": "在线 MBA",
    "Business English": "商务英语",
    "Team Licence, 50 Seats": "团队版（50 人）",
    "New Intake": "新一期招生",
    "Education Fair": "教育展",
    "Company Training": "企业培训",
    "Student": "学生",
    "Working Professional": "在职人士",
    "Call in the Evening": "晚上致电",
    # custom fields
    "Purchase Intent": "购买意向",
    "As the person said it in the first talk.": "以首次沟通时本人所说为准。",
    "High": "高",
    "Medium": "中",
    "Low": "低",
    "Wants to Start": "期望开课日期",
    "Learning Goals": "学习目标",
    "New job": "换工作",
    "Promotion": "晋升",
    "University": "升学",
    "For fun": "兴趣",
    "Participants": "参加人数",
}
#: Fields that hold these names.
NAMED = {
    "lead.pool": ("name", "description"),
    "lead.pool.reclaim.rule": ("name",),
    "lead.pool.assign.rule": ("name",),
    "lead.custom.field": ("name", "help_text"),
    "lead.custom.option": ("name",),
    "crm.team": ("name",),
    "crm.tag": ("name",),
    "product.template": ("name",),
    "utm.campaign": ("title",),
}
