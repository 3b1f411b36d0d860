"""Business cards as text, in the order and with the faults that people and cameras give them, and what they say.

Keys of what they say: name, title, company, phone (the first), email, website, wechat, address (a part of it), no
(digits that must not be among the phones).
"""

CARDS = [
    # Chinese
    (
        "星河机器人（北京）有限公司\n张晓明\n销售总监\n手机：138 0013 8000\n电话：010-65529988\n传真：010-65529989\n"
        "邮箱：zhangxm@xinghe.com.cn\n地址：北京市朝阳区建国路88号SOHO现代城A座1201室\n网址：www.xinghe.com.cn",
        {"name": "张晓明", "title": "销售总监", "company": "星河机器人(北京)有限公司", "phone": "138 0013 8000",
         "email": "zhangxm@xinghe.com.cn", "website": "www.xinghe.com.cn", "address": "朝阳区建国路88号",
         "no": "65529989"},
    ),
    (
        "李 娜  客户经理\n上海云图信息技术有限公司\nMob: 13912345678\nTel: 021-5888 6666 转 8012\n"
        "E-mail: lina@yuntu.cn\n"
        ""
        "上海市浦东新区张江高科技园区碧波路690号8号楼",
        {"name": "李娜", "title": "客户经理", "company": "上海云图信息技术有限公司", "phone": "13912345678",
         "email": "lina@yuntu.cn", "address": "碧波路690号"},
    ),
    (
        "深圳市华創電子股份有限公司\n陳志強 總經理\n手提：+86 13602567788\n電話：0755-26001234\n傳真：0755-26001235\n"
        "E-mail：chan@huachuang.com\n深圳市南山区科技园南区高新南一道9号",
        {"name": "陳志強", "title": "總經理", "company": "深圳市华創電子股份有限公司", "phone": "+86 13602567788",
         "email": "chan@huachuang.com", "no": "26001235"},
    ),
    (
        "王建国总经理\n手机/微信：13701234567\n苏州精密机械厂\n地址：苏州市吴中区木渎镇金山路12号",
        {"name": "王建国", "title": "总经理", "company": "苏州精密机械厂", "phone": "13701234567",
         "wechat": "13701234567", "address": "金山路12号"},
    ),
    (
        "欧阳静\n品牌总监 | 市场部\n杭州蓝海文化传媒集团\nM 186-5710-3322\nE ouyang@lanhai.net\nW www.lanhai.net\n"
        "A 杭州市西湖区文三路478号华星时代广场B座9楼",
        {"name": "欧阳静", "title": "品牌总监", "company": "杭州蓝海文化传媒集团", "phone": "186-5710-3322",
         "email": "ouyang@lanhai.net", "website": "www.lanhai.net", "address": "文三路478号"},
    ),
    (
        "中国农业大学\n工学院\n赵 敏  教授\n北京市海淀区清华东路17号 100083\n电话 010-62736385\nzhaomin@cau.edu.cn",
        {"name": "赵敏", "title": "教授", "company": "中国农业大学", "phone": "010-62736385",
         "email": "zhaomin@cau.edu.cn", "address": "清华东路17号"},
    ),
    (
        "广州市天河区珠江新城花城大道85号高德置地广场G座3501\n刘洋\n高级项目经理\n广州智慧城市科技有限公司\n"
        "电话:020-38886666\n手机:18922223333（微信同号）\n邮箱:liuyang@gzsc.com",
        {"name": "刘洋", "title": "高级项目经理", "company": "广州智慧城市科技有限公司", "phone": "18922223333",
         "wechat": "18922223333", "email": "liuyang@gzsc.com", "address": "花城大道85号"},
    ),
    (
        "北京市中伦律师事务所\n孙丽华\n律师\n执业证号：11101201010123456\n手机 13581234567\nsunlihua@zhonglun.com",
        {"name": "孙丽华", "title": "律师", "company": "北京市中伦律师事务所", "phone": "13581234567",
         "email": "sunlihua@zhonglun.com", "no": "11101201010123456"},
    ),
    (
        "周 杰\n手机:159\u00a02233 4455\n微信:zhoujie_88\nQQ:12345678\n成都火锅王餐饮管理有限公司\n区域经理",
        {"name": "周杰", "title": "区域经理", "company": "成都火锅王餐饮管理有限公司", "phone": "159 2233 4455",
         "wechat": "zhoujie_88", "no": "12345678"},
    ),
    (
        "公司：武汉光谷激光设备有限公司\n姓名：吴刚\n职务：技术部经理\n电话：027-87801234\n邮编：430074\n"
        "地址：湖北省武汉市东湖高新区光谷大道77号",
        {"name": "吴刚", "title": "技术部经理", "company": "武汉光谷激光设备有限公司", "phone": "027-87801234",
         "address": "光谷大道77号", "no": "430074"},
    ),
    (
        "徐 静 蕾\n业务员\n义乌市小商品贸易行\n手 机：15868912345\n电 话：0579-85551234\n传 真：0579-85551235",
        {"name": "徐静蕾", "title": "业务员", "company": "义乌市小商品贸易行", "phone": "15868912345",
         "no": "85551235"},
    ),
    (
        "全国热线：400-820-8820\n高峰\n首席技术官\n大连东软数字科技有限责任公司\n移动电话：130 5050 6060\n"
        "E-mail：gaofeng @ neusoft.com",
        {"name": "高峰", "title": "首席技术官", "company": "大连东软数字科技有限责任公司", "phone": "130 5050 6060",
         "email": "gaofeng@neusoft.com"},
    ),
    (
        "马云飞 创始人\n微信号 mayunfei2020\n南京小鸟工作室\n18651234567",
        {"name": "马云飞", "title": "创始人", "company": "南京小鸟工作室", "phone": "18651234567",
         "wechat": "mayunfei2020"},
    ),
    (
        "何伟\n采购部 采购主管\n青岛海洋食品集团有限公司\nTEL:0532-80991122 FAX:0532-80991133\nMP:13287654321\n"
        "ADD:青岛市市南区香港中路40号",
        {"name": "何伟", "company": "青岛海洋食品集团有限公司", "phone": "13287654321", "address": "香港中路40号",
         "no": "80991133"},
    ),
    (
        "中国建设银行\n郑州金水支行\n客户经理 罗小红\n电话：0371-65861234\n手机：13633712345",
        {"name": "罗小红", "title": "客户经理", "company": "中国建设银行", "phone": "13633712345"},
    ),
    (
        "司马光明\n厂长\n佛山市顺德区容桂五金制品厂\n厂址：佛山市顺德区容桂街道容奇大道东8号\n电话/传真：0757-28301234\n"
        "手机：13702812345",
        {"name": "司马光明", "title": "厂长", "company": "佛山市顺德区容桂五金制品厂", "phone": "13702812345",
         "address": "容奇大道东8号"},
    ),
    (
        "于洋\n解决方案架构师\n阿里云计算有限公司\n地址：浙江省杭州市余杭区文一西路969号\n邮箱：yuyang@alibaba-inc.com\n"
        "手机：+86-188-8888-9999",
        {"name": "于洋", "title": "解决方案架构师", "company": "阿里云计算有限公司", "phone": "+86-188-8888-9999",
         "email": "yuyang@alibaba-inc.com", "address": "文一西路969号"},
    ),
    # English
    (
        "ACME Robotics Inc.\nJohn Smith\nVice President of Sales\nMobile: +1 (415) 555-2671\nOffice: +1 415 555 2600\n"
        "Fax: +1 415 555 2699\njohn.smith@acmerobotics.com\nwww.acmerobotics.com\n500 Howard Street, Suite 300\n"
        "San Francisco, CA 94105, USA",
        {"name": "John Smith", "title": "Vice President of Sales", "company": "ACME Robotics Inc.",
         "phone": "+1 (415) 555-2671", "email": "john.smith@acmerobotics.com", "website": "www.acmerobotics.com",
         "address": "500 Howard Street", "no": "5552699"},
    ),
    (
        "Anna Müller\nHead of Purchasing\nBerliner Werkzeug GmbH\nT +49 30 1234567\n"
        "M +49 171 9876543\nF +49 30 1234599\n"
        "anna.mueller@berliner-werkzeug.de\nHauptstraße 12, 10115 Berlin, Germany",
        {"name": "Anna Müller", "title": "Head of Purchasing", "company": "Berliner Werkzeug GmbH",
         "phone": "+49 171 9876543", "email": "anna.mueller@berliner-werkzeug.de", "no": "1234599"},
    ),
    (
        "Dr. Rajesh Kumar, PhD\nChief Scientist\nIndus Bio Labs Pvt. Ltd.\nCell: +91 98765 43210\nrkumar@indusbio.in",
        {"name": "Rajesh Kumar", "title": "Chief Scientist", "company": "Indus Bio Labs Pvt. Ltd.",
         "phone": "+91 98765 43210", "email": "rkumar@indusbio.in"},
    ),
    (
        "SARAH O'CONNOR\nMarketing Manager\nGreen Valley Foods Ltd\nTel 020 7946 0958\nFax 020 7946 0959\n"
        "sarah@greenvalley.co.uk\n12 Kings Road, London SW3 4RP",
        {"name": "SARAH O'CONNOR", "title": "Marketing Manager", "company": "Green Valley Foods Ltd",
         "phone": "020 7946 0958", "email": "sarah@greenvalley.co.uk", "address": "12 Kings Road", "no": "79460959"},
    ),
    (
        "Pacific Trading Company\nDavid Lee | Director\nd: 852 2345 6789\nm: 852 9123 4567\n"
        "e: david@pacifictrading.hk\n"
        "Room 1203, 12/F, Tower A, 88 Queensway, Hong Kong",
        {"name": "David Lee", "title": "Director", "company": "Pacific Trading Company", "phone": "852 9123 4567",
         "email": "david@pacifictrading.hk", "address": "88 Queensway"},
    ),
    (
        "Maria Garcia - Key Account Manager\nIberia Motors S.A.\n+34 612 345 678\nmaria.garcia@iberiamotors.es",
        {"name": "Maria Garcia", "title": "Key Account Manager", "company": "Iberia Motors S.A.",
         "phone": "+34 612 345 678", "email": "maria.garcia@iberiamotors.es"},
    ),
    (
        "Kenji Tanaka\nSenior Engineer\nTanaka Electronics Co., Ltd.\nTEL: +81-3-1234-5678  FAX: +81-3-1234-5679\n"
        "E-mail: tanaka@tanaka-el.co.jp\nURL: http://www.tanaka-el.co.jp",
        {"name": "Kenji Tanaka", "title": "Senior Engineer", "company": "Tanaka Electronics Co., Ltd.",
         "phone": "+81-3-1234-5678", "email": "tanaka@tanaka-el.co.jp", "website": "www.tanaka-el.co.jp",
         "no": "12345679"},
    ),
    (
        "Emily Watson, Founder & CEO\nwatsonstudio.com\nemily@watsonstudio.com\n(212) 555-0187\nWatson Design Studio",
        {"name": "Emily Watson", "title": "Founder & CEO", "company": "Watson Design Studio", "phone": "(212) 555-0187",
         "email": "emily@watsonstudio.com", "website": "watsonstudio.com"},
    ),
    (
        "University of Leeds\nProf. Peter Jones\nProfessor of Physics\np.jones@leeds.ac.uk\nPhone: +44 113 243 1751",
        {"name": "Peter Jones", "title": "Professor of Physics", "company": "University of Leeds",
         "phone": "+44 113 243 1751", "email": "p.jones@leeds.ac.uk"},
    ),
    (
        "Tom van der Berg\nSupply Chain Consultant\nDelta Logistics B.V.\nWhatsApp: +31 6 12345678\n"
        "Skype: tom.vdb.1980\ntom@deltalogistics.nl",
        {"name": "Tom van der Berg", "title": "Supply Chain Consultant", "company": "Delta Logistics B.V.",
         "phone": "+31 6 12345678", "email": "tom@deltalogistics.nl"},
    ),
    (
        "MICHAEL BROWN\nRegional Sales Director - APAC\nNorthwind Software LLC\nm. +65 9123 4567\nt. +65 6234 5678\n"
        "michael.brown@northwind.com\n1 Raffles Place, #20-01, Singapore 048616",
        {"name": "MICHAEL BROWN", "title": "Regional Sales Director - APAC", "company": "Northwind Software LLC",
         "phone": "+65 9123 4567", "email": "michael.brown@northwind.com", "no": "048616"},
    ),
    (
        "john@smithpartners.com\n+1 312 555 0100\nJOHN SMITH\nAttorney at Law\nSmith & Partners LLP\n"
        "233 South Wacker Drive, Floor 84, Chicago",
        {"name": "JOHN SMITH", "title": "Attorney at Law", "company": "Smith & Partners LLP",
         "phone": "+1 312 555 0100",
         "email": "john@smithpartners.com", "address": "233 South Wacker Drive"},
    ),
    # both languages
    (
        "上海西门机械有限公司 Shanghai Simon Machinery Co., Ltd.\n张伟 Zhang Wei\n销售经理 Sales Manager\n"
        "手机 Mobile: +86 135 1234 5678\n电话 Tel: +86 21 6234 5678\n传真 Fax: +86 21 6234 5679\n"
        "邮箱 Email: wei.zhang@simon.cn\n地址 Add: 上海市徐汇区漕溪北路88号",
        {"name": "张伟", "title": "销售经理", "company": "上海西门机械有限公司", "phone": "+86 135 1234 5678",
         "email": "wei.zhang@simon.cn", "address": "漕溪北路88号", "no": "62345679"},
    ),
    (
        "Lily Chen\n陈丽丽\nGeneral Manager\n总经理\nBright Lighting Co., Ltd.\n宁波明亮照明有限公司\n"
        "M: 13905741234\nE: lily@brightlighting.cn\nNo. 8 Jiangnan Road, Ningbo, China\n宁波市高新区江南路8号",
        {"name": "陈丽丽", "title": "总经理", "company": "宁波明亮照明有限公司", "phone": "13905741234",
         "email": "lily@brightlighting.cn", "address": "江南路8号"},
    ),
    (
        "林志远 (Jerry Lin)\n产品总监 / Product Director\n北京未来智能科技有限公司\n"
        "Future AI Technology (Beijing) Co., Ltd\n"
        "WeChat: jerrylin_ai\nMob: 17710001000\njerry@futureai.cn",
        {"name": "林志远", "title": "产品总监", "company": "北京未来智能科技有限公司", "phone": "17710001000",
         "wechat": "jerrylin_ai", "email": "jerry@futureai.cn"},
    ),
    (
        "黄河 HUANG He\nDeputy Director 副主任\n中国科学院自动化研究所\nInstitute of Automation\n"
        "T 010-82544500\nE huanghe@ia.ac.cn\n北京市海淀区中关村东路95号",
        {"name": "黄河", "title": "副主任", "company": "中国科学院自动化研究所", "phone": "010-82544500",
         "email": "huanghe@ia.ac.cn", "address": "中关村东路95号"},
    ),
    (
        "ABB（中国）有限公司\nABB (China) Ltd.\n魏东\n机器人业务部 区域销售经理\nRegional Sales Manager\n"
        "电话/Tel：+86 10 6423 1234\n手机/Mob：+86 139 1111 2222\n邮箱/Email：dong.wei@abb.example",
        {"name": "魏东", "company": "ABB(中国)有限公司", "phone": "+86 139 1111 2222", "email": "dong.wei@abb.example"},
    ),
    # as a camera reads them
    (
        "星河智能科技（苏州）有限公司\n邓小军\n销售工程师\n手机：l38OO138OO1\n邮箱：deng@ xinghe，com\nwww。xinghe.com",
        {"name": "邓小军", "title": "销售工程师", "company": "星河智能科技(苏州)有限公司", "phone": "13800138001",
         "email": "deng@xinghe.com"},
    ),
    (
        "手机:13800000001传真:010-88889999电话:010-88880000\n钱进财务总监\n西安长安实业有限公司",
        {"name": "钱进", "title": "财务总监", "company": "西安长安实业有限公司", "phone": "13800000001",
         "no": "88889999"},
    ),
    (
        "E-mail:\nfang@kunlun.com.cn\n手机：\n13999112233\n方文\n区域总监\n新疆昆仑能源有限公司",
        {"name": "方文", "title": "区域总监", "company": "新疆昆仑能源有限公司", "phone": "13999112233",
         "email": "fang@kunlun.com.cn"},
    ),
    (
        "ROBERT  WHITE\nSALES EXECUTIVE\nBLUE OCEAN SHIPPING LIMITED\nMOBILE:+44 77OO 900123\n"
        "E-MAlL: robert@blueocean .com\n"
        "WWW.BLUEOCEAN.COM",
        {"name": "ROBERT WHITE", "title": "SALES EXECUTIVE", "company": "BLUE OCEAN SHIPPING LIMITED",
         "phone": "+44 7700 900123", "email": "robert@blueocean.com", "website": "www.blueocean.com"},
    ),
    (
        "诚信为本 服务至上\n主营：轴承、齿轮、链条\n梁 斌\n经理\n洛阳轴承销售有限公司\n138 3790 1234   0379-64901234",
        {"name": "梁斌", "title": "经理", "company": "洛阳轴承销售有限公司", "phone": "138 3790 1234"},
    ),
    (
        "Tel:\n+86 755 8888 6666\nFax:\n+86 755 8888 6667\n许诺\n合伙人\n深圳前海创新投资中心（有限合伙）",
        {"name": "许诺", "title": "合伙人", "company": "深圳前海创新投资中心(有限合伙)", "phone": "+86 755 8888 6666",
         "no": "88886667"},
    ),
    (
        "唐 朝\n13800001111 / 13900002222\n长沙麓山医疗器械有限公司\n销售代表\n邮箱tangchao@lushan.com",
        {"name": "唐朝", "title": "销售代表", "company": "长沙麓山医疗器械有限公司", "phone": "13800001111",
         "email": "tangchao@lushan.com"},
    ),
    (
        "Grace Liu\nHR Manager\nEast Star Group\nTel: (86-21) 5080 1234 ext. 601\nMobile: (86) 138 1700 1234\n"
        "grace.liu@eaststar.com\nFloor 5, Building 3, 498 Guoshoujing Road\nZhangjiang, Shanghai 201203, P.R. China",
        {"name": "Grace Liu", "title": "HR Manager", "company": "East Star Group", "phone": "(86) 138 1700 1234",
         "email": "grace.liu@eaststar.com", "address": "498 Guoshoujing Road"},
    ),
]  # fmt: skip
