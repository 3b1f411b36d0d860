"""What marketing and platforms sent in the demo history; every person and company is invented."""

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
