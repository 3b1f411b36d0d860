"""What the demo data calls its records in Chinese."""

from odoo import api, models
from odoo.tools import SQL

#: ``{name in English: in Chinese}``
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


class LeadPoolDemoNames(models.AbstractModel):
    _inherit = "lead.pool.demo"

    @api.model
    def _name_in_chinese(self):
        """The names of its records in Chinese as well, also where that language is switched on later.

        By SQL: options and columns of custom fields have no external ids by which a file of translations finds them,
        and the ORM refuses a language that is not active.
        """
        self.env.flush_all()
        for model, columns in NAMED.items():
            for column in columns:
                self.env.cr.execute(
                    SQL(
                        """UPDATE %(table)s t SET %(column)s = t.%(column)s || jsonb_build_object('zh_CN', n.chinese)
                             FROM unnest(%(english)s, %(chinese)s) n(english, chinese)
                            WHERE t.%(column)s->>'en_US' = n.english""",
                        table=SQL.identifier(self.env[model]._table),
                        column=SQL.identifier(column),
                        english=list(CHINESE),
                        chinese=list(CHINESE.values()),
                    )
                )
            self.env[model].invalidate_model()
        self.env["lead.custom.field"].search([("technical_name", "=like", "x\\_lp\\_%")])._sync_columns()
