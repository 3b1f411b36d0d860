from odoo import api, fields, models
from odoo.exceptions import UserError

from ..isolation import contended


class LeadPoolAssign(models.TransientModel):
    """An admin gives leads to one member, or deals them out in turn to several."""

    _name = "lead.pool.assign"
    _inherit = ["lead.pool.move.mixin"]
    _description = "Assign"

    user_id = fields.Many2one("res.users", "Rep", help="Chosen in the list of members.")
    over_capacity = fields.Boolean("Even above the capacity", help="Recorded in the history of each lead.")
    line_ids = fields.One2many(
        "lead.pool.assign.line", "assign_id", "Members", compute="_compute_line_ids", store=True, readonly=False
    )

    @api.depends("entry_ids", "user_id")
    def _compute_line_ids(self):
        for wizard in self:
            pools = wizard.entry_ids.sudo().pool_id.filtered(
                lambda pool: self.env["lead.pool.entry"]._is_pool_admin(pool.id)
            )
            members = pools.member_ids.filtered("active_user")
            lines = self.env["lead.pool.assign.line"]
            rooms = lines._rooms(members)
            order = sorted(
                members,
                key=lambda m: (m.pool_id.id, m.paused, -min(rooms[m], 10_000), m.held, m.user_id.name or "", m.id),
            )
            wizard.line_ids = [fields.Command.clear()] + [
                fields.Command.create({"member_id": m.id, "chosen": m.user_id == wizard.user_id}) for m in order
            ]

    def _deal(self):
        """``{line: entries}``: the leads of each pool in turn to its chosen members, past those who are full.

        If all of them are full it goes on in turn: the verb says why not.
        """
        dealt = {line: self.env["lead.pool.entry"] for line in self.line_ids if line.chosen}
        rooms = {line: line._room() for line in dealt}
        for pool, entries in self.entry_ids.sudo().grouped("pool_id").items():
            turn = [line for line in dealt if line.member_id.sudo().pool_id == pool]
            for entry in entries if turn else ():
                takers = [line for line in turn if line.member_id.sudo().user_id != entry.user_id]
                able = [line for line in takers if self.over_capacity or rooms[line] > 0]
                line = (able or takers or turn)[0]
                rooms[line] -= 1
                dealt[line] |= entry.sudo(False)
                turn.append(turn.pop(turn.index(line)))
        return dealt

    @contended
    def action_confirm(self):
        self.ensure_one()
        entries = self.entry_ids
        note = self.note or None
        dealt = self._deal()
        if not dealt and self.user_id:
            answers = entries.action_assign(self.user_id.id, over_capacity=self.over_capacity, note=note)
        else:
            self._check_chosen(entries, dealt)
            answers = []
            # in the order of the locks on reps, so that two admins do not wait for each other
            for line in sorted(dealt, key=lambda line: line.member_id.sudo().user_id.id):
                if dealt[line]:
                    user_id = line.member_id.sudo().user_id.id
                    answers += dealt[line].action_assign(user_id, over_capacity=self.over_capacity, note=note)
            if others := entries - entries.browse().union(*dealt.values()):  # of pools that the caller does not run
                answers += others.action_assign(next(iter(dealt)).member_id.sudo().user_id.id)
        return self._show(
            entries,
            answers,
            lambda n: self.env._("%(count)s leads assigned.", count=n)
            if n != 1
            else self.env._("The lead was assigned."),
        )

    def _check_chosen(self, entries, dealt):
        if not dealt:
            raise UserError(self.env._("Choose who gets the leads."))
        listed = self.line_ids.member_id.sudo().pool_id
        missing = (entries.sudo().pool_id & listed) - self.env["lead.pool"].union(
            *(line.member_id.sudo().pool_id for line in dealt)
        )
        if missing:
            raise UserError(
                self.env._("Choose a member of “%(pool)s” as well: some of the leads are there.", pool=missing[0].name)
            )


class LeadPoolAssignLine(models.TransientModel):
    """One member who may get the leads, with his load."""

    _name = "lead.pool.assign.line"
    _description = "Member to Assign to"

    assign_id = fields.Many2one("lead.pool.assign", required=True, ondelete="cascade")
    member_id = fields.Many2one("lead.pool.member", required=True, ondelete="cascade")
    chosen = fields.Boolean("Give To")
    user_id = fields.Many2one(related="member_id.user_id")
    pool_id = fields.Many2one(related="member_id.pool_id")
    held = fields.Integer(related="member_id.held", string="Holds")
    claims_today = fields.Integer(related="member_id.claims_today")
    paused = fields.Boolean(related="member_id.paused")
    full = fields.Boolean(compute="_compute_room_text")
    room_text = fields.Char("Room", compute="_compute_room_text", help="In this pool and in all pools together.")
    gets = fields.Integer(compute="_compute_gets")

    @api.model
    def _rooms(self, members):
        """``{member: leads he may still get}``, the limit over all pools included; infinite without a limit."""
        members = members.sudo()
        reps = self.env["lead.pool.rep"].sudo().search([("user_id", "in", members.user_id.ids)])
        overall = reps.grouped(lambda rep: (rep.user_id, rep.company_id))
        rooms = {}
        for member in members:
            company = member.pool_id.company_id or self.env.company
            limits = [(member.capacity_now, member.held)]
            limits += [(rep.capacity, rep.held) for rep in overall.get((member.user_id, company), ())]
            rooms[member] = min((max(most - held, 0) for most, held in limits if most), default=float("inf"))
        return rooms

    def _room(self):
        self.ensure_one()
        return self._rooms(self.member_id)[self.member_id]

    @api.depends("member_id")
    def _compute_room_text(self):
        rooms = self._rooms(self.member_id)
        for line in self:
            room = rooms.get(line.member_id, 0)
            line.full = not room
            if not room:
                line.room_text = self.env._("Full")
            else:
                line.room_text = self.env._("No limit") if room == float("inf") else str(room)

    @api.depends("chosen", "assign_id.line_ids.chosen", "assign_id.over_capacity", "assign_id.entry_ids")
    def _compute_gets(self):
        for wizard, lines in self.grouped("assign_id").items():
            dealt = wizard._deal() if wizard else {}
            for line in lines:
                line.gets = len(dealt.get(line, ()))
