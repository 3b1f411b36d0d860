from urllib.parse import unquote

from odoo.http import request, route

from odoo.addons.web.controllers.webmanifest import WebManifest

APP = "lead_pool"
SCOPE = "/scoped_app"  # all screens of the web client, or each step out of My Leads would leave the app
COLOUR = "#71639e"  # Odoo's, in Community
SIZES = (192, 512)  # pixels


class LeadPoolManifest(WebManifest):
    """Lead Pool as an app of its own on the phone: name, icons, and what a long press on the icon offers."""

    def _get_scoped_app_name(self, app_id):
        return request.env._("Lead Pool") if app_id == APP else super()._get_scoped_app_name(app_id)

    def _get_scoped_app_icons(self, app_id):
        if app_id != APP:
            return super()._get_scoped_app_icons(app_id)
        return [
            {"src": f"/{APP}/static/img/app-{size}.png", "sizes": f"{size}x{size}", "type": "image/png"}
            for size in SIZES
        ]

    def _get_scoped_app_shortcuts(self, app_id):
        if app_id != APP:
            return super()._get_scoped_app_shortcuts(app_id)
        screens = (
            (request.env._("My Leads"), "my-leads", "my-leads"),
            (request.env._("Pool Board"), "lead-pool", "board"),
        )
        return [
            {
                "name": name,
                "url": f"{SCOPE}/{path}",
                "icons": [{"src": f"/{APP}/static/img/app-{icon}.png", "sizes": "96x96", "type": "image/png"}],
            }
            for name, path, icon in screens
        ]

    @route()
    def scoped_app_manifest(self, app_id, path, app_name=""):
        response = super().scoped_app_manifest(app_id, path, app_name)
        if app_id != APP:
            return response
        manifest = response.json
        own = unquote(app_name) or self._get_scoped_app_name(app_id)
        manifest.update(
            id=f"{SCOPE}/{APP}", scope=SCOPE, short_name=own, background_color="#ffffff", theme_color=COLOUR
        )
        return request.make_json_response(manifest, {"Content-Type": "application/manifest+json"})
