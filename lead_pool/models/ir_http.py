from odoo import api, models
from odoo.exceptions import UserError
from odoo.http import request
from odoo.sql_db import Cursor

from ..isolation import begin_read_committed, is_contended_call, is_lost_race


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    def session_info(self):
        result = super().session_info()
        user = self.env.user
        if user._is_internal():
            result["lead_pool"] = {
                "sells": user.has_group("sales_team.group_sale_salesman"),
                "markets": user.has_group("lead_pool.group_marketing"),
                "welcome": self.env["web_tour.tour"]._welcomes_rep(),
            }
            if self.env["lead.pool"]._begins():
                result["lead_pool"]["first_steps"] = True
        return result

    @classmethod
    def _pre_dispatch(cls, rule, args):
        result = super()._pre_dispatch(rule, args)
        if cls._lead_pool_is_contended(rule, args) and isinstance(request.env.cr, Cursor):
            # the transaction holds nothing but what authentication read or noted
            request.env.cr.commit()
            begin_read_committed(request.env.cr)
        return result

    @classmethod
    def _handle_error(cls, exception):
        """After the last try, a sentence instead of the database's words."""
        if is_lost_race(exception):
            exception = request.env["ir.http"]._lead_pool_lost_race()
        return super()._handle_error(exception)

    @api.model
    def _lead_pool_lost_race(self):
        return UserError(
            self.env._("Others kept changing these leads at the same moment, so nothing was done. Please do it again.")
        )

    @classmethod
    def _lead_pool_is_contended(cls, rule, args):
        if request.env.cr.readonly:
            return False
        if rule.endpoint.routing["type"] == "lead_pool_intake":
            return True
        if "__model__" in args:  # /json/2/<model>/<method>
            model, method = args["__model__"], args["__method__"]
        elif request.httprequest.path.startswith("/web/dataset/call_"):
            params = request.get_json_data().get("params") or {}
            model, method = params.get("model"), params.get("method")
        else:
            return False
        return is_contended_call(request.env, model, method, lambda: cls._lead_pool_values(args))

    @classmethod
    def _lead_pool_values(cls, args):
        """The values of a call that writes, as far as it has any."""
        try:
            named = request.get_json_data()
        except ValueError:
            return {}
        positional = ()
        if "__model__" not in args:
            positional, named = named["params"].get("args") or (), named["params"].get("kwargs") or {}
        return positional[1] if len(positional) > 1 else isinstance(named, dict) and named.get("vals")
