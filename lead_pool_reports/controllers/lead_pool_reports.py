from odoo.exceptions import AccessError, UserError
from odoo.http import Controller, content_disposition, request, route

from ..models.lead_pool_report import FILTERS
from ..models.lead_pool_report_export import ReasonNeeded

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ALL = "all"


class LeadPoolReports(Controller):
    @route("/lead_pool/report/<string:name>.xlsx", type="http", auth="user", methods=["GET"])
    def report_xlsx(self, name, **params):
        """A report as a workbook, ``all`` as all of them; the same rights and options as on screen.

        :param params: the options of ``lead.pool.report.table``, lists as numbers with commas between them; ``reason``
            of a large export, without which it answers 428; ``ask``: it answers 200 with the sentence as JSON then,
            as a screen wants it that goes on to ask
        """
        return self._file(name, params, XLSX)

    @route("/lead_pool/report/<string:name>.pdf", type="http", auth="user", methods=["GET"])
    def report_pdf(self, name, **params):
        """The same as pages to print."""
        return self._file(name, params, "application/pdf", pdf=True)

    def _file(self, name, params, kind, pdf=False):
        reason, ask = params.pop("reason", ""), params.pop("ask", "")
        names = [] if name == ALL else [name]
        try:
            options = self._options(name, params)
            filename, content = request.env["lead.pool.report"]._export(names, options, reason, pdf=pdf)
        except ReasonNeeded as error:
            if ask:
                return request.make_json_response({"sentence": str(error)})
            return self._sentence(error, 428)  # "precondition required"
        except AccessError as error:
            return self._sentence(error, 403)
        except UserError as error:
            return self._sentence(error, 400)
        return request.make_response(
            content,
            [
                ("Content-Type", kind),
                ("Content-Disposition", content_disposition(filename)),
                ("X-Content-Type-Options", "nosniff"),
            ],
        )

    def _options(self, name, params):
        """Query parameters as options."""
        options = dict(params)
        for key in FILTERS:
            if key in options:
                numbers = [part.strip() for part in options[key].split(",") if part.strip()]
                if not all(part.isascii() and part.isdigit() and len(part) < 10 for part in numbers):
                    raise UserError(request.env._("“%(key)s” is a list of numbers.", key=key))
                options[key] = [int(part) for part in numbers]
        for choice in request.env["lead.pool.report"]._further(name):
            if choice.key in options and not choice.values:
                options[choice.key] = options[choice.key] in ("1", "true", "True")
        return options

    def _sentence(self, error, status):
        return request.make_response(str(error), [("Content-Type", "text/plain; charset=utf-8")], status=status)
